import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MetainfoError, type MetainfoErrorCode } from './errors.ts';
import { parseMagnet } from './magnet.ts';
import { type Magnet, metainfoLimits } from './types.ts';
import { magnetLink } from './write.ts';

const hash = '22596363b3de40b06f981fb85d82312e8c0ed511';
/** The 20 bytes of the hash in another notation. */
const base32 = 'EJMWGY5T3ZALA34YD64F3ARRF2GA5VIR';
const v2 = `1220${'ab'.repeat(32)}`;
const plain = { infoHash: hash, name: undefined, length: undefined, trackers: [], peers: [], webSeeds: [] };

const good: { name: string; link: string; says?: Partial<Magnet> }[] = [
  { name: 'a hash alone', link: `magnet:?xt=urn:btih:${hash}` },
  { name: 'a hash in upper case', link: `magnet:?xt=urn:btih:${hash.toUpperCase()}` },
  { name: 'a hash in base32', link: `magnet:?xt=urn:btih:${base32}` },
  { name: 'a hash in base32 in lower case', link: `magnet:?xt=urn:btih:${base32.toLowerCase()}` },
  { name: 'everything else in upper case', link: `MAGNET:?XT=URN:BTIH:${hash}` },
  { name: 'a topic that is percent-encoded', link: `magnet:?xt=urn%3Abtih%3A${hash}` },
  { name: 'v1 and v2', link: `magnet:?xt=urn:btmh:${v2}&xt=urn:btih:${hash}` },
  { name: 'topics of other networks', link: `magnet:?xt=urn:sha1:ABC&xt=urn:btih:${hash}&xt=urn:ed2k:00` },
  { name: 'topics that are numbered', link: `magnet:?xt.1=urn:sha1:ABC&xt.2=urn:btih:${hash}` },
  { name: 'the same hash twice', link: `magnet:?xt=urn:btih:${hash}&xt=urn:btih:${base32}` },
  { name: 'the hash last', link: `magnet:?dn=a&xt=urn:btih:${hash}`, says: { name: 'a' } },
  { name: 'empty parameters', link: `magnet:?&&xt=urn:btih:${hash}&&=&dn&tr=&ws&x.pe=&xl=` },
  { name: 'a choice of files (BEP 53)', link: `magnet:?xt=urn:btih:${hash}&so=0,2,4-6` },
  { name: 'a name', link: `magnet:?xt=urn:btih:${hash}&dn=a%26b%20%D0%B6`, says: { name: 'a&b ж' } },
  { name: 'a name from a form', link: `magnet:?xt=urn:btih:${hash}&dn=a+b%2Bc`, says: { name: 'a b+c' } },
  { name: 'a name that is not encoded', link: `magnet:?xt=urn:btih:${hash}&dn=a = ж`, says: { name: 'a = ж' } },
  { name: 'a name that is not UTF-8', link: `magnet:?xt=urn:btih:${hash}&dn=a%ff%fe`, says: { name: 'a\ufffd\ufffd' } },
  { name: 'a name with half a character', link: `magnet:?xt=urn:btih:${hash}&dn=\ud83d`, says: { name: '\ufffd' } },
  { name: 'a name with broken escapes', link: `magnet:?xt=urn:btih:${hash}&dn=100%&dn=x`, says: { name: '100%' } },
  { name: 'a name that climbs', link: `magnet:?xt=urn:btih:${hash}&dn=../%zz%2f`, says: { name: '../%zz/' } },
  { name: 'a length', link: `magnet:?xt=urn:btih:${hash}&xl=9007199254740991`, says: { length: 2 ** 53 - 1 } },
  { name: 'a length that is none', link: `magnet:?xt=urn:btih:${hash}&xl=-5` },
  { name: 'a length beyond 2^53', link: `magnet:?xt=urn:btih:${hash}&xl=9007199254740992` },
  {
    name: 'trackers, in order and each once',
    link: `magnet:?tr=http%3A%2F%2Ft%2Fannounce%3Fk%3Da%2Bb&xt=urn:btih:${hash}&tr=udp://u:1&tr.1=udp://v:1&tr=udp://u:1%0A`,
    says: { trackers: ['http://t/announce?k=a+b', 'udp://u:1', 'udp://v:1'] },
  },
  {
    name: 'web seeds',
    link: `magnet:?xt=urn:btih:${hash}&ws=http%3A%2F%2Fw%2Fa&ws=http://w/b`,
    says: { webSeeds: ['http://w/a', 'http://w/b'] },
  },
  {
    name: 'peers, those alone that are IP addresses with a port',
    link: `magnet:?xt=urn:btih:${hash}${[
      ...['127.0.0.1:6881', '[2001:DB8::1]:1', '%5B::ffff:10.0.0.1%5D:65535', 'tracker.example:80', '1.2.3.4'],
      ...['1.2.3.4:0', '1.2.3.4:65536', '1.2.3.4:', '1.2.3.256:1', '::1:80', '[]:80', '[x]:1', '127.1:1', ':1'],
    ]
      .map((peer) => `&x.pe=${peer}`)
      .join('')}`,
    says: {
      peers: [
        { address: '127.0.0.1', port: 6881 },
        { address: '2001:db8::1', port: 1 },
        { address: '10.0.0.1', port: 65_535 },
      ],
    },
  },
];

