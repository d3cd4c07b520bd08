import assert from 'node:assert/strict';
import test from 'node:test';
import { printable } from '../../bytes/printable.ts';
import { renderDirectoryPage } from './directory.ts';
import { renderErrorPage } from './error.ts';
import { renderFilePage } from './file.ts';
import { renderFilesPage } from './files.ts';
import { type Locale, locales } from './locale/locale.ts';
import { renderPeersPage } from './peers.ts';
import { renderTransfersPage } from './transfers.ts';
import { detail, directory, file, files, hostile, peers, swarm, transfers } from './views.testing.ts';

interface PageCase {
  readonly name: string;
  readonly render: (locale: Locale) => string;
  /** In English. */
  readonly shows: readonly string[];
}

const emptyMap = { pieces: 0, cells: [], rows: [], moreRows: 0 };

const pages: readonly PageCase[] = [
  {
    name: 'files',
    render: (locale) => renderFilesPage(files, locale, { search: hostile, continued: true }),
    shows: [
      '2 files',
      '1.5\u00a0MiB',
      'title="1,572,864 bytes"',
      'action="/upload" enctype="multipart/form-data"',
      'type="file" id="file" name="file"',
      'action="/torrent" enctype="multipart/form-data"',
      'cursor=a%26b',
      `href="/file?id=${file.id}"`,
      'data-events="/events?topics=files"',
    ],
  },
  {
    name: 'no files',
    render: (locale) => renderFilesPage({ count: 0, files: [] }, locale),
    shows: ['Nothing is shared yet.'],
  },
  {
    name: 'one file',
    render: (locale) => renderFilePage({ file: detail, map: swarm, transfers: transfers.transfers }, locale),
    shows: [
      file.id,
      'a'.repeat(64),
      'href="/download/c"',
      'href="/download/c/n/sub/x"',
      'href="/torrent?file=c&amp;version=2"',
      '5 of 6',
      'p1',
      'class="copies-0"',
      'd'.repeat(40),
      `src="/qr?file=${file.id}"`,
      'action="/delete"',
      '2001:db8::7',
      `data-events="/events?topics=files,pieces,transfers&amp;file=${file.id}"`,
    ],
  },
  {
    name: 'a file, and how to check it: the name as it is, by itself whatever its direction',
    render: (locale) =>
      renderFilePage({ file: { ...detail, name: 'שלום & مرحبا.pdf' }, map: swarm, transfers: [] }, locale),
    shows: [
      '<title>שלום &amp; مرحبا.pdf - Rivulet',
      '<h1><bdi translate="no">שלום &amp; مرحبا.pdf</bdi></h1>',
      `echo <bdi dir="ltr">&#39;${'a'.repeat(64)}  שלום &amp; مرحبا.pdf&#39;</bdi> | sha256sum --check`,
    ],
  },
  {
    name: 'the map of a file: a row for each holder, and all together',
    render: (locale) => renderFilePage({ file: detail, map: swarm, transfers: [] }, locale),
    shows: [
      '6 pieces; each column is one.',
      'storage peer',
      'data-cells="999909"',
      '0–3, 5',
      '<path d="M0 1h4v-1h-4zM5 1h1v-1h-1z"/>',
      'M4 1h1v-0.25h-1z',
      'data-cells="000000"',
      'class="strip offline"',
      'and 40 pieces more',
      'Copies online: piece 2: 0 copies; pieces 0 to 1: 2 copies, piece 3: 1 copy, piece 4: 2 copies',
      '<title>pieces 0 to 1: 2 copies</title>',
      'and 3 more peers',
    ],
  },
  {
    name: 'a file that nobody has',
    render: (locale) =>
      renderFilePage({ file: { ...detail, sha256: null }, map: { ...swarm, rows: [] }, transfers: [] }, locale),
    shows: ['not known yet', 'Nobody who is known has any of it.'],
  },
  {
    name: 'an empty file',
    render: (locale) => renderFilePage({ file: detail, map: emptyMap, transfers: [] }, locale),
    shows: ['An empty file has no pieces.'],
  },
  ...(['video', 'audio', 'img'] as const).map((element, index) => ({
    name: `a file to be played: ${element}`,
    render: (locale: Locale) => {
      const { files: _, ...single } = { ...detail, name: `${hostile}.${['mp4', 'flac', 'png'][index]}` };
      return renderFilePage({ file: single, map: swarm, transfers: [] }, locale);
    },
    shows: [`<${element} class="player" src="/download/c"`],
  })),
  {
    name: 'one of several files to be played',
    render: (locale) => {
      const path = 'a b/c&d.mp3';
      const inner = [{ path, length: 1, download: '/download/c/n/x.mp3' }];
      return renderFilePage({ file: { ...detail, files: inner }, map: swarm, transfers: [], playing: path }, locale);
    },
    shows: ['src="/download/c/n/x.mp3" controls', 'play=a%20b%2Fc%26d.mp3', 'Playing a b/c&amp;d.mp3'],
  },
  {
    name: 'peers',
    render: (locale) => renderPeersPage(peers, locale),
    shows: [
      '2 peers',
      'action="/register_peer"',
      'name="peer-id"',
      'name="ipc-path"',
      'online',
      'never',
      '<td class="number">7</td>',
    ],
  },
  {
    name: 'no peers',
    render: (locale) => renderPeersPage({ count: 0, peers: [] }, locale),
    shows: ['No peer is registered.'],
  },
  {
    name: 'transfers',
    render: (locale) => renderTransfersPage(transfers, locale),
    shows: ['2 transfers', '99%', `href="/file?id=${file.id}"`, '2.0\u00a0KiB/s', '2001:db8::7', '10.0\u00a0KiB'],
  },
  {
    name: 'no transfers',
    render: (locale) => renderTransfersPage({ count: 0, transfers: [] }, locale),
    shows: ['Nothing is under way.'],
  },
  {
    name: 'the directory',
    render: (locale) => renderDirectoryPage({ ...directory, next: '7' }, locale, { continued: true }),
    shows: ['3 people, 2,000 files', '[::1]:9001', '>/b</bdi>', 'cursor=7', 'First page', 'aria-current="page"'],
  },
  {
    name: 'nobody in the directory',
    render: (locale) => renderDirectoryPage({ count: 0, file_count: 0, users: [] }, locale),
    shows: ['Nobody'],
  },
  {
    name: 'an error',
    render: ({ language }) => renderErrorPage(404, hostile, language),
    shows: ['404</span> Not Found'],
  },
];

