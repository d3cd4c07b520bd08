import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { silentLog } from '../../../io/log.ts';
import { metadataBytesMax, parseMetadataMessage } from '../../../protocols/wire/extension.ts';
import type { OutgoingMessage } from '../../../protocols/wire/types.ts';
import { encodeMessage } from '../../../protocols/wire/write.ts';
import { plain, RawListener, type RawPeer } from '../../peers/raw-peer.testing.ts';
import {
  about,
  dataOf,
  extended,
  extensions,
  give,
  hashBytes,
  hello,
  info,
  ourPeerId,
  requests,
  saidOf,
  theirId,
} from '../metadata.testing.ts';
import { MetadataConnection } from './metadata-connection.ts';

/** A connection with a peer that is played by the test. */
async function setUp(t: TestContext) {
  const listener = await RawListener.open(t);
  const { address: host, port } = listener.remote;
  const socket = connect({ host, port });
  const got: Buffer[] = [];
  let settle = (_: Buffer | undefined): void => {};
  /** The outcome: the dictionary, or undefined when the connection ended without. */
  const outcome = new Promise<Buffer | undefined>((resolve) => {
    settle = resolve;
  });
  const reasons: string[] = [];
  const log = { ...silentLog, debug: (_: string, message: string) => void reasons.push(message) };
  const context = { infoHash: hashBytes, peerId: ourPeerId, port: 6881, log };
  const connection = new MetadataConnection(socket, listener.remote, context, {
    onInfo: (whole) => {
      got.push(whole);
      settle(whole);
    },
    onClose: () => settle(undefined),
  });
  t.after(() => connection.close('the test is over'));
  const peer = await listener.peer();
  /** Settles when all that the peer has said was taken. */
  const taken = async (): Promise<void> => {
    while (socket.bytesRead < peer.socket.bytesWritten && !socket.isPaused()) await new Promise(setImmediate);
  };
  return { connection, socket, peer, outcome, got, reasons, taken };
}

test('our handshake comes alone; after the answer, what we speak; after its sizes, requests', async (t) => {
  const { peer, connection } = await setUp(t);
  const { capabilities, infoHash, peerId } = await peer.greeted();
  assert.deepEqual(capabilities, { fast: false, extended: true, v2: false });
  assert.deepEqual([infoHash, peerId], [hashBytes, ourPeerId]);
  assert.deepEqual([peer.socket.bytesRead, connection.opened], [68, false]);
  peer.raw(hello());
  const { ids, metadataSize, port, client } = await saidOf(peer);
  assert.deepEqual([...ids], [['ut_metadata', 1]]);
  assert.deepEqual([metadataSize, port, client], [undefined, 6881, 'Rivulet']);
  assert.deepEqual([connection.opened, peer.messages.length], [true, 1], 'the id to ask under is not known yet');
  peer.say(extensions());
  const asked = requests(peer);
  for (let piece = 0; piece < 8; piece += 1) assert.equal((await asked.next()).value, piece);
  assert.ok(peer.messages.every((message) => message.kind === 'extended' && [0, theirId].includes(message.id)));
});

/** Answers the requests under way with `answers`, then the others as they come. */
async function answer(peer: RawPeer, ...answers: OutgoingMessage[]): Promise<void> {
  peer.say(...answers);
  for await (const piece of requests(peer)) peer.say(about(dataOf(piece)));
}

const fine: { name: string; play: (peer: RawPeer) => Promise<unknown> }[] = [
  { name: 'a peer as they come', play: (peer) => give(peer) },
  {
    name: 'handshake and extensions byte by byte',
    play: async (peer) => {
      for (const byte of Buffer.concat([hello(), encodeMessage(extensions())])) peer.raw(Buffer.of(byte));
      await answer(peer);
    },
  },
  {
    name: 'what it has before its extensions, and other messages between',
    play: async (peer) => {
      peer.raw(hello()).say({ kind: 'bitfield', bits: Buffer.alloc(5000) }, { kind: 'have', index: 4_000_000_000 });
      peer.say({ kind: 'unchoke' }, { kind: 'port', port: 1 }, { kind: 'have-all' }, { kind: 'keep-alive' });
      peer.raw(Buffer.from('00000003630102', 'hex')).say(extended(77, 'not bencode'), extended(1, 'd8:msg_typei9ee'));
      peer.say({ kind: 'piece', index: 0, begin: 0, bytes: Buffer.alloc(16_384) });
      await answer(peer, extensions());
    },
  },
  {
    name: 'another id from the middle on',
    play: async (peer) => {
      peer.raw(hello()).say(extensions());
      const asked = requests(peer);
      for (let piece = 0; piece < 8; piece += 1) await asked.next();
      peer.say(extensions({ id: 200 }), ...[7, 6, 5, 4, 3, 2, 1, 0].map((piece) => about(dataOf(piece))));
      for (const piece of [8, 9]) {
        assert.equal((await asked.next()).value, piece);
        const message = peer.messages.at(piece === 9 ? -1 : -2);
        assert.ok(message?.kind === 'extended' && message.id === 200);
        if (piece === 9) peer.say(about(dataOf(9)), about(dataOf(8)));
      }
    },
  },
  {
    name: 'a second handshake that says only what is new',
    play: (peer) => answer(peer.raw(hello()), extensions(), extended(0, 'd1:v1:xe'), extended(0, 'd1:mdee')),
  },
  {
    name: 'pieces twice, and some that were not asked for',
    play: async (peer) => {
      peer.raw(hello()).say(extensions());
      await requests(peer).next();
      await answer(peer, ...[0, 0, 9, 1, 0].map((piece) => about(dataOf(piece))));
    },
  },
];

