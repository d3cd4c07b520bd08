import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutgoingMessage } from '../../protocols/wire/types.ts';
import { content, openTestListener, pieceLength, type TestListener } from './listener.testing.ts';
import { RawPeer } from './raw-peer.testing.ts';

const interested: OutgoingMessage = { kind: 'interested' };
const request = (index: number): OutgoingMessage => ({ kind: 'request', index, begin: 0, length: 16_384 });

async function unchoked(setUp: TestListener): Promise<RawPeer> {
  const peer = (await RawPeer.dial(setUp)).say(interested);
  await peer.heard('unchoke');
  return peer;
}

test('slots are given at once as long as there are some, then by those that do not use them', async (t) => {
  const setUp = await openTestListener(t);
  const peers = await Promise.all(Array.from({ length: 20 }, () => unchoked(setUp)));
  const late = (await RawPeer.dial(setUp)).say(interested, request(0));
  await late.heard('reject');
  setUp.pass(4_000);
  peers[0]?.say(request(0));
  await peers[0]?.heard('piece');
  setUp.pass(1_000);
  await late.heard('unchoke');
  const loser = await Promise.race(peers.map((peer) => peer.heard('choke').then(() => peer)));
  assert.notEqual(loser, peers[0], 'who takes keeps its slot');
  peers[0]?.say({ kind: 'not-interested' });
  await peers[0]?.heard('choke');
});

test('who downloads gives its slots to those that give (BEP 3)', async (t) => {
  const setUp = await openTestListener(t, [0]);
  const takers = await Promise.all(Array.from({ length: 20 }, () => unchoked(setUp)));
  const giver = await RawPeer.dial(setUp);
  await giver.say(interested, request(0)).heard('reject');
  const bytes = content.subarray(pieceLength, pieceLength + 16_384);
  giver.say({ kind: 'have', index: 1 }, { kind: 'piece', index: 1, begin: 0, bytes }, request(0));
  while (giver.messages.filter(({ kind }) => kind === 'reject').length < 2) await new Promise(setImmediate);
  for (let passedMs = 0; passedMs < 10_000; passedMs += 2_000) {
    // All of them use their slots: only merit is a reason to lose one.
    for (const taker of takers) await taker.say(request(0)).heard('piece', taker.messages.length);
    assert.ok(!giver.messages.some(({ kind }) => kind === 'unchoke'));
    setUp.pass(2_000);
  }
  await giver.heard('unchoke');
});
