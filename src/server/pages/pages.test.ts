import assert from 'node:assert/strict';
import test from 'node:test';
import { renderDirectoryPage } from './directory.ts';
import { renderErrorPage } from './error.ts';
import { renderFilePage } from './file.ts';
import { renderFilesPage } from './files.ts';
import { renderPeersPage } from './peers.ts';
import { renderTransfersPage } from './transfers.ts';
import { detail, directory, file, files, hostile, peers, transfers } from './views.testing.ts';

const pages: readonly { name: string; page: string; shows: readonly string[] }[] = [
  {
    name: 'files',
    page: renderFilesPage(files, { search: hostile, continued: true }),
    shows: [
      '2 files',
      '1.5 MiB',
      'title="1,572,864 bytes"',
      'action="/upload" enctype="multipart/form-data"',
      'type="file" id="file" name="file"',
      'action="/torrent" enctype="multipart/form-data"',
      'cursor=a%26b',
      `href="/file?id=${file.id}"`,
    ],
  },
  {
    name: 'no files',
    page: renderFilesPage({ count: 0, files: [] }),
    shows: ['Nothing is shared yet.'],
  },
  {
    name: 'one file',
    page: renderFilePage(detail),
    shows: [
      file.id,
      'a'.repeat(64),
      'href="/download/c"',
      'href="/download/c/n/sub/x"',
      'href="/torrent?file=c&amp;version=2"',
      'sha256sum --check',
      '5 of 6',
      'p1',
      'class="copies-0"',
      'd'.repeat(40),
    ],
  },
  {
    name: 'a file that nobody here has seen whole',
    page: renderFilePage({ ...detail, sha256: null, peers: [], piece_map: [] }),
    shows: ['not known yet', 'Nobody who is online.'],
  },
  {
    name: 'peers',
    page: renderPeersPage(peers),
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
  { name: 'no peers', page: renderPeersPage({ count: 0, peers: [] }), shows: ['No peer is registered.'] },
  {
    name: 'transfers',
    page: renderTransfersPage(transfers),
    shows: ['2 transfers', '99%', `href="/file?id=${file.id}"`, '2.0 KiB/s', '2001:db8::7', '10.0 KiB'],
  },
  {
    name: 'no transfers',
    page: renderTransfersPage({ count: 0, transfers: [] }),
    shows: ['Nothing is on its way.'],
  },
  {
    name: 'the directory',
    page: renderDirectoryPage({ ...directory, next: '7' }, { continued: true }),
    shows: ['3 people, 2,000 files', '[::1]:9001', '<bdi>/b</bdi>', 'cursor=7', 'First page', 'aria-current="page"'],
  },
  {
    name: 'nobody in the directory',
    page: renderDirectoryPage({ count: 0, file_count: 0, users: [] }),
    shows: ['Nobody'],
  },
  { name: 'an error', page: renderErrorPage(404, hostile), shows: ['404</span> Not Found'] },
];

for (const { name, page, shows } of pages) {
  test(`page: ${name}`, () => {
    for (const text of shows) assert.ok(page.includes(text), `shows ${text}`);
    assert.match(page, /^<!doctype html>\n<html lang="en">/);
    assert.equal(page.split('<h1').length, 2, 'one heading of the first rank');
  });

  test(`page: ${name}: nothing that the content policy forbids, nothing broken out of`, () => {
    assert.ok(!page.includes("alert('x')"), 'hostile names are escaped');
    assert.ok(!/<script(?! type="module" src="\/static\/[a-z]+\.js"><\/script>)/.test(page), 'no inline script');
    assert.ok(!/<style| style=| on[a-z]+="/.test(page), 'no inline style or handler');
    assert.ok(!/(?:src|href)="(?:https?:)?\/\//.test(page), 'nothing from elsewhere');
  });

  test(`page: ${name}: every element that is opened is closed, in order`, () => assert.deepEqual(unclosed(page), []));
  test(`page: ${name}: every field has a label, every id is there once`, () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    assert.deepEqual(ids, [...new Set(ids)]);
    const fields = [...page.matchAll(/<input [^>]*id="([^"]+)"/g)].map(([, id]) => id);
    for (const field of fields) assert.ok(page.includes(`<label for="${field}">`), `${field} has a label`);
  });
}

/** Elements left open, or `/name` for an end tag that fits nothing. */
function unclosed(page: string): string[] {
  const empty = new Set(['meta', 'link', 'input']);
  const open: string[] = [];
  for (const [, slash, name = ''] of page.replace('<!doctype html>', '').matchAll(/<(\/?)([a-z0-9]+)(?: [^>]*)?>/g)) {
    if (slash === '') open.push(...(empty.has(name) ? [] : [name]));
    else if (open.at(-1) === name) open.pop();
    else open.push(`/${name}`);
  }
  return open;
}

test('the check of tags itself finds faults', () => {
  assert.deepEqual(unclosed('<p><b></p>'), ['p', 'b', '/p']);
  assert.deepEqual(unclosed('<p></p><input>'), []);
});
