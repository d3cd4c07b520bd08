/** The page of `GET /file`: its links lead to the right places, and the page follows changes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestFor } from '../../http/handler.testing.ts';
import type { HttpResponse } from '../../http/handler.ts';
import { Catalog } from '../../storage/catalog/catalog.ts';
import { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { Transfers } from '../../storage/holders/transfers.ts';
import { entryOf, peer, recordOf, someBytes } from '../../storage/swarm.testing.ts';
import type { ServerContext } from '../context/context.ts';
import { createSiteOf } from '../context/site.ts';
import { createInfoHandlers } from './info.ts';

const publicUrl = 'https://files.example.org';

function scene(entry: TorrentEntry, url: string | null = publicUrl) {
  const catalog = new Catalog();
  catalog.add(entry);
  const context = {
    catalog,
    transfers: new Transfers(() => 0),
    seeding: { look: () => {} },
    siteOf: createSiteOf(url, 8081),
  };
  const handlers = createInfoHandlers(context as unknown as ServerContext);
  const get = (accept: string, query: Record<string, string> = {}, language = 'en'): string => {
    const parts = { headers: { accept, 'accept-language': language }, query: { id: entry.record.id, ...query } };
    return (handlers.file(requestFor('GET', '/file', parts)) as HttpResponse).body as string;
  };
  return { entry, catalog, get };
}

const film = (): TorrentEntry => entryOf('a b.mp4', someBytes(1000), 1024);

/** A torrent of two files, one of them music. */
function album(): TorrentEntry {
  const record = recordOf('album', someBytes(30), 1024);
  const files = [
    { path: ['cd 1', 'x.mp3'], offset: 0, length: 10, padding: false },
    { path: ['cover.txt'], offset: 10, length: 20, padding: false },
  ];
  return new TorrentEntry({ ...record, files });
}

/** The addresses that a browser fetches, by itself or when somebody follows a link. */
const fetched = (page: string): string[] =>
  [...page.matchAll(/ (?:src|href|action)="([^"]*)"/g)].map(([, url = '']) => url);

for (const [name, url] of [
  ['with a public URL', publicUrl],
  ['without one, behind a proxy that speaks https', null],
] as const) {
  test(`${name}, all that the page fetches is of its own origin: the content policy allows nothing else`, () => {
    for (const { get, entry } of [scene(film(), url), scene(album(), url)]) {
      const page = get('text/html', { play: 'cd 1/x.mp3' });
      const elsewhere = fetched(page).filter((link) => !/^\/(?!\/)|^#/.test(link) && !link.startsWith('magnet:'));
      assert.deepEqual(elsewhere, []);
      assert.match(page, new RegExp(`<(video|audio) class="player" src="/download[^"]*${entry.record.id}`));
      assert.ok(page.includes(`href="/file/${entry.record.id}.torrent"`));
    }
  });
}

test('the link to be copied and the magnet link are for other places: they name the public URL', () => {
  const { get, entry } = scene(film());
  const page = get('text/html');
  assert.ok(page.includes(`value="${publicUrl}/file?id=${entry.record.id}"`));
  assert.ok(page.includes(`tr=${encodeURIComponent(`${publicUrl}/announce`)}`));
  assert.ok(page.includes(`ws=${encodeURIComponent(`${publicUrl}/download/`)}`));
});

test('JSON and text name the public URL throughout', () => {
  const { get, entry } = scene(film());
  const { id } = entry.record;
  const { links } = JSON.parse(get('application/json'));
  assert.deepEqual(
    [links.info, links.download, links.torrent],
    [`${publicUrl}/file?id=${id}`, `${publicUrl}/download?file=${id}`, `${publicUrl}/file/${id}.torrent`],
  );
  assert.match(get('text/plain'), new RegExp(`^download +${publicUrl}/download`, 'm'));
});

test('the page is as the file is now, in the language of each reader', () => {
  const { get, entry } = scene(film());
  assert.match(get('text/html'), /Nobody who is known/);
  entry.addPiece(peer('p1'), 0);
  assert.match(get('text/html'), /data-key="p1".*online/s);
  assert.match(get('text/plain'), /^p1 +fifo +online/m);
  assert.match(get('text/html', {}, 'ru'), /У кого какие части.*Все вместе/s);
  assert.match(get('text/html'), /All together/);
  entry.setOnline(peer('p1'), false);
  assert.match(get('text/html'), /data-key="p1".*offline/s);
});
