import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inPieces, Recorded } from '../../bytes/trace.testing.ts';
import { WireError } from './errors.ts';
import { encodeExtendedHandshake, encodeMetadataMessage, extendedHandshakeId } from './extension.ts';
import { WireReader } from './read.ts';
import type { OutgoingMessage } from './types.ts';
import { encodeHandshake, encodeMessage } from './write.ts';

const sink = { onInfoHash() {}, onHandshake() {}, onMessage() {} };
const infoHash = Buffer.alloc(20, 0xab);
const handshake = encodeHandshake({
  capabilities: { extended: true, fast: true, v2: false },
  infoHash,
  peerId: Buffer.from('-XX0001-abcdefghijkl'),
});
const range = { piecesRoot: Buffer.alloc(32, 1), baseLayer: 0, index: 2, length: 3, proofLayers: 4 };
const metadataData = { kind: 'data', piece: 0, totalSize: 3, bytes: Buffer.from('abc') } as const;

test('a handshake and a request, with their offsets', () => {
  const recorded = new Recorded();
  const reader = new WireReader(sink, recorded.observe);
  reader.receive(handshake);
  reader.receive(encodeMessage({ kind: 'request', index: 7, begin: 16_384, length: 16_384 }));
  assert.deepEqual(recorded.lines, [
    '> 000000  pstrlen         19',
    '> 000001  pstr            "BitTorrent protocol"',
    '> 000020  reserved        0000000000100004=BEP-10+BEP-6',
    `> 000028  info_hash       ${'ab'.repeat(20)}`,
    '> 000048  peer_id         "-XX0001-abcdefghijkl"',
    '> 000068  length          13',
    '> 000072  id              6=request',
    '> 000073  index           7',
    '> 000077  begin           16384',
    '> 000081  length          16384',
  ]);
});

const head = ['value dictionary', 'msg_type 1', 'piece 0', 'total_size 3', 'end dictionary', 'data 3 bytes'];
const messages: readonly { message: OutgoingMessage | Buffer; fields: readonly string[] }[] = [
  { message: { kind: 'keep-alive' }, fields: ['length 0'] },
  { message: { kind: 'choke' }, fields: ['length 1', 'id 0=choke'] },
  { message: { kind: 'have', index: 9 }, fields: ['length 5', 'id 4=have', 'index 9'] },
  { message: { kind: 'bitfield', bits: Buffer.of(0x80) }, fields: ['length 2', 'id 5=bitfield', 'bitfield 80'] },
  {
    message: { kind: 'piece', index: 1, begin: 0, bytes: Buffer.alloc(16_384) },
    fields: ['length 16393', 'id 7=piece', 'index 1', 'begin 0', 'block 16384 bytes'],
  },
  { message: { kind: 'port', port: 6881 }, fields: ['length 3', 'id 9=port', 'listen-port 6881'] },
  {
    message: { kind: 'hash-request', ...range },
    fields: [
      'length 49',
      'id 21=hash-request',
      `pieces root ${'01'.repeat(32)}`,
      'base layer 0',
      'index 2',
      'length 3',
      'proof layers 4',
    ],
  },
  {
    message: {
      kind: 'extended',
      id: extendedHandshakeId,
      payload: encodeExtendedHandshake({ ids: new Map([['ut_metadata', 3]]), port: 6881 }),
    },
    fields: [
      'length 35',
      'id 20=extended',
      'extended id 0',
      'value dictionary',
      'm dictionary',
      'ut_metadata 3',
      'end dictionary',
      'p 6881',
      'end dictionary',
    ],
  },
  {
    message: { kind: 'extended', id: 3, payload: encodeMetadataMessage(metadataData) },
    fields: ['length 46', 'id 20=extended', 'extended id 3', ...head],
  },
  { message: Buffer.from('0000000463616263', 'hex'), fields: ['length 4', 'id 99=unknown', 'payload 3 bytes'] },
];
for (const { message, fields } of messages) {
  const bytes = Buffer.isBuffer(message) ? message : encodeMessage(message);
  for (const chunks of inPieces(Buffer.concat([handshake, bytes]))) {
    test(`${fields[1] ?? 'keep-alive'} in ${chunks.length} pieces`, () => {
      const recorded = new Recorded();
      const reader = new WireReader(sink, recorded.observe);
      for (const chunk of chunks) reader.receive(chunk);
      assert.deepEqual(recorded.fields.slice(5), fields);
      assert.equal(recorded.bytes.length, handshake.length + bytes.length);
      const all = Buffer.concat(chunks).toString('latin1');
      assert.ok([...recorded.bytes].every((byte, at) => byte === '?' || byte === all[at]));
    });
  }
}

test('what is no handshake is shown up to the byte that tells', () => {
  const recorded = new Recorded();
  assert.throws(() => new WireReader(sink, recorded.observe).receive(Buffer.from('\x13BitX')), WireError);
  assert.deepEqual(recorded.fields, ['handshake "\\x13BitX"']);
});

test('the head of a message that is refused is shown', () => {
  const recorded = new Recorded();
  const reader = new WireReader(sink, recorded.observe);
  reader.receive(handshake);
  assert.throws(() => reader.receive(Buffer.from('0000000204', 'hex')), WireError);
  assert.deepEqual(recorded.fields.slice(5), ['length 2', 'id 4=have']);
});
