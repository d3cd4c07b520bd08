import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { encodeMetadataMessage, parseExtendedHandshake, parseMetadataMessage } from '../../protocols/wire/extension.ts';
import type { OutgoingMessage, WireMessage } from '../../protocols/wire/types.ts';
import { encodeHandshake } from '../../protocols/wire/write.ts';
import { content, info, openTestListener, pieceLength, type TestListener } from './listener.testing.ts';
import { everything, plain, RawListener, RawPeer } from './raw-peer.testing.ts';

const interested: OutgoingMessage = { kind: 'interested' };
const request = (index: number, begin = 0, length = 16_384): OutgoingMessage => ({
  kind: 'request',
  index,
  begin,
  length,
});
const metadataHello: OutgoingMessage = { kind: 'extended', id: 0, payload: Buffer.from('d1:md11:ut_metadatai7eee') };

async function unchoked(setUp: TestListener, capabilities = everything): Promise<RawPeer> {
  const peer = (await RawPeer.dial(setUp, capabilities)).say(interested);
  await peer.heard('unchoke');
  return peer;
}

test('a handshake is answered, then comes what we have, then what we speak', async (t) => {
  const setUp = await openTestListener(t);
  const peer = await RawPeer.dial(setUp);
  await peer.heard('extended');
  assert.deepEqual(peer.handshake?.infoHash, setUp.torrent.infoHash);
  assert.deepEqual(peer.handshake?.capabilities, everything);
  assert.deepEqual(
    peer.messages.map(({ kind }) => kind),
    ['have-all', 'extended'],
  );
  const hello = peer.messages[1] as Extract<WireMessage, { kind: 'extended' }>;
  const { ids, metadataSize, port, requestsMax } = parseExtendedHandshake(hello.payload);
  assert.deepEqual(
    [ids.get('ut_metadata'), metadataSize, port, requestsMax],
    [1, info.length, setUp.listener.port, 512],
  );
});

test('the answer comes after the first 48 bytes, however slowly they come', async (t) => {
  const setUp = await openTestListener(t);
  const peer = new RawPeer(connect({ host: '127.0.0.1', port: setUp.listener.port }));
  const hello = encodeHandshake({ capabilities: plain, infoHash: setUp.torrent.infoHash, peerId: Buffer.alloc(20, 1) });
  for (const byte of hello.subarray(0, 48)) peer.raw(Buffer.of(byte));
  await peer.greeted();
  assert.deepEqual(peer.messages, []);
  peer.raw(hello.subarray(48));
  await peer.heard('bitfield');
});

const openings: { name: string; parts: number[]; fast: boolean; expected: WireMessage }[] = [
  {
    name: 'everything',
    parts: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    fast: false,
    expected: { kind: 'bitfield', bits: Buffer.of(0xff, 0xc0) },
  },
  { name: 'nothing', parts: [], fast: false, expected: { kind: 'bitfield', bits: Buffer.of(0, 0) } },
  { name: 'nothing, in short', parts: [], fast: true, expected: { kind: 'have-none' } },
  { name: 'some pieces', parts: [0, 9], fast: true, expected: { kind: 'bitfield', bits: Buffer.of(0x80, 0x40) } },
];

for (const { name, parts, fast, expected } of openings) {
  test(`what we have is told: ${name}`, async (t) => {
    const peer = await RawPeer.dial(await openTestListener(t, parts), { ...plain, fast });
    assert.deepEqual(await peer.heard(expected.kind), expected);
  });
}

test('pieces that come in later are announced', async (t) => {
  const setUp = await openTestListener(t, [0]);
  const peer = await RawPeer.dial(setUp);
  await peer.heard('bitfield');
  setUp.holder.fill(setUp.entry, content, [4]);
  setUp.pass(1000);
  assert.deepEqual(await peer.heard('have'), { kind: 'have', index: 4 });
});

