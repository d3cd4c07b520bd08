import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { type Metainfo, pieceCount, pieceHash, pieceOffset, pieceSize } from './types.ts';
import { encodeInfo, encodeTorrent, infoHash, magnetLink } from './write.ts';

const sha1 = (text: string): Buffer => createHash('sha1').update(text).digest();

/** "hello world" in pieces of 4 bytes: "hell" "o wo" "rld". */
const hello: Metainfo = {
  name: 'hello.txt',
  length: 11,
  pieceLength: 4,
  pieceHashes: Buffer.concat([sha1('hell'), sha1('o wo'), sha1('rld')]),
};

test('pieces: count, offsets, sizes with a short last one, hashes', () => {
  assert.equal(pieceCount(hello), 3);
  assert.deepEqual(
    [0, 1, 2].map((part) => pieceOffset(hello, part)),
    [0, 4, 8],
  );
  assert.deepEqual(
    [0, 1, 2].map((part) => pieceSize(hello, part)),
    [4, 4, 3],
  );
  assert.deepEqual(Buffer.from(pieceHash(hello, 2)), sha1('rld'));
});

test('an empty file has no pieces', () => {
  assert.equal(pieceCount({ ...hello, length: 0 }), 0);
});

test('the info dictionary is canonical, and the info-hash is its SHA-1', () => {
  const expected = Buffer.concat([
    Buffer.from('d6:lengthi11e4:name9:hello.txt12:piece lengthi4e6:pieces60:'),
    hello.pieceHashes,
    Buffer.from('e'),
  ]);
  assert.deepEqual(encodeInfo(hello), expected);
  assert.equal(infoHash(hello), createHash('sha1').update(expected).digest('hex'));
});

test('the name is part of the identity', () => {
  assert.notEqual(infoHash(hello), infoHash({ ...hello, name: 'hallo.txt' }));
});

test('a torrent holds the info dictionary byte for byte, keys in order', () => {
  const bytes = encodeTorrent(hello, {
    creationDate: 1700000000,
    trackers: ['http://h/announce', 'udp://h:1/announce'],
    webSeeds: ['http://h/download/x/hello.txt'],
  });
  const info = encodeInfo(hello).toString('latin1');
  assert.equal(
    bytes.toString('latin1'),
    'd8:announce17:http://h/announce13:announce-listll17:http://h/announceel18:udp://h:1/announceee' +
      `10:created by7:rivulet13:creation datei1700000000e4:info${info}` +
      '8:url-listl29:http://h/download/x/hello.txtee',
  );
});

test('a torrent of nowhere names no tracker and no web seed', () => {
  const text = encodeTorrent(hello, { creationDate: 0, trackers: [], webSeeds: [] }).toString('latin1');
  assert.match(text, /^d10:created by7:rivulet13:creation datei0e4:infod.*ee$/s);
});

test('hashes that do not fit the length are our mistake', () => {
  assert.throws(() => encodeInfo({ ...hello, length: 13 }), RangeError);
});

test('a magnet link escapes the name', () => {
  const v1 = infoHash(hello);
  const link = magnetLink({ v1 }, { ...hello, name: 'a&b ж' }, { trackers: [], webSeeds: [] });
  assert.equal(link, `magnet:?xt=urn:btih:${v1}&dn=a%26b%20%D0%B6&xl=11`);
});

test('a magnet link names v1 and v2, trackers and web seeds', () => {
  const extras = { trackers: ['http://h/announce', 'udp://h:1/announce'], webSeeds: ['http://h/x'] };
  assert.equal(
    magnetLink({ v1: 'a', v2: 'b' }, hello, extras),
    'magnet:?xt=urn:btih:a&xt=urn:btmh:1220b&dn=hello.txt&xl=11' +
      '&tr=http%3A%2F%2Fh%2Fannounce&tr=udp%3A%2F%2Fh%3A1%2Fannounce&ws=http%3A%2F%2Fh%2Fx',
  );
});
