import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tracker } from '../../bittorrent/tracker/tracker.ts';
import { requestFor } from '../../http/handler.testing.ts';
import type { HttpRequest, HttpResponse } from '../../http/handler.ts';
import type { DomainContext } from '../context/context.ts';
import { createTrackerCounters } from '../context/tracker-counters.ts';
import { createTrackerHandlers } from './tracker.ts';

const hash = '%ff'.repeat(20);
const minimal = `info_hash=${hash}&peer_id=-XX0001-abcdefghijkl&port=6881`;

function handlersOf(open = true) {
  const tracker = new Tracker({ open, isListed: () => false, now: () => 0, random: () => 0 });
  const counters = { tracker: createTrackerCounters() } as DomainContext['counters'];
  const handlers = createTrackerHandlers({ tracker, counters });
  const ask = (path: 'announce' | 'scrape', rawQuery: string, from: Partial<HttpRequest> = {}): string => {
    const request = { ...requestFor('GET', `/${path}`, { rawQuery }), ...from };
    const { status, headers, body } = handlers[path](request) as HttpResponse;
    assert.deepEqual([status, headers[0]], [200, ['Content-Type', 'text/plain']]);
    return (body as Buffer).toString('latin1');
  };
  return { ask, counters: counters.tracker };
}

test('an announce: who else, and the address that we see (BEP 24)', () => {
  const { ask } = handlersOf();
  const times = '8:intervali1800e12:min intervali900e';
  const external = '11:external ip4:\x7f\0\0\x01';
  assert.equal(ask('announce', minimal), `d8:completei0e${external}10:incompletei1e${times}5:peers0:e`);
  const second = minimal.replace('6881', '6882');
  assert.equal(
    ask('announce', second),
    `d8:completei0e${external}10:incompletei2e${times}5:peers6:\x7f\0\0\x01\x1a\xe1e`,
  );
  const dictionaries = '5:peersld2:ip9:127.0.0.14:porti6881eee';
  assert.ok(ask('announce', `${second}&compact=0&no_peer_id=1`).endsWith(`${dictionaries}e`));
});

test('an announce over IPv6 gets peers6 (BEP 7)', () => {
  const { ask } = handlersOf();
  ask('announce', minimal, { remoteAddress: '2001:db8::7' });
  const answer = ask('announce', minimal, { remoteAddress: '::1', localAddress: '::1' });
  assert.match(answer, /11:external ip16:\0{15}\x01/);
  assert.ok(answer.endsWith('5:peers0:6:peers618:\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07\x1a\xe1e'));
});

test('a scrape, by raw hashes (BEP 48)', () => {
  const { ask } = handlersOf();
  ask('announce', `${minimal}&left=0`);
  assert.equal(
    ask('scrape', `info_hash=${hash}&info_hash=${'%00'.repeat(20)}`),
    `d5:filesd20:${'\xff'.repeat(20)}d8:completei1e10:downloadedi0e10:incompletei0eeee`,
  );
});

test('refusals are bencode with 200, and are counted', () => {
  const { ask, counters } = handlersOf(false);
  assert.match(ask('announce', 'info_hash=%zz'), /^d14:failure reason\d+:"%" must be followed by two hex digitse$/);
  assert.match(ask('announce', minimal), /^d14:failure reason\d+:this tracker does not know that torrente$/);
  assert.match(ask('scrape', ''), /^d14:failure reason/);
  assert.equal(ask('scrape', `info_hash=${hash}`), 'd5:filesdee');
  assert.deepEqual(counters.announces.http, { answered: 0, refused: 2 });
  assert.deepEqual(counters.scrapes.http, { answered: 1, refused: 1 });
});