test('blocks are given as they were asked for, to the last byte', async (t) => {
  const peer = await unchoked(await openTestListener(t));
  const lastPiece = content.length - 9 * pieceLength;
  peer.say(request(3), request(3, 16_384), request(9, lastPiece - 100, 100), request(0, 0, pieceLength));
  const pieces: Extract<WireMessage, { kind: 'piece' }>[] = [];
  for (let from = 0; pieces.length < 4; from = peer.messages.indexOf(pieces.at(-1) as WireMessage) + 1)
    pieces.push(await peer.heard('piece', from));
  const places = pieces.map(({ index, begin, bytes }) => [index, begin, bytes.length]);
  assert.deepEqual(places, [
    [3, 0, 16_384],
    [3, 16_384, 16_384],
    [9, lastPiece - 100, 100],
    [0, 0, pieceLength],
  ]);
  for (const { index, begin, bytes } of pieces) {
    const start = index * pieceLength + begin;
    assert.ok(bytes.equals(content.subarray(start, start + bytes.length)));
  }
});

const refused: { name: string; message: OutgoingMessage; choked?: boolean; parts?: number[] }[] = [
  { name: 'while it is choked', message: request(0), choked: true },
  { name: 'beyond the end of a piece', message: request(0, pieceLength - 1, 2) },
  { name: 'beyond the last piece', message: request(10) },
  { name: 'of nothing', message: request(0, 0, 0) },
  { name: 'of more than 128 KiB', message: request(0, 0, 131_073) },
  { name: 'of a piece that nobody here has', message: request(5), parts: [0, 1] },
];

for (const { name, message, choked, parts } of refused) {
  test(`a request ${name} is rejected, and the connection lives on`, async (t) => {
    const setUp = await openTestListener(t, parts);
    const peer = choked ? await RawPeer.dial(setUp) : await unchoked(setUp);
    peer.say(message);
    assert.deepEqual(await peer.heard('reject'), { ...message, kind: 'reject' });
    peer.say(interested);
    await peer.heard('unchoke');
    peer.say(request(1));
    await peer.heard('piece');
  });
}

test('a piece that turns out to be lost is rejected too', async (t) => {
  const setUp = await openTestListener(t);
  setUp.holder.files.clear();
  const peer = await unchoked(setUp);
  peer.say(request(0));
  await peer.heard('reject');
});

test('a cancelled request is answered by a reject, unless the block came first (BEP 6)', async (t) => {
  const setUp = await openTestListener(t);
  const peer = await unchoked(setUp);
  let release = (): void => {};
  setUp.holder.before = () => new Promise<void>((resolve) => (release = resolve));
  peer.say(request(0), request(1), { ...request(1), kind: 'cancel' } as OutgoingMessage);
  assert.deepEqual(await peer.heard('reject'), { ...request(1), kind: 'reject' });
  setUp.holder.before = () => {};
  release();
  assert.equal((await peer.heard('piece')).index, 0);
});

/** Faults for which the listener closes the connection, without a word about why: BEP 3 has none. */
const faults: { name: string; bytes: (setUp: TestListener) => Uint8Array }[] = [
  { name: 'something else than BitTorrent', bytes: () => Buffer.from('GET / HTTP/1.1\r\n\r\n') },
  { name: 'an encrypted handshake', bytes: () => Buffer.alloc(96, 0xa5) },
  { name: 'an unknown info-hash', bytes: () => hello(Buffer.alloc(20, 9)) },
  { name: 'our own peer id', bytes: ({ torrent }) => hello(torrent.infoHash, Buffer.from('-RV0100-serverserver')) },
  {
    name: 'a length of 4 GiB',
    bytes: ({ torrent }) => Buffer.concat([hello(torrent.infoHash), Buffer.alloc(4, 0xff), Buffer.of(7)]),
  },
  {
    name: 'a bitfield of the wrong length',
    bytes: ({ torrent }) => Buffer.concat([hello(torrent.infoHash), Buffer.of(0, 0, 0, 2, 5, 0xff)]),
  },
  {
    name: 'a have beyond the last piece',
    bytes: ({ torrent }) => Buffer.concat([hello(torrent.infoHash), Buffer.of(0, 0, 0, 5, 4, 255, 255, 255, 255)]),
  },
];

