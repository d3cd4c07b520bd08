import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TorrentId } from '../../../bytes/ids.ts';
import { type Dictionary, parseBencode } from '../../bencode/read.ts';
import { encodeBencode } from '../../bencode/write.ts';
import type { AnnounceResponse, PeerList } from '../types.ts';
import { encodeCompactAnnounce, encodeDictionaryAnnounce, encodeFailure, encodeScrape } from './write.ts';

const nobody: PeerList = { compact: Buffer.alloc(0), ids: Buffer.alloc(0) };
const client = Uint8Array.of(10, 0, 0, 9);
const ids = Buffer.concat([Buffer.alloc(20, 'a'), Buffer.alloc(20, 0xff)]);
const ipv4 = { compact: Buffer.from('0a0000011ae10a0000021ae2', 'hex'), ids };
const ipv6 = { compact: Buffer.from('20010db80000000000000000000000011ae1', 'hex'), ids: ids.subarray(20) };
const counts = { interval: 1801, seeders: 3, leechers: 4 };

const answers: { name: string; answer: AnnounceResponse }[] = [
  { name: 'nobody else', answer: { ...counts, ipv4: nobody, ipv6: nobody } },
  { name: 'IPv4 peers', answer: { ...counts, ipv4, ipv6: nobody } },
  { name: 'IPv6 peers', answer: { ...counts, ipv4: nobody, ipv6 } },
  { name: 'both', answer: { ...counts, ipv4, ipv6 } },
];
for (const { name, answer } of answers) {
  test(`compact: ${name}, in the canonical encoding`, () => {
    const canonical = encodeBencode({
      complete: 3,
      'external ip': client,
      incomplete: 4,
      interval: 1801,
      'min interval': 900,
      peers: answer.ipv4.compact,
      peers6: answer.ipv6.compact.length > 0 ? answer.ipv6.compact : undefined,
    });
    assert.equal(encodeCompactAnnounce(answer, client).toString('latin1'), canonical.toString('latin1'));
  });
}

test('dictionaries: addresses as text, ids as bytes, both families in one list', () => {
  const bytes = encodeDictionaryAnnounce({ ...counts, ipv4, ipv6 }, client);
  const root = parseBencode(bytes) as Dictionary;
  const peers = (root.get('peers') as Dictionary[]).map((peer) => ({
    ip: String(peer.get('ip')),
    id: (peer.get('peer id') as Buffer).toString('hex'),
    port: peer.get('port'),
  }));
  assert.deepEqual(peers, [
    { ip: '10.0.0.1', id: '61'.repeat(20), port: 6881 },
    { ip: '10.0.0.2', id: 'ff'.repeat(20), port: 6882 },
    { ip: '2001:db8::1', id: 'ff'.repeat(20), port: 6881 },
  ]);
});

test('dictionaries without ids', () => {
  const bytes = encodeDictionaryAnnounce({ ...counts, ipv4: { ...ipv4, ids: Buffer.alloc(0) }, ipv6: nobody }, client);
  assert.equal(
    bytes.toString('latin1').split('5:peers')[1],
    'ld2:ip8:10.0.0.14:porti6881eed2:ip8:10.0.0.24:porti6882eeee',
  );
});

test('scrape: hashes are bytes, and sorted', () => {
  const hashes = ['ff'.repeat(20), 'b3'.repeat(20), '00'.repeat(20)] as TorrentId[];
  const files = new Map(hashes.map((hash, index) => [hash, { seeders: index, completed: 10, leechers: 7 }]));
  const bytes = encodeScrape(files);
  const read = (parseBencode(bytes) as Dictionary).get('files') as Dictionary;
  assert.deepEqual(
    [...read.keys()],
    ['\x00', '\xb3', '\xff'].map((character) => character.repeat(20)),
  );
  assert.match(bytes.toString('latin1'), /20:\xb3{20}d8:completei1e10:downloadedi10e10:incompletei7ee/);
});

test('failure', () => assert.equal(String(encodeFailure('nö')), 'd14:failure reason3:nöe'));
