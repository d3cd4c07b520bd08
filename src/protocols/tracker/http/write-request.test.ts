import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientAnnounce } from '../client-announce.testing.ts';
import type { ClientAnnounce } from '../types.ts';
import { parseAnnounceQuery } from './read.ts';
import { announceUrl } from './write-request.ts';

const hash = '%124Vx%9A%BC%DE%F1%23Eg%89%AB%CD%EF%124Vx%9A';
const who = `info_hash=${hash}&peer_id=-RV0100-abc.~_-%28%29%2F%26%3D&port=6881`;
const amounts = 'uploaded=1&downloaded=2&left=3';
const rest = 'compact=1&numwant=50&key=00000ABC';

const requests: { name: string; tracker?: string; differs?: Partial<ClientAnnounce>; url: string }[] = [
  { name: 'at the interval', url: `http://t.example/announce?${who}&${amounts}&${rest}` },
  {
    name: 'an event',
    differs: { event: 'started' },
    url: `http://t.example/announce?${who}&${amounts}&event=started&${rest}`,
  },
  {
    name: 'the tracker has a query of its own, with bytes of any kind',
    tracker: 'http://t.example:6969/announce?passkey=a%ffb&x',
    url: `http://t.example:6969/announce?passkey=a%ffb&x&${who}&${amounts}&${rest}`,
  },
  {
    name: 'an empty query, and a fragment, which no tracker sees',
    tracker: 'http://t.example/announce?#there',
    url: `http://t.example/announce?${who}&${amounts}&${rest}#there`,
  },
  {
    name: "the tracker's own id, from an answer before",
    differs: { trackerId: Buffer.from('a \xff', 'latin1') },
    url: `http://t.example/announce?${who}&${amounts}&${rest}&trackerid=a%20%FF`,
  },
];
for (const { name, tracker = 'http://t.example/announce', differs, url } of requests) {
  test(`request: ${name}`, () => {
    const given = new URL(tracker);
    assert.equal(announceUrl(given, clientAnnounce(differs)).href, url);
    assert.equal(given.href, new URL(tracker).href, 'the tracker is left as it is');
  });
}

test('our tracker reads what our client writes, whatever the bytes', () => {
  for (const first of [0, 20, 0x2b, 100, 0x7f, 0xff - 19]) {
    const infoHash = Uint8Array.from({ length: 20 }, (_, index) => first + index);
    const url = announceUrl(new URL('http://t.example/announce?a=b'), clientAnnounce({ infoHash, leftBytes: 0 }));
    const read = parseAnnounceQuery(url.search.slice(1));
    assert.equal(read.infoHash, Buffer.from(infoHash).toString('hex'));
    assert.deepEqual([read.peerId, read.port, read.seeder], [clientAnnounce().peerId, 6881, true]);
  }
});
