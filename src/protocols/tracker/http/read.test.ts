import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrackerError } from '../errors.ts';
import { parseAnnounceQuery, parseScrapeQuery } from './read.ts';

const hash = '%124Vx%9a%BC%de%f1%23Eg%89%ab%cd%ef%124Vx%9a';
const id = '123456789abcdef123456789abcdef123456789a';
const peer = '-XX0001-abcdefghijkl';
const minimal = `info_hash=${hash}&peer_id=${peer}&port=6881`;

const asked = {
  infoHash: id,
  peerId: Buffer.from(peer),
  port: 6881,
  seeder: false,
  event: 'none',
  wanted: 50,
  bothFamilies: true,
  compact: true,
  withIds: false,
};
const announces: { name: string; query: string; differs: Partial<Record<keyof typeof asked, unknown>> }[] = [
  { name: 'as little as it may say', query: minimal, differs: {} },
  {
    name: 'all that clients say',
    query: `${minimal}&uploaded=1&downloaded=2&left=0&corrupt=0&key=A0&event=completed&numwant=80&compact=1&no_peer_id=1`,
    differs: { seeder: true, event: 'completed', wanted: 80 },
  },
  { name: 'the hash last', query: `peer_id=${peer}&port=6881&info_hash=${hash}`, differs: {} },
  {
    name: 'raw bytes, unescaped',
    query: `info_hash=\x124Vx\x9a\xbc\xde\xf1#Eg\x89\xab\xcd\xef\x124Vx\x9a&peer_id=${peer}&port=6881`,
    differs: {},
  },
  {
    name: 'plus is plus, and a name may be escaped where it need not be',
    query: `info_hash=${'%2b+%2B'.repeat(6)}ab&peer_id=${'+'.repeat(20)}&port=6881`,
    differs: { infoHash: `${'2b'.repeat(18)}6162`, peerId: Buffer.from('+'.repeat(20)) },
  },
  {
    name: 'an equals sign in a value',
    query: minimal.replace('abcd', '===='),
    differs: { peerId: Buffer.from('-XX0001-====efghijkl') },
  },
  { name: 'a number left that no integer holds', query: `${minimal}&left=99999999999999999999999`, differs: {} },
  { name: 'nothing left, with zeros', query: `${minimal}&left=000`, differs: { seeder: true } },
  { name: 'what is left not known', query: `${minimal}&left=-1`, differs: {} },
  { name: 'left empty', query: `${minimal}&left=`, differs: {} },
  { name: 'an empty event', query: `${minimal}&event=`, differs: {} },
  { name: 'an event of another BEP', query: `${minimal}&event=paused`, differs: {} },
  { name: 'stopped', query: `${minimal}&event=stopped`, differs: { event: 'stopped' } },
  { name: 'nobody wanted', query: `${minimal}&numwant=0`, differs: { wanted: 0 } },
  { name: 'numwant -1', query: `${minimal}&numwant=-1`, differs: {} },
  { name: 'numwant garbage', query: `${minimal}&numwant=many`, differs: {} },
  { name: 'the most', query: `${minimal}&numwant=200`, differs: { wanted: 200 } },
  { name: 'one more than the most', query: `${minimal}&numwant=201`, differs: { wanted: 200 } },
  { name: 'numwant huge', query: `${minimal}&numwant=18446744073709551615`, differs: { wanted: 200 } },
  { name: 'dictionaries', query: `${minimal}&compact=0`, differs: { compact: false, withIds: true } },
  { name: 'dictionaries without ids', query: `${minimal}&compact=0&no_peer_id=1`, differs: { compact: false } },
  { name: 'port 0', query: minimal.replace('6881', '0'), differs: { port: 0 } },
  { name: 'the last port', query: minimal.replace('6881', '65535'), differs: { port: 65535 } },
  { name: 'addresses of its choosing, which are ignored', query: `${minimal}&ip=10.0.0.1&ipv6=::1`, differs: {} },
  { name: 'the first of two ports', query: `${minimal}&port=1`, differs: {} },
  { name: 'empty pairs, and one without "="', query: `&&${minimal}&&supportcrypto&`, differs: {} },
];
for (const { name, query, differs } of announces) {
  test(`announce: ${name}`, () => assert.deepEqual(parseAnnounceQuery(query), { ...asked, ...differs }));
}

const faults: { fault: string; query: string; says: RegExp }[] = [
  { fault: 'nothing', query: '', says: /info_hash is missing/ },
  { fault: 'no hash', query: `peer_id=${peer}&port=1`, says: /info_hash is missing/ },
  { fault: 'an empty hash', query: minimal.replace(hash, ''), says: /info_hash must be 20 bytes, not 0/ },
  { fault: 'a hash of 19 bytes', query: minimal.replace('%124', '%12'), says: /20 bytes, not 19/ },
  { fault: 'a hash of 21 bytes', query: minimal.replace('%124', '%1244'), says: /20 bytes, not 21/ },
  { fault: 'a hash in hex', query: minimal.replace(hash, id), says: /20 bytes, not 40/ },
  { fault: 'two hashes', query: `${minimal}&info_hash=${hash}`, says: /one info_hash/ },
  { fault: 'a percent sign with one digit', query: minimal.replace('%124', '%1'), says: /two hex digits/ },
  { fault: 'a percent sign without hex', query: minimal.replace('%12', '%zz'), says: /two hex digits/ },
  { fault: 'no peer id', query: `info_hash=${hash}&port=1`, says: /peer_id is missing/ },
  { fault: 'a short peer id', query: minimal.replace('abc', 'a'), says: /peer_id must be 20 bytes, not 18/ },
  { fault: 'no port', query: `info_hash=${hash}&peer_id=${peer}`, says: /port must be/ },
  { fault: 'an empty port', query: minimal.replace('6881', ''), says: /port must be/ },
  { fault: 'a port too large', query: minimal.replace('6881', '65536'), says: /port must be/ },
  { fault: 'a negative port', query: minimal.replace('6881', '-1'), says: /port must be/ },
  { fault: 'a port in hex', query: minimal.replace('6881', '0x50'), says: /port must be/ },
];
for (const { fault, query, says } of faults) {
  test(`announce with ${fault} is refused`, () =>
    assert.throws(
      () => parseAnnounceQuery(query),
      (error) => error instanceof TrackerError && says.test(error.message),
    ));
}

test('scrape: one torrent, several, the same one twice', () => {
  assert.deepEqual(parseScrapeQuery(`info_hash=${hash}`), [id]);
  assert.deepEqual(parseScrapeQuery(`info_hash=${hash}&x=y&info_hash=${'%00'.repeat(20)}`), [id, '00'.repeat(20)]);
  assert.deepEqual(parseScrapeQuery(`info_hash=${hash}&info_hash=${hash}`), [id, id]);
});

test('scrape: 74 torrents at most', () => {
  const of = (count: number) => parseScrapeQuery(Array(count).fill(`info_hash=${hash}`).join('&')).length;
  assert.deepEqual([of(74), of(75)], [74, 74]);
});

test('scrape of everything, and of what is no hash, is refused', () => {
  assert.throws(() => parseScrapeQuery(''), /does not list all torrents/);
  assert.throws(() => parseScrapeQuery(`info_hash=${hash}&info_hash=x`), /20 bytes, not 1/);
});
