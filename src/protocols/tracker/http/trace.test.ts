import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recorded } from '../../../bytes/trace.testing.ts';
import { TrackerError } from '../errors.ts';
import { parseAnnounceQuery, parseScrapeQuery } from './read.ts';
import { announceUrl } from './write-request.ts';

const hash = `%AB%00${'x'.repeat(18)}`;

test('the parameters of an announce; of those that are not looked at the length', () => {
  const query = `info_hash=${hash}&peer_id=-XX0001-abcdefghijkl&port=6881&left=0&&key=89ABCDEF&passkey=sesame&x`;
  const recorded = new Recorded();
  parseAnnounceQuery(query, recorded.observe);
  assert.deepEqual(recorded.lines, [
    `> 000000  info_hash       ab00${'78'.repeat(18)}`,
    '> 000035  peer_id         "-XX0001-abcdefghijkl"',
    '> 000064  port            6881',
    '> 000074  left            0',
    '> 000081  "&"             1 byte',
    '> 000082  key             13 bytes',
    '> 000095  passkey         15 bytes',
    '> 000110  x               1 byte',
  ]);
  assert.equal(recorded.bytes.length, query.length);
  assert.equal(recorded.bytes.slice(0, 81), query.slice(0, 81));
});

test('what is refused is shown', () => {
  const recorded = new Recorded();
  assert.throws(() => parseScrapeQuery('info_hash=%zz', recorded.observe), TrackerError);
  assert.deepEqual(recorded.fields, ['info_hash "%zz"']);
});

test('of our own announce neither key nor tracker id, and nothing of the URL', () => {
  const announce = {
    infoHash: Buffer.alloc(20, 0xab),
    peerId: Buffer.from('-XX0001-abcdefghijkl'),
    port: 6881,
    uploadedBytes: 0,
    downloadedBytes: 1,
    leftBytes: 2,
    event: 'started',
    wanted: 50,
    key: 0x89abcdef,
    trackerId: Buffer.from('me'),
  } as const;
  const recorded = new Recorded();
  const url = announceUrl(new URL('http://tracker.example/sesame/announce?passkey=sesame'), announce, recorded.observe);
  assert.deepEqual(recorded.fields, [
    `info_hash ${'ab'.repeat(20)}`,
    'peer_id "-XX0001-abcdefghijkl"',
    'port 6881',
    'uploaded 0',
    'downloaded 1',
    'left 2',
    'event started',
    'compact 1',
    'numwant 50',
    'key 13 bytes',
    'trackerid 12 bytes',
  ]);
  assert.equal(url.search.length, '?passkey=sesame&'.length + recorded.bytes.length);
});