function hello(infoHash: Buffer, peerId = Buffer.alloc(20, 1)): Buffer {
  return encodeHandshake({ capabilities: everything, infoHash, peerId });
}

for (const { name, bytes } of faults) {
  test(`${name} ends the connection, and no other`, async (t) => {
    const setUp = await openTestListener(t);
    const other = await unchoked(setUp);
    const peer = new RawPeer(connect({ host: '127.0.0.1', port: setUp.listener.port })).raw(bytes(setUp));
    await peer.over();
    other.say(request(2));
    await other.heard('piece');
  });
}

test('who asks for an unknown torrent does not get a byte', async (t) => {
  const setUp = await openTestListener(t);
  const peer = await RawPeer.dial(setUp, everything, Buffer.alloc(20, 9));
  await peer.over();
  assert.equal(peer.socket.bytesRead, 0);
});

test('who came by a magnet link gets the info dictionary (BEP 9)', async (t) => {
  const peer = (await RawPeer.dial(await openTestListener(t))).say(metadataHello);
  const answers: Buffer[] = [];
  for (const piece of [0, 1, 2, 3]) {
    const from = peer.messages.length;
    peer.say({ kind: 'extended', id: 1, payload: encodeMetadataMessage({ kind: 'request', piece }) });
    const { id, payload } = await peer.heard('extended', Math.max(from, 2));
    const message = parseMetadataMessage(payload);
    assert.equal(id, 7, 'under the id that the peer wants');
    if (piece < 3) assert.ok(message.kind === 'data' && message.piece === piece && message.totalSize === info.length);
    else assert.deepEqual(message, { kind: 'reject', piece });
    if (message.kind === 'data') answers.push(message.bytes);
  }
  assert.ok(Buffer.concat(answers).equals(info));
});

test('messages that nobody knows are passed over', async (t) => {
  const peer = await unchoked(await openTestListener(t));
  peer.raw(Buffer.of(0, 0, 0, 3, 99, 1, 2)).say({ kind: 'extended', id: 77, payload: Buffer.from('x') });
  peer.say({ kind: 'port', port: 6881 }, { kind: 'keep-alive' }, request(2));
  await peer.heard('piece');
});

test('silence is borne for three minutes, and broken by us', async (t) => {
  const setUp = await openTestListener(t);
  const peer = await RawPeer.dial(setUp);
  await peer.heard('extended');
  setUp.pass(100_000);
  await peer.heard('keep-alive');
  peer.say({ kind: 'keep-alive' }, interested);
  await peer.heard('unchoke');
  setUp.pass(100_000);
  await peer.heard('keep-alive', peer.messages.length);
  setUp.pass(79_000);
  peer.say(request(0));
  await peer.heard('piece');
  for (const ms of [100_000, 80_000]) {
    setUp.pass(ms);
    await new Promise(setImmediate);
  }
  await peer.over();
});

test('who does not finish the handshake in ten seconds is let go', async (t) => {
  const setUp = await openTestListener(t);
  const peer = new RawPeer(connect({ host: '127.0.0.1', port: setUp.listener.port })).raw(
    hello(setUp.torrent.infoHash).subarray(0, 60),
  );
  await peer.greeted();
  setUp.pass(10_000);
  await peer.over();
});

test('a peer that has everything is of no use to a seed', async (t) => {
  const setUp = await openTestListener(t);
  const seed = (await RawPeer.dial(setUp)).say({ kind: 'have-all' });
  await seed.over();
  const leecher = (await RawPeer.dial(setUp)).say({ kind: 'bitfield', bits: Buffer.of(0xff, 0x80) }, interested);
  await leecher.heard('unchoke');
  leecher.say({ kind: 'have', index: 9 });
  await leecher.over();
});