for (const { name, play } of fine) {
  test(`the dictionary is had from ${name}`, async (t) => {
    const { peer, outcome, got, connection } = await setUp(t);
    const played = play(peer);
    assert.ok((await outcome)?.equals(info));
    connection.close('done');
    await played;
    assert.equal(got.length, 1);
  });
}

/** Greets, and gives what `change` makes of each piece. */
async function lie(peer: RawPeer, change: (piece: number) => OutgoingMessage): Promise<void> {
  peer.raw(hello()).say(extensions());
  for await (const piece of requests(peer)) peer.say(change(piece));
}

const wrongByte = Buffer.from(info);
wrongByte[info.length - 1] = (info[info.length - 1] as number) ^ 1;
const sized = (size: number | undefined) => (peer: RawPeer) => void peer.raw(hello()).say(extensions({ size }));

const hostile: { name: string; play: (peer: RawPeer) => unknown; reason?: RegExp }[] = [
  { name: 'closes at once', play: (peer) => peer.socket.destroy() },
  {
    name: 'speaks HTTP',
    play: (peer) => peer.raw(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')),
    reason: /not-bittorrent/,
  },
  {
    name: 'answers for another torrent',
    play: (peer) => peer.raw(hello(undefined, undefined, Buffer.alloc(20, 9)).subarray(0, 48)),
    reason: /unknown-torrent/,
  },
  { name: 'is ourselves', play: (peer) => peer.raw(hello(undefined, ourPeerId)), reason: /ourselves/ },
  { name: 'speaks no extensions', play: (peer) => peer.raw(hello(plain)), reason: /no extensions/ },
  { name: 'says nothing of metadata', play: (peer) => peer.raw(hello()).say(extended(0, 'd1:mdee')), reason: /has no/ },
  { name: 'has turned metadata off', play: (peer) => peer.raw(hello()).say(extensions({ id: 0 })), reason: /has no/ },
  { name: 'has metadata of no known size', play: sized(undefined), reason: /has no/ },
  { name: 'has metadata of no bytes', play: sized(0), reason: /has no/ },
  { name: 'has metadata of a negative size', play: sized(-1), reason: /has no/ },
  { name: 'has metadata of 16 MiB and a byte', play: sized(metadataBytesMax + 1), reason: /has no/ },
  {
    name: 'sends an extended handshake that is no bencode',
    play: (peer) => peer.raw(hello()).say(extended(0, 'x')),
    reason: /bad-extension/,
  },
  {
    name: 'announces a message of 4 GiB',
    play: (peer) => peer.raw(hello()).raw(Buffer.from('ffffffff14', 'hex')),
    reason: /too-long/,
  },
  {
    name: 'rejects',
    play: (peer) => lie(peer, (piece) => about({ kind: 'reject', piece })),
    reason: /does not give piece 0/,
  },
  {
    name: 'says another total size',
    play: (peer) => lie(peer, (piece) => about({ ...dataOf(piece), totalSize: 5 })),
    reason: /bad-metadata: a piece of 5 bytes/,
  },
  {
    name: 'says a total size without end',
    play: (peer) => lie(peer, () => extended(1, `d8:msg_typei1e5:piecei0e10:total_sizei${2 ** 40}ee`)),
    reason: /bad-extension/,
  },
  {
    name: 'sends a piece a byte short',
    play: (peer) => lie(peer, (piece) => about({ ...dataOf(piece), bytes: info.subarray(1, 16_384) })),
    reason: /must have 16384 bytes, not 16383/,
  },
  {
    name: 'sends a piece a byte long',
    play: (peer) => lie(peer, (piece) => about({ ...dataOf(piece), bytes: info.subarray(0, 16_385) })),
    reason: /must have 16384 bytes, not 16385/,
  },
  {
    name: 'sends pieces that are no bencode',
    play: (peer) => lie(peer, () => extended(1, 'hello')),
    reason: /bad-extension/,
  },
  { name: 'sends a wrong byte at the end', play: (peer) => give(peer, wrongByte), reason: /another info-hash/ },
  {
    name: 'sends another dictionary',
    play: (peer) => give(peer, Buffer.from('d4:name5:othere')),
    reason: /another info-hash/,
  },
  {
    name: 'says another size in the middle',
    play: (peer) => lie(peer, (piece) => (piece < 4 ? about(dataOf(piece)) : extensions({ size: 100_000 }))),
    reason: /100000 bytes of metadata, it said 147556 before/,
  },
  {
    name: 'turns metadata off in the middle',
    play: (peer) => lie(peer, (piece) => (piece < 4 ? about(dataOf(piece)) : extensions({ id: 0 }))),
    reason: /has no/,
  },
];

for (const { name, play, reason } of hostile) {
  test(`a peer that ${name} is let go`, async (t) => {
    const { peer, outcome, got, reasons } = await setUp(t);
    play(peer);
    assert.equal(await outcome, undefined);
    await peer.over();
    assert.deepEqual([got.length, reasons.length], [0, reason === undefined ? 0 : 1]);
    if (reason !== undefined) assert.match(reasons[0] as string, reason);
  });
}

test('metadata as large as it may be is asked for', async (t) => {
  const { peer } = await setUp(t);
  sized(metadataBytesMax)(peer);
  assert.equal((await requests(peer).next()).value, 0);
});

const patience: { name: string; ms: number; begin: (peer: RawPeer) => Promise<unknown>; drip: OutgoingMessage[] }[] = [
  { name: 'says nothing', ms: 10_000, begin: (peer) => peer.greeted(), drip: [] },
  {
    name: 'has shaken hands, and says nothing of extensions',
    ms: 20_000,
    begin: (peer) => saidOf(peer.raw(hello())),
    drip: [{ kind: 'keep-alive' }, { kind: 'have', index: 0 }],
  },
  {
    name: 'is asked, and says all but what it was asked for',
    ms: 20_000,
    begin: (peer) => requests(peer.raw(hello()).say(extensions())).next(),
    drip: [extensions(), about(dataOf(9)), extended(1, 'd8:msg_typei3ee'), { kind: 'unchoke' }],
  },
];

for (const { name, ms, begin, drip } of patience) {
  test(`a peer that ${name} is let go after ${ms / 1000} s`, async (t) => {
    const { peer, outcome, connection, taken } = await setUp(t);
    await begin(peer);
    for (let passed = 1000; passed < ms; passed += 1000) {
      connection.tick(1000);
      if (drip.length > 0) peer.say(...drip);
      await taken();
    }
    assert.equal(peer.ended, false);
    connection.tick(1000);
    assert.equal(await outcome, undefined);
    await peer.over();
  });
}

test('every piece gives new patience', async (t) => {
  const { peer, outcome, connection, taken } = await setUp(t);
  peer.raw(hello()).say(extensions());
  await requests(peer).next();
  for (let piece = 0; piece < 10; piece += 1) {
    connection.tick(19_000);
    peer.say(about(dataOf(piece)));
    await taken();
  }
  assert.equal(connection.ageMs, 190_000);
  assert.ok((await outcome)?.equals(info));
});

test('who asks us is refused, and who never reads that is not read from either', async (t) => {
  const { peer, socket, connection, outcome, taken } = await setUp(t);
  peer.raw(hello()).say(extensions(), about({ kind: 'request', piece: 5 }));
  for await (const { id, payload } of peer.each('extended')) {
    const message = id === theirId ? parseMetadataMessage(payload) : undefined;
    if (message?.kind !== 'reject') continue;
    assert.equal(message.piece, 5);
    break;
  }
  peer.socket.pause();
  const many = Buffer.concat(Array.from({ length: 100 }, () => encodeMessage(about({ kind: 'request', piece: 0 }))));
  for (let written = 0; !socket.isPaused(); written += many.length) {
    assert.ok(written < 64 * 1024 * 1024, 'it is read from all the same');
    peer.socket.write(many);
    await taken();
  }
  connection.tick(20_000);
  assert.equal(await outcome, undefined);
});
