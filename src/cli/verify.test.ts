/** `verify` against a server that plays its part, and one that does not. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Command } from './command.ts';
import { type Answer, runAgainst } from './fake-server.testing.ts';
import { command } from './verify.ts';

const run = (answer: Answer, ...args: string[]) => runAgainst(command as Command, answer, ...args);

const content: Readonly<Record<string, string>> = { a: 'first', b: 'second', c: '' };
const idOf = (name: string): string => name.repeat(40);
const listed = (name: string) => ({
  id: idOf(name),
  name: `${name}.txt`,
  length: content[name]?.length,
  sha256: createHash('sha256')
    .update(content[name] ?? '')
    .digest('hex'),
});

/** Two pages of files, each of them to be had; `sent` is what comes in place of the content of some. */
const library =
  (sent: Readonly<Record<string, string>> = {}): Answer =>
  ({ url }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    const cursor = searchParams.get('cursor');
    if (pathname === '/files' && cursor === null)
      response.end(JSON.stringify({ files: [listed('a'), listed('b')], next: 'n&x' }));
    else if (pathname === '/files') response.end(JSON.stringify({ files: cursor === 'n&x' ? [listed('c')] : [] }));
    else if (pathname === '/file') response.end(JSON.stringify(listed((searchParams.get('name') ?? 'a').charAt(0))));
    else {
      const name = (searchParams.get('file') ?? '').charAt(0);
      response.end(sent[name] ?? content[name]);
    }
  };

test('every file of every page is downloaded and compared', async () => {
  const { code, stdout, received } = await run(library());
  assert.deepEqual([code, stdout], [0, '3 files, 11 B: all as listed\n']);
  const downloads = received.map(({ url }) => url).filter((url) => url.startsWith('/download'));
  assert.deepEqual(
    downloads,
    ['a', 'b', 'c'].map((name) => `/download?file=${idOf(name)}`),
  );
});

const faults: readonly { name: string; sent: string; reason: RegExp }[] = [
  { name: 'other bytes', sent: 'sEcond', reason: /other bytes came/ },
  { name: 'too few', sent: 'secon', reason: /5 bytes came, not 6/ },
  { name: 'too many', sent: 'second!', reason: /7 bytes came, not 6/ },
];
for (const { name, sent, reason } of faults) {
  test(`a file that is not as listed is named, and the others are compared all the same: ${name}`, async () => {
    const { code, stdout } = await run(library({ b: sent }));
    assert.equal(code, 1);
    const [bad, summary] = stdout.split('\n') as [string, string];
    assert.match(bad, /^bad {2}b\.txt \(b{40}\): /);
    assert.match(bad, reason);
    assert.equal(summary, '3 files, 5 B: 1 NOT as listed');
  });
}

test('an answer that breaks off is a fault of that file', async () => {
  const breaks: Answer = (request, response) => {
    if (!request.url.includes(idOf('b'))) return library()(request, response);
    response.writeHead(200, { 'Content-Length': '6' }).write('sec', () => response.destroy());
  };
  const { code, stdout } = await run(breaks);
  assert.equal(code, 1);
  assert.match(stdout, /^bad {2}b\.txt .*broke off/);
});

test('files by id and by name, as JSON', async () => {
  const { code, stdout, received } = await run(library({ a: 'other' }), idOf('A'), 'b & c', '--json');
  assert.equal(code, 1);
  assert.deepEqual(
    received.map(({ url }) => url).filter((url) => url.startsWith('/file?')),
    [`/file?id=${idOf('a')}`, '/file?name=b+%26+c'],
  );
  const [first, second, last] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  assert.deepEqual(first, { id: idOf('a'), name: 'a.txt', ok: false, message: 'other bytes came (SHA-256 differs)' });
  assert.deepEqual(second, { id: idOf('b'), name: 'b.txt', ok: true });
  assert.deepEqual(last, { summary: { files: 2, bytes: 6, bad: 1 } });
});

const finding = { peer: 'p1', file: idOf('a'), name: 'a.txt', part: 7, problem: 'corrupt', message: 'no hash' };
const nothingBad = { bad: 0, healed: 0, unhealed: 0, unverified: 0, offline: [] };
const summary = { peers: 2, files: 1, pieces: 48, bytes: 1048576, seconds: 0.31, ...nothingBad };

