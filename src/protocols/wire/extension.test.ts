import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ExtendedHandshake,
  encodeExtendedHandshake,
  encodeMetadataMessage,
  type MetadataMessage,
  metadataRange,
  parseExtendedHandshake,
  parseMetadataMessage,
} from './extension.ts';

const unsaid = {
  metadataSize: undefined,
  port: undefined,
  requestsMax: undefined,
  client: undefined,
  uploadOnly: false,
};

test('a handshake of extensions, both ways', () => {
  const handshake: ExtendedHandshake = {
    ids: new Map([['ut_metadata', 1]]),
    metadataSize: 31235,
    port: 6881,
    requestsMax: 512,
    client: 'rivulet',
    uploadOnly: true,
  };
  const bytes = 'd1:md11:ut_metadatai1ee13:metadata_sizei31235e1:pi6881e4:reqqi512e11:upload_onlyi1e1:v7:rivulete';
  assert.equal(encodeExtendedHandshake(handshake).toString(), bytes);
  assert.deepEqual(parseExtendedHandshake(Buffer.from(bytes)), handshake);
});

const lenient: { name: string; bytes: string; value: ExtendedHandshake }[] = [
  { name: 'says nothing', bytes: 'de', value: { ids: new Map(), ...unsaid } },
  {
    name: 'has values of wrong types',
    bytes: 'd1:mi1e13:metadata_size3:big1:pi70000e4:reqqi-1e1:vi1ee',
    value: { ids: new Map(), ...unsaid },
  },
  {
    name: 'has ids that are none',
    bytes: 'd1:md1:ai256e1:bi-1e1:c1:x1:di0eee',
    value: { ids: new Map([['d', 0]]), ...unsaid },
  },
  {
    name: 'announces metadata without end',
    bytes: 'd13:metadata_sizei16777217ee',
    value: { ids: new Map(), ...unsaid },
  },
];

for (const { name, bytes, value } of lenient) {
  test(`a handshake that ${name} is borne`, () => assert.deepEqual(parseExtendedHandshake(Buffer.from(bytes)), value));
}

const messages: { bytes: string; message: Exclude<MetadataMessage, { kind: 'unknown' }> }[] = [
  { bytes: 'd8:msg_typei0e5:piecei3ee', message: { kind: 'request', piece: 3 } },
  { bytes: 'd8:msg_typei2e5:piecei3ee', message: { kind: 'reject', piece: 3 } },
  {
    bytes: 'd8:msg_typei1e5:piecei0e10:total_sizei4eed1:e',
    message: { kind: 'data', piece: 0, totalSize: 4, bytes: Buffer.from('d1:e') },
  },
];

for (const { bytes, message } of messages) {
  test(`${bytes} is a ${message.kind} of metadata, both ways`, () => {
    assert.equal(encodeMetadataMessage(message).toString(), bytes);
    assert.deepEqual(parseMetadataMessage(Buffer.from(bytes)), message);
  });
}

test('a type of message that nobody knows is to be ignored (BEP 9)', () => {
  assert.deepEqual(parseMetadataMessage(Buffer.from('d8:msg_typei3e5:piecei0ee')), { kind: 'unknown' });
  assert.deepEqual(parseMetadataMessage(Buffer.from('de')), { kind: 'unknown' });
});

const broken: { name: string; bytes: string }[] = [
  { name: 'no bencode', bytes: 'hello' },
  { name: 'a list', bytes: 'le' },
  { name: 'no piece', bytes: 'd8:msg_typei0ee' },
  { name: 'a negative piece', bytes: 'd8:msg_typei0e5:piecei-1ee' },
  { name: 'a piece beyond all metadata', bytes: 'd8:msg_typei0e5:piecei1099511627776ee' },
  { name: 'data without its total', bytes: 'd8:msg_typei1e5:piecei0eexxx' },
  { name: 'data of nothing', bytes: 'd8:msg_typei1e5:piecei0e10:total_sizei0ee' },
];

for (const { name, bytes } of broken) {
  test(`a message about metadata with ${name} is refused`, () =>
    assert.throws(() => parseMetadataMessage(Buffer.from(bytes)), { code: 'bad-extension' }));
}

test('an extended handshake that is no dictionary is refused', () => {
  assert.throws(() => parseExtendedHandshake(Buffer.from('le')), { code: 'bad-extension' });
  assert.throws(() => parseExtendedHandshake(Buffer.from('d1:m')), { code: 'bad-extension' });
});

test('where a piece of metadata lies', () => {
  assert.deepEqual(metadataRange(20_000, 0), { start: 0, end: 16_384 });
  assert.deepEqual(metadataRange(20_000, 1), { start: 16_384, end: 20_000 });
  assert.equal(metadataRange(20_000, 2), undefined);
  assert.equal(metadataRange(16_384, 1), undefined);
});