for (const { name, render, shows } of pages) {
  test(`page: ${name}`, () => {
    const page = render(locales.en);
    for (const text of shows) assert.ok(page.includes(text), `shows ${text}`);
  });

  for (const locale of Object.values(locales)) {
    const label = `page in ${locale.language}: ${name}`;
    const page = render(locale);

    test(`${label}: says which language it is in, and has one heading of the first rank`, () => {
      assert.ok(page.startsWith(`<!doctype html>\n<html lang="${locale.language}">`));
      assert.equal(page.split('<h1').length, 2);
      assert.ok(!/undefined|\[object|NaN/.test(page), 'nothing that was forgotten');
    });

    test(`${label}: nothing that the content policy forbids, nothing broken out of`, () => {
      assert.ok(!page.includes("alert('x')"), 'hostile names are escaped');
      assert.ok(!/<script(?! type="module" src="\/static\/[a-z]+\.js"><\/script>)/.test(page), 'no inline script');
      assert.ok(!/<style| style=| on[a-z]+="/.test(page), 'no inline style or handler');
      assert.ok(!/(?:src|href)="(?:https?:)?\/\//.test(page), 'nothing from elsewhere');
    });

    test(`${label}: what somebody chose is shown printable, and is exact only where nobody reads it`, () => {
      const read = page.replace(/ (?:href|src|value|data-key)="[^"]*"/g, '').replaceAll('\n', '');
      assert.equal(printable(read), read);
    });

    test(`${label}: every element that is opened is closed, in order`, () => assert.deepEqual(unclosed(page), []));
    test(`${label}: every field has a label, every id is there once`, () => {
      const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
      assert.deepEqual(ids, [...new Set(ids)]);
      const fields = [...page.matchAll(/<input [^>]*id="([^"]+)"/g)].map(([, id]) => id);
      for (const field of fields) assert.ok(page.includes(`<label for="${field}">`), `${field} has a label`);
    });
  }
}

test('a name that turns writing around is seen through, and has no command that could not be copied', () => {
  const name = 'invoice\u202efdp.exe';
  const page = renderFilePage({ file: { ...detail, name }, map: swarm, transfers: [] }, locales.en);
  assert.ok(page.includes('<title>invoice\\u202efdp.exe - Rivulet'));
  assert.ok(page.includes('<h1><bdi translate="no">invoice\\u202efdp.exe</bdi></h1>'));
  assert.ok(!page.includes('sha256sum'));
  assert.ok(page.includes('a'.repeat(64)), 'the hash is there all the same');
});

/** Elements left open, or `/name` for an end tag that fits nothing. */
function unclosed(page: string): string[] {
  const empty = new Set(['meta', 'link', 'input', 'img']);
  const open: string[] = [];
  for (const [tag, slash, name = ''] of page
    .replace('<!doctype html>', '')
    .matchAll(/<(\/?)([a-z0-9]+)(?: [^>]*)?>/g)) {
    if (slash === '') open.push(...(empty.has(name) || tag.endsWith('/>') ? [] : [name]));
    else if (open.at(-1) === name) open.pop();
    else open.push(`/${name}`);
  }
  return open;
}

test('the check of tags itself finds faults', () => {
  assert.deepEqual(unclosed('<p><b></p>'), ['p', 'b', '/p']);
  assert.deepEqual(unclosed('<p></p><input>'), []);
});
