import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WireError } from './errors.ts';
import { WireReader } from './read.ts';
import { type Capabilities, type Handshake, type WireMessage, wireLimits } from './types.ts';
import { hear } from './wire.testing.ts';
import { encodeHandshake, encodeMessage, encodePieceHead } from './write.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

const handshake: Handshake = {
  capabilities: { fast: true, extended: true, v2: false },
  infoHash: Buffer.alloc(20, 0xaa),
  peerId: Buffer.from('-RV0100-abcdefghijkl'),
};
const greeting = encodeHandshake(handshake);
const range = { piecesRoot: Buffer.alloc(32, 7), baseLayer: 0, index: 512, length: 512, proofLayers: 3 };
const rangeHex = `${'07'.repeat(32)} 00000000 00000200 00000200 00000003`;

const rows: { message: Exclude<WireMessage, { kind: 'unknown' }>; bytes: string }[] = [
  { message: { kind: 'keep-alive' }, bytes: '00000000' },
  { message: { kind: 'choke' }, bytes: '00000001 00' },
  { message: { kind: 'unchoke' }, bytes: '00000001 01' },
  { message: { kind: 'interested' }, bytes: '00000001 02' },
  { message: { kind: 'not-interested' }, bytes: '00000001 03' },
  { message: { kind: 'have', index: 0xffff_ffff }, bytes: '00000005 04 ffffffff' },
  { message: { kind: 'bitfield', bits: hex('ff80') }, bytes: '00000003 05 ff80' },
  { message: { kind: 'bitfield', bits: Buffer.alloc(0) }, bytes: '00000001 05' },
  {
    message: { kind: 'request', index: 1, begin: 16384, length: 16384 },
    bytes: '0000000d 06 00000001 00004000 00004000',
  },
  {
    message: { kind: 'piece', index: 1, begin: 2, bytes: hex('c0ffee') },
    bytes: '0000000c 07 00000001 00000002 c0ffee',
  },
  { message: { kind: 'cancel', index: 1, begin: 2, length: 3 }, bytes: '0000000d 08 00000001 00000002 00000003' },
  { message: { kind: 'port', port: 6881 }, bytes: '00000003 09 1ae1' },
  { message: { kind: 'suggest', index: 4 }, bytes: '00000005 0d 00000004' },
  { message: { kind: 'have-all' }, bytes: '00000001 0e' },
  { message: { kind: 'have-none' }, bytes: '00000001 0f' },
  { message: { kind: 'reject', index: 1, begin: 2, length: 3 }, bytes: '0000000d 10 00000001 00000002 00000003' },
  { message: { kind: 'allowed-fast', index: 4 }, bytes: '00000005 11 00000004' },
  { message: { kind: 'extended', id: 3, payload: Buffer.from('de') }, bytes: '00000004 14 03 6465' },
  { message: { kind: 'hash-request', ...range }, bytes: `00000031 15 ${rangeHex}` },
  { message: { kind: 'hashes', ...range, hashes: hex('0102') }, bytes: `00000033 16 ${rangeHex} 0102` },
  { message: { kind: 'hash-reject', ...range }, bytes: `00000031 17 ${rangeHex}` },
];

for (const { message, bytes } of rows) {
  test(`${message.kind} is ${bytes.slice(0, 40)}, both ways`, () => {
    assert.equal(encodeMessage(message).toString('hex'), hex(bytes).toString('hex'));
    const stream = Buffer.concat([greeting, hex(bytes), hex(bytes)]);
    for (const chunkBytes of [stream.length, 1, 7, 69]) {
      assert.deepEqual(hear(stream, chunkBytes), { handshakes: [handshake], messages: [message, message] });
    }
  });
}

test('the head of a piece is what stands before its bytes', () => {
  const whole = encodeMessage({ kind: 'piece', index: 5, begin: 6, bytes: Buffer.alloc(100, 1) });
  assert.ok(whole.equals(Buffer.concat([encodePieceHead(5, 6, 100), Buffer.alloc(100, 1)])));
});

const handshakes: { name: string; reserved: string; capabilities: Capabilities }[] = [
  { name: 'nothing', reserved: '0000000000000000', capabilities: { fast: false, extended: false, v2: false } },
  { name: 'fast', reserved: '0000000000000004', capabilities: { fast: true, extended: false, v2: false } },
  { name: 'extended', reserved: '0000000000100000', capabilities: { fast: false, extended: true, v2: false } },
  { name: 'v2', reserved: '0000000000000010', capabilities: { fast: false, extended: false, v2: true } },
];

for (const { name, reserved, capabilities } of handshakes) {
  test(`a handshake that offers ${name}, both ways`, () => {
    const bytes = Buffer.concat([greeting.subarray(0, 20), hex(reserved), greeting.subarray(28)]);
    assert.ok(encodeHandshake({ ...handshake, capabilities }).equals(bytes));
    for (const chunkBytes of [68, 1, 48]) {
      assert.deepEqual(hear(bytes, chunkBytes).handshakes, [{ ...handshake, capabilities }]);
    }
  });
}

