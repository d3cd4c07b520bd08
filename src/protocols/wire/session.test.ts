import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agreement, WireSession } from './session.ts';
import type { Capabilities, WireMessage } from './types.ts';

const everything: Capabilities = { fast: true, extended: true, v2: true };
const nothing: Capabilities = { fast: false, extended: false, v2: false };
/** Ten pieces of 100,000 bytes, the last one of 10. */
const torrent = { pieces: 10, pieceSize: (index: number) => (index === 9 ? 10 : 100_000) };
const range = { piecesRoot: Buffer.alloc(32), baseLayer: 0, index: 0, length: 2, proofLayers: 0 };
const bits = (...bytes: number[]): WireMessage => ({ kind: 'bitfield', bits: Buffer.from(bytes) });

function after(messages: readonly WireMessage[], agreed = everything): WireSession {
  const session = new WireSession(torrent, agreed);
  for (const message of messages) session.received(message);
  return session;
}

test('both sides begin choking and not interested, with nothing', () => {
  const { amChoking, amInterested, peerChoking, peerInterested, pieces } = after([]);
  assert.deepEqual([amChoking, amInterested, peerChoking, peerInterested, pieces.count], [true, false, true, false, 0]);
});

test('messages and answers change what the sides are', () => {
  const session = after([{ kind: 'unchoke' }, { kind: 'interested' }]);
  session.sent('unchoke');
  session.sent('interested');
  const { amChoking, amInterested, peerChoking, peerInterested } = session;
  assert.deepEqual([amChoking, amInterested, peerChoking, peerInterested], [false, true, false, true]);
  session.received({ kind: 'choke' });
  session.received({ kind: 'not-interested' });
  session.sent('choke');
  session.sent('not-interested');
  assert.deepEqual(
    [session.amChoking, session.amInterested, session.peerChoking, session.peerInterested],
    [true, false, true, false],
  );
});

