/** `rivulet get` among peers that do wrong: beside an honest one it ends with the right bytes, alone with it in time. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { tempFolder } from '../src/io/temp-folder.testing.ts';
import { RawListener } from '../src/swarm/wire/raw-peer.testing.ts';
import { assertWhole, type Get, makeTorrent, startGet, writeTorrent } from './get.testing.ts';
import { HonestPeer } from './honest-peer.testing.ts';
import { type Misdeed, misdeeds } from './hostile-peers.testing.ts';
import { someBytes } from './programs.testing.ts';

/** 17 pieces, the last of a byte: a bitfield of it has spare bits. */
const torrent = makeTorrent('film.bin', someBytes(1024 * 1024 + 1));
const memoryMaxKib = 200 * 1024;

/** The most memory that it has had so far. */
function peakKib({ running: { child } }: Get): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0);
}

/** Plays `misdeed` to whoever dials. */
async function openHostile(t: TestContext, { play }: Misdeed, struck: () => void) {
  const listener = await RawListener.open(t, (peer) => void play(peer, { torrent, struck }));
  const { address, port } = listener.remote;
  return { listener, flag: `--peer=${address}:${port}` };
}

async function beside(t: TestContext, misdeed: Misdeed): Promise<void> {
  const folder = tempFolder(t);
  const honest = await HonestPeer.open(t, torrent);
  honest.stopAfter(0); // until the wrong is done
  const { flag, listener } = await openHostile(t, misdeed, () => honest.release());
  const get = startGet(t, writeTorrent(folder, torrent), folder, flag, '--peer', honest.address, '--timeout', '20');
  await get.succeeds();
  assertWhole(folder, torrent);
  assert.equal(honest.peers.length, 1, 'the honest one is kept');
  assert.equal(listener.peers.length, 1, 'the other one was there');
}

async function alone(t: TestContext, misdeed: Misdeed): Promise<void> {
  const folder = tempFolder(t);
  const { flag, listener } = await openHostile(t, misdeed, () => {});
  const get = startGet(t, writeTorrent(folder, torrent), folder, flag, '--timeout', '1');
  const peer = await listener.peer();
  if (misdeed.end !== undefined) {
    await peer.over();
    assert.ok(!get.running.ended, 'the connection is over, the download is not');
  }
  await get.running.line(/"event":"(progress|done)"/);
  if (!get.running.ended) assert.ok(peakKib(get) < memoryMaxKib);
  if (misdeed.gives === true) {
    await get.succeeds();
    assertWhole(folder, torrent);
    return;
  }
  await get.fails(69, /nothing came for 1 s/);
  assert.ok(!existsSync(join(folder, torrent.name)));
}

describe('beside an honest one', { concurrency: 3 }, () => {
  for (const misdeed of misdeeds) test(misdeed.name, (t) => beside(t, misdeed));
});

describe('alone', { concurrency: 6 }, () => {
  for (const misdeed of misdeeds) test(misdeed.name, (t) => alone(t, misdeed));
});