test('bits that nobody knows are passed over', () => {
  const bytes = Buffer.concat([greeting.subarray(0, 20), hex('ffffffffffefffeb'), greeting.subarray(28)]);
  assert.deepEqual(hear(bytes).handshakes[0]?.capabilities, { fast: false, extended: false, v2: false });
});

test('the info-hash is told as soon as it is there, before the peer id', () => {
  const told: string[] = [];
  const reader = new WireReader({
    onInfoHash: (infoHash) => void told.push(infoHash.toString('hex')),
    onHandshake: () => void told.push('handshake'),
    onMessage: () => {},
  });
  reader.receive(greeting.subarray(0, 47));
  assert.deepEqual(told, []);
  reader.receive(greeting.subarray(47, 48));
  assert.deepEqual(told, ['aa'.repeat(20)]);
  reader.receive(greeting.subarray(48));
  assert.deepEqual(told, ['aa'.repeat(20), 'handshake']);
});

test('something else than BitTorrent is found out at its first wrong byte', () => {
  for (const start of ['\x14', 'GET /', '\x13bittorrent', '\x13BitTorrent protocoL']) {
    const bytes = Buffer.from(start, 'latin1');
    assert.doesNotThrow(() => hear(bytes.subarray(0, Math.max(0, firstWrong(bytes)))));
    assert.throws(() => hear(bytes.subarray(0, firstWrong(bytes) + 1)), { code: 'not-bittorrent' });
  }
});

function firstWrong(bytes: Buffer): number {
  return [...bytes].findIndex((byte, index) => byte !== greeting[index]);
}

test('a message of an unknown kind is passed over, however long, and what follows is read', () => {
  const unknown = Buffer.concat([hex('00010001 63'), Buffer.alloc(65_536)]);
  const stream = Buffer.concat([greeting, unknown, hex('00000001 00')]);
  for (const chunkBytes of [stream.length, 1000]) {
    assert.deepEqual(hear(stream, chunkBytes).messages, [{ kind: 'unknown', id: 0x63 }, { kind: 'choke' }]);
  }
});

const longest = wireLimits.blockBytesMax;

test('a block of the largest size is read', () => {
  const bytes = Buffer.alloc(longest, 3);
  const [message] = hear(
    Buffer.concat([greeting, encodeMessage({ kind: 'piece', index: 0, begin: 0, bytes })]),
    65_536,
  ).messages;
  assert.ok(message?.kind === 'piece' && message.bytes.equals(bytes));
});

/** Only the heads are given: that is enough to refuse them, and nothing is kept. */
const malformed: { name: string; bytes: string; code: string }[] = [
  { name: 'a choke with a payload', bytes: '00000002 00', code: 'too-long' },
  { name: 'a have without an index', bytes: '00000001 04', code: 'bad-length' },
  { name: 'a have that is too short', bytes: '00000004 04', code: 'bad-length' },
  { name: 'a have that is too long', bytes: '00000006 04', code: 'too-long' },
  { name: 'a request that is too short', bytes: '0000000c 06', code: 'bad-length' },
  { name: 'a request that is too long', bytes: '0000000e 06', code: 'too-long' },
  { name: 'a piece without a block', bytes: '00000008 07', code: 'bad-length' },
  { name: 'a piece one byte over the limit', bytes: '0002000a 07', code: 'too-long' },
  { name: 'a piece of 2 GiB', bytes: '80000000 07', code: 'too-long' },
  { name: 'a piece of 4 GiB', bytes: 'ffffffff 07', code: 'too-long' },
  { name: 'a bitfield over the limit', bytes: '00200002 05', code: 'too-long' },
  { name: 'a port of three bytes', bytes: '00000004 09', code: 'too-long' },
  { name: 'an extended message without an id', bytes: '00000001 14', code: 'bad-length' },
  { name: 'an extended message over the limit', bytes: '00010002 14', code: 'too-long' },
  { name: 'hashes over the limit', bytes: '00010000 16', code: 'too-long' },
  { name: 'an unknown message over the limit', bytes: '00100002 63', code: 'too-long' },
];

for (const { name, bytes, code } of malformed) {
  test(`refuses ${name}`, () => {
    const stream = Buffer.concat([greeting, hex(bytes)]);
    for (const chunkBytes of [stream.length, 1]) {
      assert.throws(
        () => hear(stream, chunkBytes),
        (error) => error instanceof WireError && error.code === code,
      );
    }
    assert.doesNotThrow(() => hear(stream.subarray(0, -1), 1), 'the control: the byte before is still fine');
  });
}
