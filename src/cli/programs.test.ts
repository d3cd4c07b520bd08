/** `put`, `ls` and `peers` against a server that plays its part, and one that does not. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import type { Command } from './command.ts';
import { type Answer, runAgainst } from './fake-server.testing.ts';
import { recordingIo } from './io.testing.ts';
import { command as ls } from './ls.ts';
import { command as peers } from './peers.ts';
import { command as put } from './put.ts';
import { runCommandLine } from './run.ts';

const commands: readonly Command[] = [ls, peers, put];
const programs = new Map(commands.map((command) => [command.name, async () => ({ command })] as const));

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'rivulet-cli-'));
});
after(() => rmSync(folder, { recursive: true }));

/** Runs a command with a server behind it that gives `answer`. */
const run = (answer: Answer, name: string, ...args: string[]) =>
  runAgainst(commands.find((command) => command.name === name) as Command, answer, ...args);

const say =
  (text: string): Answer =>
  (_request, response) =>
    response.end(text);

/** Takes an upload as the server would. */
const takeUpload: Answer = ({ url, body }, response) => {
  const sha256 = createHash('sha256').update(body, 'latin1').digest('hex');
  const links = { info: '/i', download: '/d', torrent: '/t', magnet: 'magnet:?m' };
  response
    .writeHead(201)
    .end(JSON.stringify({ id: 'c'.repeat(40), name: decodeURIComponent(url.slice(8)), sha256, links }));
};

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content, 'latin1');
  return join(folder, name);
}

test('ls: the table of the server, asked for with the search and the limit', async () => {
  const { code, stdout, received } = await run(say('ID  NAME\nc9  plan.txt\n'), 'ls', 'a&b', '--limit', '3');
  assert.deepEqual([code, stdout], [0, 'ID  NAME\nc9  plan.txt\n']);
  assert.equal(received[0]?.url, '/files?q=a%26b&limit=3');
  assert.equal(received[0]?.headers.accept, 'text/plain');
});

test('ls: what a server says cannot move the cursor', async () =>
  assert.equal((await run(say('a\u001b[2J\nb\n'), 'ls')).stdout, 'a\\u001b[2J\nb\n'));

test('peers: as JSON', async () => {
  const { code, stdout, received } = await run(say('{"count":0,"peers":[]}\n'), 'peers', '--json');
  assert.deepEqual([code, stdout], [0, '{"count":0,"peers":[]}\n']);
  assert.deepEqual([received[0]?.url, received[0]?.headers.accept], ['/peers', 'application/json']);
});

test('put: the bytes arrive, and the links are shown', async () => {
  const content = 'x'.repeat(700_000);
  const { code, stdout, stderr, received } = await run(takeUpload, 'put', file('n\u00e4me #1.txt', content));
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(
    stdout,
    /^c{40} {2}n\u00e4me #1\.txt\n {2}page {6}\/i\n {2}download {2}\/d\n {2}torrent {3}\/t\n {2}magnet {4}magnet:\?m\n$/,
  );
  assert.deepEqual([received[0]?.method, received[0]?.url], ['PUT', '/upload/n%C3%A4me%20%231.txt']);
  assert.equal(received[0]?.body, content);
});

test('put: several files, one of them empty, as JSON, with the token', async () => {
  const token = file('token', 'secret\n');
  const { code, stdout, received } = await run(
    takeUpload,
    'put',
    file('a', ''),
    file('b', 'b'),
    '--json',
    '--token-file',
    token,
  );
  assert.equal(code, 0);
  assert.deepEqual(
    stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { name: string }).name),
    ['a', 'b'],
  );
  assert.deepEqual(
    received.map(({ headers }) => [headers['content-length'], headers.authorization]),
    [
      ['0', 'Bearer secret'],
      ['1', 'Bearer secret'],
    ],
  );
});

test('put: a server that kept other bytes is found out', async () => {
  const other: Answer = (request, response) => takeUpload({ ...request, body: 'other' }, response);
  const { code, stderr } = await run(other, 'put', file('a', 'mine'));
  assert.equal(code, 1);
  assert.match(stderr, /the server has other bytes than were sent/);
});

const refusals: readonly { name: string; answer: Answer; code: number; stderr: RegExp }[] = [
  {
    name: 'problem details',
    answer: (_request, response) => response.writeHead(507).end('{"detail":"the disk is\\nfull"}'),
    code: 1,
    stderr: /^rivulet: 127\.0\.0\.1:\d+ answered 507: the disk is\\nfull\n$/,
  },
  {
    name: 'a page of something else',
    answer: (_request, response) => response.writeHead(404).end('<h1>Not here</h1>'),
    code: 1,
    stderr: /answered 404: <h1>Not here<\/h1>/,
  },
  {
    name: 'not ready',
    answer: (_request, response) => response.writeHead(503).end('{}'),
    code: 69,
    stderr: /answered 503: \{\}/,
  },
  {
    name: 'no HTTP',
    answer: (_request, response) => response.socket?.end('SSH-2.0\r\n\r\n'),
    code: 1,
    stderr: /is not understood/,
  },
];

for (const { name, answer, code, stderr } of refusals) {
  test(`a refusal is told: ${name}`, async () => {
    const outcome = await run(answer, 'ls');
    assert.equal(outcome.code, code);
    assert.match(outcome.stderr, stderr);
    assert.equal(outcome.stdout, '');
  });
}

test('no server: 69, and how to start one', async () => {
  const io = recordingIo();
  // Port 1 is reserved; nothing listens there.
  const code = await runCommandLine({ args: ['peers', '--server', 'http://127.0.0.1:1'], programs, version: '0' }, io);
  assert.equal(code, 69);
  assert.match(
    io.written.stderr,
    /^rivulet: no server at 127\.0\.0\.1:1 \(.*ECONNREFUSED.*\); "rivulet server" starts one\n$/,
  );
});

const unusable: readonly { name: string; args: () => string[]; code: number; stderr: RegExp }[] = [
  { name: 'no such file', args: () => ['put', join(folder, 'none')], code: 1, stderr: /none: ENOENT/ },
  { name: 'a folder', args: () => ['put', folder], code: 1, stderr: /is not a file/ },
  { name: 'a name that cannot be shared', args: () => ['put', file('a\\b', '')], code: 1, stderr: /holds a separator/ },
  {
    name: 'no token',
    args: () => ['put', file('a', ''), '--token-file', join(folder, 'none')],
    code: 1,
    stderr: /ENOENT/,
  },
  {
    name: 'another scheme',
    args: () => ['ls', '--server', 'https://localhost'],
    code: 2,
    stderr: /--server needs a URL like/,
  },
  { name: 'no URL', args: () => ['ls', '--server', 'localhost:8080'], code: 2, stderr: /--server needs a URL like/ },
];

for (const { name, args, code, stderr } of unusable) {
  test(`nothing is sent: ${name}`, async () => {
    const io = recordingIo();
    assert.equal(await runCommandLine({ args: args(), programs, version: '0' }, io), code);
    assert.match(io.written.stderr, stderr);
  });
}