const holdings: { name: string; messages: WireMessage[]; pieces: number[] }[] = [
  { name: 'a bitfield', messages: [bits(0x80, 0x40)], pieces: [0, 9] },
  { name: 'a full bitfield', messages: [bits(0xff, 0xc0)], pieces: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
  { name: 'have-all', messages: [{ kind: 'have-all' }], pieces: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
  {
    name: 'have-none, then haves',
    messages: [{ kind: 'have-none' }, { kind: 'have', index: 3 }, { kind: 'have', index: 3 }],
    pieces: [3],
  },
  {
    name: 'a bitfield after the handshake of extensions',
    messages: [{ kind: 'extended', id: 0, payload: Buffer.from('de') }, bits(0x80, 0)],
    pieces: [0],
  },
  { name: 'neither, which means nothing', messages: [{ kind: 'interested' }], pieces: [] },
];

for (const { name, messages, pieces } of holdings) {
  test(`what the peer has: ${name}`, () => assert.deepEqual([...after(messages).pieces], pieces));
}

const broken: { name: string; messages: WireMessage[]; agreed?: Capabilities; code: string }[] = [
  { name: 'a bitfield that is too short', messages: [bits(0xff)], code: 'bad-bitfield' },
  { name: 'a bitfield that is too long', messages: [bits(0xff, 0xc0, 0)], code: 'bad-bitfield' },
  { name: 'an empty bitfield', messages: [bits()], code: 'bad-bitfield' },
  { name: 'a spare bit', messages: [bits(0xff, 0xe0)], code: 'bad-bitfield' },
  { name: 'the last spare bit', messages: [bits(0, 0x01)], code: 'bad-bitfield' },
  { name: 'a bitfield after another message', messages: [{ kind: 'unchoke' }, bits(0, 0)], code: 'out-of-order' },
  { name: 'a second bitfield', messages: [bits(0, 0), bits(0, 0)], code: 'out-of-order' },
  { name: 'have-all after a bitfield', messages: [bits(0, 0), { kind: 'have-all' }], code: 'out-of-order' },
  {
    name: 'have-none after a have',
    messages: [{ kind: 'have', index: 0 }, { kind: 'have-none' }],
    code: 'out-of-order',
  },
  { name: 'a have beyond the last piece', messages: [{ kind: 'have', index: 10 }], code: 'bad-index' },
  { name: 'a have of 2^32-1', messages: [{ kind: 'have', index: 0xffff_ffff }], code: 'bad-index' },
  { name: 'an allowed-fast beyond the last piece', messages: [{ kind: 'allowed-fast', index: 10 }], code: 'bad-index' },
  {
    name: 'a block beyond the end of its piece',
    messages: [{ kind: 'piece', index: 9, begin: 5, bytes: Buffer.alloc(6) }],
    code: 'bad-index',
  },
  {
    name: 'a block of a piece that there is not',
    messages: [{ kind: 'piece', index: 10, begin: 0, bytes: Buffer.alloc(1) }],
    code: 'bad-index',
  },
  {
    name: 'an empty block',
    messages: [{ kind: 'piece', index: 0, begin: 0, bytes: Buffer.alloc(0) }],
    code: 'bad-index',
  },
  {
    name: 'a request beyond the end, without the fast extension',
    messages: [{ kind: 'request', index: 9, begin: 0, length: 11 }],
    agreed: nothing,
    code: 'bad-index',
  },
  {
    name: 'have-all without the fast extension',
    messages: [{ kind: 'have-all' }],
    agreed: nothing,
    code: 'not-negotiated',
  },
  {
    name: 'reject without the fast extension',
    messages: [{ kind: 'reject', index: 0, begin: 0, length: 1 }],
    agreed: nothing,
    code: 'not-negotiated',
  },
  {
    name: 'extended without BEP 10',
    messages: [{ kind: 'extended', id: 0, payload: Buffer.from('de') }],
    agreed: nothing,
    code: 'not-negotiated',
  },
  {
    name: 'a hash request without v2',
    messages: [{ kind: 'hash-request', ...range }],
    agreed: { ...everything, v2: false },
    code: 'not-negotiated',
  },
];

for (const { name, messages, agreed, code } of broken) {
  test(`refuses ${name}`, () => assert.throws(() => after(messages, agreed), { name: 'WireError', code }));
}

const blocks: { name: string; index: number; begin: number; length: number; is: boolean }[] = [
  { name: 'a whole small piece', index: 9, begin: 0, length: 10, is: true },
  { name: 'its last byte', index: 9, begin: 9, length: 1, is: true },
  { name: 'one byte more', index: 9, begin: 0, length: 11, is: false },
  { name: 'nothing', index: 0, begin: 0, length: 0, is: false },
  { name: 'at the end', index: 0, begin: 100_000, length: 1, is: false },
  { name: 'numbers whose sum would wrap in 32 bits', index: 0, begin: 0xffff_ffff, length: 2, is: false },
  { name: 'a piece that there is not', index: 10, begin: 0, length: 1, is: false },
];

for (const { name, is, ...block } of blocks) {
  test(`a block of ${name} is ${is ? '' : 'not '}there to be asked for`, () =>
    assert.equal(new WireSession(torrent, everything).isBlock(block), is));
}

test('blocks larger than 128 KiB are not given', () => {
  const session = new WireSession({ pieces: 1, pieceSize: () => 1_000_000 }, everything);
  assert.equal(session.isBlock({ index: 0, begin: 0, length: 131_072 }), true);
  assert.equal(session.isBlock({ index: 0, begin: 0, length: 131_073 }), false);
});

test('a peer that has got blocks may say all that it has once more, as aria2 does', () => {
  const session = after([{ kind: 'have-none' }, { kind: 'interested' }, { kind: 'have', index: 9 }]);
  session.sent('piece');
  session.received(bits(0x80, 0));
  assert.deepEqual([...session.pieces], [0, 9], 'nothing is taken back');
  session.received({ kind: 'have-all' });
  assert.ok(session.pieces.full);
  assert.throws(() => session.received({ kind: 'have-none' }), { code: 'out-of-order' });
});

test('a torrent without pieces has an empty bitfield', () => {
  const session = new WireSession({ pieces: 0, pieceSize: () => 0 }, everything);
  assert.doesNotThrow(() => session.received(bits()));
  assert.throws(() => session.received({ kind: 'have', index: 0 }), { code: 'bad-index' });
});

test('what both offer is agreed on', () => {
  assert.deepEqual(agreement(everything, { fast: true, extended: false, v2: false }), {
    fast: true,
    extended: false,
    v2: false,
  });
});
