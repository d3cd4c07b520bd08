import assert from 'node:assert/strict';
import test from 'node:test';
import { renderDirectoryText, renderFilesText, renderFileText, renderPeersText, renderTransfersText } from './text.ts';
import { detail, directory, file, files, peers, swarm, transfers } from './views.testing.ts';

test('text: files', () => {
  assert.equal(
    renderFilesText({ ...files, next: 'abc' }),
    [
      `ID                                           SIZE  STATE    PIECES  COPIES  SEEDS  ADDED             NAME`,
      `${file.id}  1.5 MiB  partial     5/6       0      1  2026-11-20 10:00  "><script>alert('x')</script>\\u001b[2J`,
      '1 of 2; the next ones: /files?cursor=abc',
      '',
    ].join('\n'),
  );
});

test('text: peers', () => {
  const [head, first, second] = renderPeersText({ ...peers, peers: peers.peers }).split('\n');
  assert.equal(head, 'ID    KIND  STATE    FILES  PIECES   STORED  CORRUPT  LAST SEEN         VERIFIED  IPC PATH');
  assert.equal(
    first?.slice(0, 87),
    'p1    fifo  online       1       6  1.5 MiB        7  2026-11-20 10:00  not yet   "><sc',
  );
  assert.equal(second, 'temp  temp  offline      0       0      0 B        0  never             not yet   -');
});

test('text: one file, and who has which piece of it', () => {
  const text = renderFileText(detail, swarm);
  assert.match(text, /^name +"><script>/m);
  assert.deepEqual(text.slice(text.indexOf('HOLDER')).split('\n'), [
    `HOLDER${' '.repeat(32)}  KIND  STATE    PIECES  MAP`,
    `p1${' '.repeat(36)}  fifo  online      5/6  ####.#`,
    `"><script>alert('x')</script>\\u001b[2J  fifo  offline    42/6  #...+.`,
    `copies${' '.repeat(57)}22.12+`,
    'and 3 more',
    '',
  ]);
  assert.ok(!text.includes('\u001b'));
});

test('text: an empty file', () => {
  const text = renderFileText(detail, { pieces: 0, cells: [], rows: [], moreRows: 0 });
  assert.match(text, /An empty file has no pieces\.\n$/);
});

test('text: the directory', () => {
  assert.deepEqual(renderDirectoryText({ ...directory, next: '2' }).split('\n'), [
    'USER  ADDRESS         PATH',
    `ada   127.0.0.1:9000  /home/"><script>alert('x')</script>\\u001b[2J`,
    'ada   127.0.0.1:9000  /b',
    'bob   [::1]:9001      -',
    '2 of 3 users; the next ones: /directory?cursor=2',
    '',
  ]);
});

test('text: transfers', () => {
  assert.deepEqual(renderTransfersText(transfers).split('\n'), [
    `KIND          DONE     SIZE      SPEED  PEER         ${'FILE'.padEnd(40)}  NAME`,
    `download       99%  1.5 MiB  2.0 KiB/s  127.0.0.1    ${file.id}  "><script>alert('x')</script>\\u001b[2J`,
    `upload    10.0 KiB        -      0 B/s  2001:db8::7  ${'-'.padEnd(40)}  b`,
    '',
  ]);
});