const say =
  (...lines: readonly object[]): Answer =>
  (_request, response) => {
    for (const line of lines) response.write(`${JSON.stringify(line)}\n`);
    response.end();
  };

const reports: readonly { name: string; lines: readonly object[]; code: number; stdout: string[] }[] = [
  {
    name: 'all is well',
    lines: [{ progress: { bytes: 0, bytes_total: 9 } }, { summary }],
    code: 0,
    stdout: ['2 peers, 1 file, 48 copies, 1.0 MiB verified in 0.3 s: nothing bad'],
  },
  {
    name: 'bad and healed',
    lines: [finding, { ...finding, healed: true }, { summary: { ...summary, bad: 1, healed: 1 } }],
    code: 0,
    stdout: [
      `bad      p1  corrupt  piece 7 of a.txt (${idOf('a')}): no hash`,
      `healed   p1  piece 7 of a.txt (${idOf('a')})`,
      '2 peers, 1 file, 48 copies, 1.0 MiB verified in 0.3 s: 1 bad, 1 healed',
    ],
  },
  {
    name: 'bad for good',
    lines: [
      { ...finding, healed: false },
      { ...finding, peer: null, part: undefined, parts: '0-3,5', problem: 'missing', healed: false },
      { summary: { ...summary, bad: 6, unhealed: 6, offline: ['p3'] } },
    ],
    code: 1,
    stdout: [
      `lost     p1  corrupt  piece 7 of a.txt (${idOf('a')}): no hash`,
      `lost     -  missing  pieces 0-3,5 of a.txt (${idOf('a')}): no hash`,
      '2 peers, 1 file, 48 copies, 1.0 MiB verified in 0.3 s: 6 bad, 0 healed, 6 NOT healed, offline: p3',
    ],
  },
  {
    name: 'a peer goes away',
    lines: [
      { peer: 'p\u001b1', problem: 'gone', message: 'it is away', unverified: 5 },
      { summary: { ...summary, unverified: 5 } },
    ],
    code: 1,
    stdout: [
      'away     p\\u001b1  gone: it is away',
      '2 peers, 1 file, 48 copies, 1.0 MiB verified in 0.3 s: nothing bad, 5 not looked at',
    ],
  },
];
for (const { name, lines, code, stdout } of reports) {
  test(`--peers: ${name}`, async () => {
    const outcome = await run(say(...lines), '--peers');
    assert.deepEqual([outcome.code, outcome.stdout.trimEnd().split('\n')], [code, stdout]);
    assert.deepEqual([outcome.received[0]?.method, outcome.received[0]?.url], ['POST', '/verify_peers']);
  });
}

test('--peers --json: the lines as they come, without the progress', async () => {
  const { code, stdout } = await run(say({ progress: {} }, finding, { summary }), '--peers', '--json');
  assert.deepEqual([code, stdout], [0, `${JSON.stringify(finding)}\n${JSON.stringify({ summary })}\n`]);
});

test('--peers: without a summary it is not known that all is well', async () => {
  const { code, stderr } = await run(say({ progress: { bytes: 1, bytes_total: 9 } }), '--peers');
  assert.equal(code, 69);
  assert.match(stderr, /the server stopped before it was done/);
});

test('--peers: a server that breaks off', async () => {
  const { code, stderr } = await run(
    (_request, response) => response.write(`${JSON.stringify(finding)}\n`, () => response.destroy()),
    '--peers',
  );
  assert.equal(code, 69);
  assert.match(stderr, /broke off/);
});

test('--peers: the token is shown', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rivulet-verify-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'token'), 'secret\n');
  const { received } = await run(say({ summary }), '--peers', '--token-file', join(folder, 'token'));
  assert.equal(received[0]?.headers.authorization, 'Bearer secret');
});

test('--peers takes no files', async () => {
  const { code, stderr } = await run(say({ summary }), '--peers', 'a.txt');
  assert.equal(code, 2);
  assert.match(stderr, /takes no FILE/);
});
