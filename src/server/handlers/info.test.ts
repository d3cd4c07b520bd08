/** `GET /files`, `GET /file` and `GET /`: kept until something changes, and never stale. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestFor } from '../../http/handler.testing.ts';
import type { HttpResponse } from '../../http/handler.ts';
import { silentLog } from '../../io/log.ts';
import { Catalog } from '../../storage/catalog/catalog.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { Transfers } from '../../storage/holders/transfers.ts';
import { distribute } from '../../storage/replication/distribution.ts';
import { entryOf, fetchContext, MemoryHolder, peer, someBytes } from '../../storage/swarm.testing.ts';
import type { ServerContext } from '../context/context.ts';
import { createSiteOf } from '../context/site.ts';
import { createInfoHandlers } from './info.ts';

const content = someBytes(4000);

/** A catalog of one file of four pieces, and what is said of it over HTTP. */
function scene() {
  const catalog = new Catalog();
  const entry = entryOf('a.txt', content, 1024);
  catalog.add(entry);
  const transfers = new Transfers(() => 0);
  const context = { catalog, transfers, seeding: { look: () => {} }, siteOf: createSiteOf(null, 8081) };
  const handlers = createInfoHandlers(context as unknown as ServerContext);
  const get = (name: 'home' | 'files' | 'file', accept: string): string => {
    const query: Record<string, string> = name === 'file' ? { id: entry.record.id } : {};
    const request = requestFor('GET', '/', { headers: { accept, 'accept-language': 'en' }, query });
    return (handlers[name](request) as HttpResponse).body as string;
  };
  /** The copies of each piece, the seeds and the replicas, as `GET /file` and `GET /files` say, and the page `GET /`. */
  const shown = () => {
    const file = JSON.parse(get('file', 'application/json'));
    const [row] = JSON.parse(get('files', 'application/json')).files;
    return {
      copies: file.piece_map,
      listed: [row.available_pieces, row.replicas, row.seeds],
      home: get('home', 'text/html'),
    };
  };
  return { catalog, entry, transfers, get, shown };
}

test('a listing shows every step of a copy round, while the round is under way', async () => {
  const { entry, transfers, shown } = scene();
  const [source, p1, p2] = ['source', 'p1', 'p2'].map((id) => new MemoryHolder(id)) as [
    MemoryHolder,
    MemoryHolder,
    MemoryHolder,
  ];
  source.fill(entry, content);
  assert.deepEqual(shown().listed, [4, 1, 1]);
  const during: ReturnType<typeof shown>[] = [];
  const before = shown().home;
  p2.before = async (operation) => {
    if (operation !== 'sync') return;
    await new Promise(setImmediate); // p1 is done by now
    during.push(shown());
  };
  const fetch = fetchContext([source, p1, p2]);
  const options = { fetch, targets: () => [p1, p2], replicas: 3, windowBytes: 1 << 16, transfers, log: silentLog };
  await distribute(options, entry);
  assert.deepEqual(
    [during[0]?.copies, during[0]?.listed],
    [
      [2, 2, 2, 2],
      [4, 2, 2],
    ],
  );
  assert.deepEqual(
    [shown().copies, shown().listed],
    [
      [3, 3, 3, 3],
      [4, 3, 3],
    ],
  );
  assert.equal(new Set([before, during[0]?.home, shown().home]).size, 3, 'and so does the page');
});

const steps: readonly { name: string; step: (entry: TorrentEntry) => void; copies: number[]; listed: number[] }[] = [
  { name: 'gained', step: (entry) => entry.addPiece(peer('p2'), 1), copies: [1, 2, 1, 1], listed: [4, 1, 1] },
  { name: 'lost', step: (entry) => entry.losePiece(peer('p1'), 1, 'corrupt'), copies: [1, 0, 1, 1], listed: [3, 0, 0] },
  { name: 'gone', step: (entry) => entry.setOnline(peer('p1'), false), copies: [0, 0, 0, 0], listed: [0, 0, 0] },
];
for (const { name, step, copies, listed } of steps) {
  test(`a listing shows at once what is ${name}, without being told`, () => {
    const { entry, shown } = scene();
    entry.setHolding(peer('p1'), [0, 1, 2, 3], 'stored');
    const before = shown();
    step(entry);
    assert.notDeepEqual(shown(), before);
    assert.deepEqual([shown().copies, shown().listed], [copies, listed]);
    assert.equal(shown().home === before.home, name === 'gained', 'a list shows no copy more of a single piece');
  });
}

test('a listing is made once until something changes', () => {
  const { entry, catalog, get } = scene();
  entry.setHolding(peer('p1'), [0, 1, 2, 3], 'stored');
  const { version } = catalog;
  get('files', 'application/json');
  entry.addPiece(peer('p1'), 0);
  assert.equal(catalog.version, version, 'what it has already');
});
