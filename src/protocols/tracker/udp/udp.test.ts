import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrackerError } from '../errors.ts';
import { kindOf, readAnnounce, readScrape } from './read.ts';
import { type AnnounceFields, announceRequest, connectRequest, scrapeRequest } from './udp.testing.ts';
import { encodeAnnounce, encodeConnect, encodeError, encodeScrape } from './write.ts';

const infoHash = 'ab'.repeat(20);
const kinds: { name: string; datagram: Buffer; kind: string | 'silence' }[] = [
  { name: 'connect', datagram: connectRequest(), kind: 'connect' },
  { name: 'a longer connect', datagram: Buffer.concat([connectRequest(), Buffer.alloc(3)]), kind: 'connect' },
  { name: 'announce', datagram: announceRequest(), kind: 'announce' },
  {
    name: 'announce with options (BEP 41)',
    datagram: Buffer.concat([announceRequest(), Buffer.from([2, 1, 47])]),
    kind: 'announce',
  },
  { name: 'scrape', datagram: scrapeRequest([infoHash]), kind: 'scrape' },
  { name: 'an action that there is not', datagram: Buffer.alloc(16, 9), kind: 'unknown' },
  { name: 'nothing', datagram: Buffer.alloc(0), kind: 'silence' },
  { name: 'connect, a byte short', datagram: connectRequest().subarray(0, 15), kind: 'silence' },
  { name: 'connect without the magic', datagram: Buffer.alloc(16), kind: 'silence' },
  { name: 'announce, a byte short', datagram: announceRequest().subarray(0, 97), kind: 'silence' },
  { name: 'scrape of nothing', datagram: scrapeRequest([]), kind: 'silence' },
  { name: 'scrape, a byte short', datagram: scrapeRequest([infoHash]).subarray(0, 35), kind: 'silence' },
];
for (const { name, datagram, kind } of kinds) {
  test(`kind: ${name}`, () => {
    if (kind !== 'silence') assert.equal(kindOf(datagram), kind);
    else
      assert.throws(
        () => kindOf(datagram),
        (error) => error instanceof TrackerError && error.answer === 'drop',
      );
  });
}

const announced = {
  infoHash,
  peerId: Buffer.from('-XX0001-abcdefghijkl'),
  port: 6881,
  seeder: false,
  event: 'none',
  wanted: 50,
  bothFamilies: false,
  withIds: false,
};
const announces: { name: string; fields: AnnounceFields; differs: Partial<Record<keyof typeof announced, unknown>> }[] =
  [
    { name: 'at the interval', fields: {}, differs: {} },
    { name: 'a seeder', fields: { left: 0n }, differs: { seeder: true } },
    { name: 'the lower half of left is 0', fields: { left: 1n << 32n }, differs: {} },
    { name: 'left -1', fields: { left: (1n << 64n) - 1n }, differs: {} },
    { name: 'event 1 is completed', fields: { event: 1 }, differs: { event: 'completed' } },
    { name: 'event 2 is started', fields: { event: 2 }, differs: { event: 'started' } },
    { name: 'event 3 is stopped', fields: { event: 3 }, differs: { event: 'stopped' } },
    { name: 'event 4 is none', fields: { event: 4 }, differs: {} },
    { name: 'an address of its choosing is ignored', fields: { ip: 0x0a000001 }, differs: {} },
    { name: 'nobody wanted', fields: { wanted: 0 }, differs: { wanted: 0 } },
    { name: 'more than there are', fields: { wanted: 2 ** 31 - 1 }, differs: { wanted: 200 } },
    { name: 'the smallest number', fields: { wanted: -(2 ** 31) }, differs: {} },
    { name: 'no port', fields: { port: 0 }, differs: { port: 0 } },
  ];
for (const { name, fields, differs } of announces) {
  test(`announce: ${name}`, () =>
    assert.deepEqual(readAnnounce(announceRequest(fields)), { ...announced, ...differs }));
}

test('scrape: in order, repeated, at most 74, whole', () => {
  const other = '00'.repeat(20);
  assert.deepEqual(readScrape(scrapeRequest([infoHash, other, infoHash])), [infoHash, other, infoHash]);
  assert.equal(readScrape(scrapeRequest(Array(74).fill(infoHash))).length, 74);
  assert.equal(readScrape(scrapeRequest(Array(75).fill(infoHash))).length, 74);
  assert.throws(() => readScrape(Buffer.concat([scrapeRequest([infoHash]), Buffer.alloc(19)])), /cut hash/);
});

test('answers repeat the transaction', () => {
  const id = Buffer.from('0102030405060708', 'hex');
  assert.equal(encodeConnect(connectRequest(0xfffefdfc), id).toString('hex'), '00000000fffefdfc0102030405060708');
  const peers = { compact: Buffer.from('0a0000011ae1', 'hex'), ids: Buffer.alloc(0) };
  const answer = { interval: 1800, seeders: 3, leechers: 2, ipv4: peers, ipv6: peers };
  assert.equal(
    encodeAnnounce(announceRequest({ transaction: 7 }), answer, peers).toString('hex'),
    '00000001' + '00000007' + '00000708' + '00000002' + '00000003' + '0a0000011ae1',
  );
  const counts = [
    { seeders: 1, completed: 2, leechers: 3 },
    { seeders: 0, completed: 0, leechers: 0 },
  ];
  assert.equal(
    encodeScrape(scrapeRequest([infoHash, infoHash]), counts).toString('hex'),
    `0000000200000006000000010000000200000003${'00'.repeat(12)}`,
  );
});

test('an error is no longer than what it answers', () => {
  assert.equal(
    encodeError(scrapeRequest([]), 'far too long a text').toString('latin1'),
    '\0\0\0\x03\0\0\0\x06far too ',
  );
  assert.equal(encodeError(announceRequest(), 'no').length, 10);
});
