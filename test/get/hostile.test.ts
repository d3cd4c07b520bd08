/**
 * `rivulet get` among peers that do wrong: beside an honest one it ends with the right bytes, alone with it in time.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { breath } from '../../src/async/breath.testing.ts';
import { about, extensions } from '../../src/bittorrent/client/metadata.testing.ts';
import { RawListener, RawPeer } from '../../src/bittorrent/peers/raw-peer.testing.ts';
import { tempFolder } from '../../src/io/temp-folder.testing.ts';
import { freePort, someBytes } from '../programs.testing.ts';
import { assertWhole, type Get, indices, makeTorrent, pieceOf, startGet, writeTorrent } from './get.testing.ts';
import { giveInfo, HonestPeer, peerIdOf, shakeHands } from './honest-peer.testing.ts';
import { type Misdeed, misdeeds, type Scene, wrong } from './hostile-peers.testing.ts';

/** 17 pieces, the last of a byte: a bitfield of it has spare bits. */
const torrent = makeTorrent('film.bin', someBytes(1024 * 1024 + 1));
const last = torrent.pieces - 1;
const memoryMaxKib = 200 * 1024;

/** The most memory that it has, from now to its end. */
async function peakKib({ running }: Get): Promise<number> {
  const status = `/proc/${running.child.pid}/status`;
  for (let peak = 0; ; ) {
    const text = running.ended || !existsSync(status) ? '' : readFileSync(status, 'utf8');
    const kib = Number(/VmHWM:\s+(\d+)/.exec(text)?.[1] ?? 0);
    if (kib === 0) return peak;
    peak = Math.max(peak, kib);
    await breath(50);
  }
}

/** Plays `misdeed` to whoever dials. */
async function openHostile(t: TestContext, { play }: Pick<Misdeed, 'play'>, scene: Partial<Scene> = {}, host?: string) {
  const listener = await RawListener.open(t, (peer) => void play(peer, { torrent, struck() {}, ...scene }), host);
  const { address, port } = listener.remote;
  return { listener, flag: `--peer=${address}:${port}`, port };
}

async function beside(t: TestContext, misdeed: Misdeed): Promise<void> {
  const folder = tempFolder(t);
  const honest = await HonestPeer.open(t, torrent);
  honest.stopAfter(0); // until the wrong is done
  const { flag, listener } = await openHostile(t, misdeed, { struck: () => honest.go() });
  honest.hold(last); // until a liar is found out
  const get = startGet(t, writeTorrent(folder, torrent), folder, flag, '--peer', honest.address, '--timeout', '20');
  if (misdeed.lies === true) await (await listener.peer()).over();
  honest.release(last);
  await get.succeeds();
  assertWhole(folder, torrent);
  assert.equal(honest.peers.length, 1, 'the honest one is kept');
  assert.equal(listener.peers.length, 1, 'the other one was there');
}

/** Several of them, and nobody else. */
async function among(t: TestContext, group: readonly Misdeed[]): Promise<void> {
  const folder = tempFolder(t);
  const hostiles = await Promise.all(group.map((misdeed) => openHostile(t, misdeed)));
  const flags = hostiles.map(({ flag }) => flag);
  const get = startGet(t, writeTorrent(folder, torrent), folder, ...flags);
  const peak = peakKib(get);
  const dealtWith = hostiles.map(async ({ listener }, index) => {
    const peer = await listener.peer();
    if (group[index]?.end === undefined) return;
    await peer.over();
    assert.ok(!get.running.ended, `${group[index]?.name}: the connection is over, the download is not`);
  });
  await Promise.all(dealtWith);
  if (group.some(({ gives }) => gives)) {
    await get.succeeds();
    assertWhole(folder, torrent);
  } else {
    // It would wait for ever for somebody better, and does as it is told.
    get.running.child.kill('SIGINT');
    await get.fails(130, /the same command goes on from here/);
    assert.ok(!existsSync(join(folder, torrent.name)));
  }
  assert.ok((await peak) < memoryMaxKib, `${await peak} KiB`);
}

/** Whatever they do, it is no progress: who does not want to wait for ever need not. */
async function givenUp(t: TestContext, group: readonly Misdeed[]): Promise<void> {
  const folder = tempFolder(t);
  const hostiles = await Promise.all(group.map((misdeed) => openHostile(t, misdeed)));
  const flags = hostiles.map(({ flag }) => flag);
  const get = startGet(t, writeTorrent(folder, torrent), folder, ...flags, '--timeout', '1');
  await get.fails(69, /nothing came for 1 s/);
  assert.ok(!existsSync(join(folder, torrent.name)));
}

describe('a peer that does wrong, beside an honest one', { concurrency: 4 }, () => {
  for (const misdeed of misdeeds) test(misdeed.name, (t) => beside(t, misdeed));
});

describe('peers that do wrong, and nobody else', { concurrency: 4 }, () => {
  // A liar is plain to see where the others give nothing.
  const alone = misdeeds.filter(({ lies, gives }) => lies || gives);
  for (const misdeed of alone) test(misdeed.name, (t) => among(t, [misdeed]));
  const others = misdeeds.filter((misdeed) => !alone.includes(misdeed));
  for (let start = 0; start < others.length; start += 6) {
    const group = others.slice(start, start + 6);
    const names = group.map(({ name }) => name).join('; ');
    test(names, (t) => among(t, group));
    test(`given up after --timeout: ${names}`, (t) => givenUp(t, group));
  }
});

