import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { OutgoingMessage } from '../../protocols/wire/types.ts';
import { Transfers } from '../../storage/holders/transfers.ts';
import { gate } from '../../storage/swarm.testing.ts';
import { openTestListener, type TestListener } from '../peers/listener.testing.ts';
import { RawPeer } from '../peers/raw-peer.testing.ts';
import { quietMs, Seeding } from './seeding.ts';

const block = 16_384;
const request = (index: number): OutgoingMessage => ({ kind: 'request', index, begin: 0, length: block });
const fetchBlock = (peer: RawPeer, index: number) => peer.say(request(index)).heard('piece', peer.messages.length);

async function scene(t: TestContext) {
  const setUp = await openTestListener(t);
  const clock = { ms: 1_000_000 };
  const now = (): number => clock.ms;
  const transfers = new Transfers(now);
  const seeding = new Seeding({ transfers, holders: setUp.holders, now });
  const look = () => {
    seeding.look();
    return [...transfers.all()];
  };
  return { setUp, clock, look, peer: await unchoked(setUp) };
}

async function unchoked(setUp: TestListener): Promise<RawPeer> {
  const peer = (await RawPeer.dial(setUp)).say({ kind: 'interested' });
  await peer.heard('unchoke');
  return peer;
}

test('a peer that is sent blocks is a transfer, which began since the last look', async (t) => {
  const { setUp, clock, look, peer } = await scene(t);
  await unchoked(setUp);
  assert.deepEqual(look(), [], 'neither has asked for anything');
  clock.ms += 2000;
  await fetchBlock(peer, 0);
  await fetchBlock(peer, 1);
  const [transfer, ...others] = look();
  assert.deepEqual([transfer?.kind, transfer?.file, transfer?.name], ['seed', setUp.entry.record.id, 'a.bin']);
  assert.deepEqual([transfer?.peer, transfer?.length], [`127.0.0.1:${peer.socket.localPort}`, null]);
  assert.deepEqual([transfer?.bytes, transfer?.startedMs, others], [2 * block, 1_000_000, []]);
  assert.equal(transfer?.measureSpeed(), block);
  await fetchBlock(peer, 2);
  assert.deepEqual(look(), [transfer]);
  assert.equal(transfer?.bytes, 3 * block);
});

test('it ends when nothing is asked for any more; what is fetched later is another one', async (t) => {
  const { clock, look, peer } = await scene(t);
  await fetchBlock(peer, 0);
  const [first] = look();
  clock.ms += quietMs - 1;
  assert.deepEqual(look(), [first]);
  clock.ms += 1;
  assert.deepEqual(look(), []);
  await fetchBlock(peer, 1);
  const [second] = look();
  assert.notEqual(second?.id, first?.id);
  assert.equal(second?.bytes, block);
});

test('it ends with the connection', async (t) => {
  const { setUp, look, peer } = await scene(t);
  await fetchBlock(peer, 0);
  assert.equal(look().length, 1);
  peer.socket.destroy();
  while ([...setUp.holders.all()].length > 0) await new Promise(setImmediate);
  assert.deepEqual(look(), []);
});

test('who waits for a slow disk is not forgotten', async (t) => {
  const { setUp, clock, look, peer } = await scene(t);
  const slow = gate();
  t.after(slow.open);
  setUp.holder.before = () => slow.opened;
  peer.say(request(0), request(1));
  while (look().length === 0) await new Promise(setImmediate);
  clock.ms += quietMs;
  assert.deepEqual(
    look().map(({ bytes }) => bytes),
    [0],
  );
});