test('a peer that asks for much and reads nothing is not read from either: memory stays bounded', async (t) => {
  const peer = await unchoked(await openTestListener(t));
  peer.socket.pause();
  const many = Buffer.concat(
    Array.from({ length: 100 }, () => Buffer.from('0000000d0600000000ffffffff00000001', 'hex')),
  );
  let taken = 0;
  const before = process.memoryUsage().rss;
  // Each of these would be answered by a reject of the same length.
  for (; taken < 64 * 1024 * 1024 && peer.socket.write(many); taken += many.length) await new Promise(setImmediate);
  assert.ok(taken < 64 * 1024 * 1024, 'the kernel has to say stop');
  assert.ok(process.memoryUsage().rss - before < 64 * 1024 * 1024);
  peer.socket.destroy();
});

test('what a peer says again that it has changes nothing', async (t) => {
  const setUp = await openTestListener(t);
  const peer = await unchoked(setUp);
  peer.say({ kind: 'have', index: 4 }, request(0));
  await peer.heard('piece');
  const { version } = setUp.catalog;
  const from = peer.messages.length;
  // A bitfield is allowed again: aria2 sends it instead of many haves.
  peer.say({ kind: 'have', index: 4 }, { kind: 'bitfield', bits: Buffer.of(0x08, 0) }, request(1));
  await peer.heard('piece', from);
  assert.equal(setUp.catalog.version, version);
  peer.say({ kind: 'have', index: 5 }, request(2));
  await peer.heard('piece', peer.messages.length);
  assert.notEqual(setUp.catalog.version, version);
});

test('a peer that we dial hears a handshake alone, and is a holder of what it has', async (t) => {
  const setUp = await openTestListener(t, []);
  const listener = await RawListener.open(t);
  setUp.listener.dial(setUp.torrent, listener.remote);
  const peer = await listener.peer();
  await peer.greeted();
  assert.deepEqual(peer.messages, [], 'the control of the next line: nothing follows the handshake before the answer');
  peer.raw(hello(setUp.torrent.infoHash)).say({ kind: 'bitfield', bits: Buffer.of(0x20, 0) });
  await peer.heard('extended');
  while (!setUp.entry.reachable(2)) await new Promise(setImmediate);
  assert.equal(setUp.entry.state, 'partial');
  const id = setUp.entry.holdersOf(2)[0];
  assert.equal(id, `127.0.0.1:${listener.remote.port}`);
  const into = Buffer.alloc(pieceLength);
  const piece = setUp.holders.get(id)?.getPiece(setUp.entry.record.id, 2, into);
  peer.say({ kind: 'unchoke' });
  const asked = await peer.heard('request');
  for (const begin of [0, 16_384, 32_768]) {
    const start = 2 * pieceLength + begin;
    peer.say({
      kind: 'piece',
      index: asked.index,
      begin,
      bytes: content.subarray(start, Math.min(start + 16_384, 3 * pieceLength)),
    });
  }
  await piece;
  assert.ok(into.equals(content.subarray(2 * pieceLength, 3 * pieceLength)));
  peer.socket.destroy();
  while (setUp.entry.reachable(2)) await new Promise(setImmediate);
  assert.equal(setUp.holders.get(id), undefined);
});

test('who answers for another torrent than was dialled is let go', async (t) => {
  const setUp = await openTestListener(t, []);
  const listener = await RawListener.open(t);
  setUp.listener.dial(setUp.torrent, listener.remote);
  await (await listener.peer()).raw(hello(Buffer.alloc(20, 9))).over();
});

test('pieces of other wire peers are not offered as ours', async (t) => {
  const setUp = await openTestListener(t, []);
  const other = (await RawPeer.dial(setUp)).say({ kind: 'have-all' });
  await other.heard('extended');
  while (!setUp.entry.reachable(0)) await new Promise(setImmediate);
  const peer = await RawPeer.dial(setUp);
  await peer.heard('have-none');
});