/** Somebody who dials the download that listens at `port`. */
async function dial(t: TestContext, port: number, peerId: Buffer): Promise<RawPeer> {
  const peer = new RawPeer(connect({ host: '127.0.0.1', port }));
  t.after(() => peer.socket.destroy());
  await once(peer.socket, 'connect');
  return shakeHands(peer, torrent, peerId);
}

/** A peer with the id `peerId` that gives one wrong block, and refuses all others. */
const lieOnce =
  (peerId: Buffer, lied: (peer: RawPeer) => void): Misdeed['play'] =>
  async (peer, scene) => {
    shakeHands(peer, torrent, peerId).say({ kind: 'have-all' }, { kind: 'unchoke' });
    let turn = 0;
    for await (const { index, begin, length } of peer.each('request')) {
      peer.say(turn === 0 ? wrong(scene, { index, begin, length }) : { kind: 'reject', index, begin, length });
      turn += 1;
      lied(peer);
    }
  };

test('a liar that was gone when it was found out is not let in again', async (t) => {
  const [folder, port, peerId] = [tempFolder(t), await freePort(), peerIdOf(1)];
  const honest = await HonestPeer.open(t, torrent);
  honest.stopAfter(0);
  honest.hold(last);
  const play = lieOnce(peerId, (peer) => {
    peer.socket.end();
    honest.go();
  });
  const { flag } = await openHostile(t, { play });
  const flags = [flag, '--peer', honest.address, '--port', String(port), '--timeout', '20'];
  const get = startGet(t, writeTorrent(folder, torrent), folder, ...flags);
  await get.has(torrent.content.length - 1);
  const again = await dial(t, port, peerId);
  await again.over();
  assert.deepEqual(again.messages, []);
  const other = await dial(t, port, peerIdOf(2));
  await other.heard('bitfield'); // the control
  honest.release(last);
  await get.succeeds();
  assertWhole(folder, torrent);
});

test('a liar under the id of another does not have that one banned', async (t) => {
  const [folder, port] = [tempFolder(t), await freePort()];
  const honest = await HonestPeer.open(t, torrent);
  honest.stopAfter(0);
  honest.hold(last);
  const play = lieOnce(honest.peerId, () => honest.go());
  const { flag, listener } = await openHostile(t, { play }, {}, '127.0.0.2');
  const flags = [flag, '--peer', honest.address, '--port', String(port), '--timeout', '20'];
  const get = startGet(t, writeTorrent(folder, torrent), folder, ...flags);
  await (await listener.peer()).over();
  await get.has(torrent.content.length - 1);
  honest.peers[0]?.socket.destroy();
  const again = await dial(t, port, honest.peerId);
  await again.heard('bitfield');
  void honest.give(again);
  honest.release(last);
  await get.succeeds();
  assertWhole(folder, torrent);
});

test('the control: with the hashes of wrong bytes, wrong bytes come', async (t) => {
  const folder = tempFolder(t);
  const misdeed = misdeeds.find(({ name }) => name === 'every block is corrupt') as Misdeed;
  const corrupt = Buffer.concat(
    indices(torrent).map((index) => {
      const piece = Buffer.from(pieceOf(torrent, index));
      for (let begin = 0; begin < piece.length; begin += 16_384) piece.writeUInt8(piece.readUInt8(begin) ^ 1, begin);
      return piece;
    }),
  );
  const fooled = { ...makeTorrent(torrent.name, corrupt), content: torrent.content };
  const { flag } = await openHostile(t, misdeed, { torrent: fooled });
  await startGet(t, writeTorrent(folder, fooled), folder, flag, '--timeout', '20').succeeds();
  assert.throws(() => assertWhole(folder, torrent));
});

test('liars about what a magnet link stands for', async (t) => {
  const folder = tempFolder(t);
  const honest = await HonestPeer.open(t, torrent);
  const other = makeTorrent('other.bin', someBytes(torrent.content.length, 'other'));
  const shaken = (peer: RawPeer, size: number): RawPeer =>
    shakeHands(peer, torrent, peerIdOf(3)).say({ kind: 'have-all' }, extensions({ size }));
  const lies: ((peer: RawPeer) => unknown)[] = [
    (peer) => giveInfo(shakeHands(peer, torrent, peerIdOf(3)), other.info),
    (peer) => giveInfo(shakeHands(peer, torrent, peerIdOf(3)), torrent.info.subarray(0, -1)),
    (peer) => shaken(peer, 2 ** 31),
    (peer) => shaken(peer, 0),
    (peer) => shaken(peer, torrent.info.length).say(about({ kind: 'reject', piece: 0 })),
    (peer) => shaken(peer, torrent.info.length).say(about({ kind: 'data', piece: 0, totalSize: 5, bytes: other.info })),
    (peer) => shaken(peer, torrent.info.length), // and no more
  ];
  const listeners = await Promise.all(lies.map((lie) => RawListener.open(t, (peer) => void lie(peer))));
  const magnet = `magnet:?xt=urn:btih:${torrent.id}`;
  const flags = listeners.map(({ remote: { address, port } }) => `--peer=${address}:${port}`);
  await startGet(t, magnet, folder, ...flags, '--timeout', '1').fails(69, /1 s/);
  assert.deepEqual(readdirSync(folder), []);
  await startGet(t, magnet, folder, ...flags, '--peer', honest.address, '--timeout', '20').succeeds();
  assertWhole(folder, torrent);
});