for (const { name, link, says } of good) {
  test(`a magnet link with ${name}`, () => assert.deepEqual(parseMagnet(link), { ...plain, ...says }));
}

test('what we write is read again', () => {
  const extras = { trackers: ['http://h/announce?a=b&c', 'udp://h:1/announce'], webSeeds: ['http://h/a%20b'] };
  for (const name of ['hello.txt', 'a&b=c + 100% ж', '%41', '+'])
    assert.deepEqual(parseMagnet(magnetLink({ v1: hash, v2: 'ab'.repeat(32) }, { name, length: 11 }, extras)), {
      ...plain,
      name,
      length: 11,
      ...extras,
    });
});

const padded = (length: number): string => `magnet:?xt=urn:btih:${hash}&x=`.padEnd(length, 'x');

const bad: { name: string; link: string; code: MetainfoErrorCode; message: RegExp }[] = [
  { name: 'nothing', link: '', code: 'bad-magnet', message: /begins with "magnet:\?", not ""/ },
  { name: 'another scheme', link: 'http://h/\u001b', code: 'bad-magnet', message: /not "http:\/\/h\/\\u001b"/ },
  { name: 'no question mark', link: `magnet:xt=urn:btih:${hash}`, code: 'bad-magnet', message: /"magnet:\?"/ },
  { name: 'no topic', link: 'magnet:?dn=a', code: 'missing-key', message: /"xt=urn:btih:"/ },
  { name: 'a topic of another network', link: 'magnet:?xt=urn:sha1:ABC', code: 'missing-key', message: /"xt=/ },
  { name: 'v2 alone', link: `magnet:?xt=urn:btmh:${v2}`, code: 'v2-only', message: /^a magnet link of v2 alone/ },
  ...[
    { name: 'no hash', text: '' },
    { name: 'a hash cut short', text: hash.slice(1) },
    { name: 'a hash too long', text: `${hash}0` },
    { name: 'a hash with a digit that is none', text: hash.replace('2', 'g') },
    { name: 'base32 cut short', text: base32.slice(1) },
    { name: 'base32 with a character that is none', text: base32.replace('E', '1') },
    { name: 'base32 with padding', text: `${base32}======` },
  ].map(({ name, text }) => ({
    name,
    link: `magnet:?xt=urn:btih:${text}`,
    code: 'bad-magnet' as const,
    message: /40 hex digits or 32 characters of base32, not "/,
  })),
  {
    name: 'two hashes',
    link: `magnet:?xt=urn:btih:${hash}&xt=urn:btih:${'0'.repeat(40)}`,
    code: 'ambiguous',
    message: /more than one/,
  },
  {
    name: 'too many characters',
    link: padded(metainfoLimits.magnetCharactersMax + 1),
    code: 'too-large',
    message: /65537 characters/,
  },
];

for (const { name, link, code, message } of bad) {
  test(`no magnet link: ${name}`, () =>
    assert.throws(
      () => parseMagnet(link),
      (error) => {
        assert.ok(error instanceof MetainfoError, String(error));
        assert.equal(error.code, code, error.message);
        assert.match(error.message, message);
        return true;
      },
    ));
}

test('a magnet link as long as it may be', () => {
  assert.deepEqual(parseMagnet(padded(metainfoLimits.magnetCharactersMax)), plain);
});
