/** The list of `GET /transfers`; its figures are tested where they are counted. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TorrentId } from '../../bytes/ids.ts';
import { requestFor } from '../../http/handler.testing.ts';
import type { HttpResponse } from '../../http/handler.ts';
import { Transfers } from '../../storage/holders/transfers.ts';
import type { ServerContext } from '../context/context.ts';
import { createInfoHandlers } from './info.ts';

const file = 'c'.repeat(40) as TorrentId;

function scene() {
  const clock = { ms: Date.UTC(2026, 10, 20, 10) };
  const transfers = new Transfers(() => clock.ms);
  const seed = { kind: 'seed', file, name: 'b', peer: '[::1]:6881', length: null } as const;
  const seeding = { look: () => void (clock.ms === Date.UTC(2026, 10, 20, 10) && transfers.begin(seed)) };
  const catalog = { get: (id: TorrentId) => (id === file ? {} : undefined) };
  const handlers = createInfoHandlers({ catalog, transfers, seeding } as unknown as ServerContext);
  const get = (accept = 'application/json') =>
    handlers.transfers(requestFor('GET', '/transfers', { headers: { accept } })) as HttpResponse;
  return { clock, transfers, get };
}

test('GET /transfers: what is on its way, how far and how fast', () => {
  const { clock, transfers, get } = scene();
  const transfer = transfers.begin({ kind: 'copy', file, name: 'a', peer: 'p1, p2', length: 10_000 });
  clock.ms += 3000;
  transfer.add(1000);
  const view = {
    id: '1',
    kind: 'copy',
    file,
    name: 'a',
    peer: 'p1, p2',
    bytes: 1000,
    length: 10_000,
    bytes_per_second: 333,
    started: '2026-11-20T10:00:00.000Z',
  };
  assert.deepEqual(JSON.parse(get().body as string), { count: 1, transfers: [view] });
  transfer.end();
  assert.deepEqual(JSON.parse(get().body as string), { count: 0, transfers: [] });
});

test('GET /transfers: what is not listed yet has no id', () => {
  const { transfers, get } = scene();
  transfers.begin({ kind: 'copy', file: 'd'.repeat(40) as TorrentId, name: 'a', peer: 'p1', length: 1 });
  const [, view] = JSON.parse(get().body as string).transfers.reverse();
  assert.equal(view.file, null);
});

test('GET /transfers: BitTorrent peers are looked at first', () => {
  const { get } = scene();
  const { transfers } = JSON.parse(get().body as string);
  assert.deepEqual([transfers[0]?.kind, transfers[0]?.peer], ['seed', '[::1]:6881']);
});

test('GET /transfers: a page and a table as well', () => {
  const { clock, get } = scene();
  clock.ms += 1;
  assert.match(get('text/html').body as string, /<h1>Transfers<\/h1>/);
  assert.equal(get('text/plain').body, 'KIND  DONE  SIZE  SPEED  PEER  FILE  NAME\n');
});
