import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { exitCode } from '../cli/exit.ts';
import { type Answer, openFakeServer } from '../cli/fake-server.testing.ts';
import { tempFolder } from '../io/temp-folder.testing.ts';
import { parseTorrent } from '../protocols/metainfo/read.ts';
import { hybrid, multiV2Layers, single, singleV2, torrentOf } from '../protocols/metainfo/samples.testing.ts';
import { metainfoLimits } from '../protocols/metainfo/types.ts';
import { resolveWhat, type What } from './what.ts';

const torrentBytes = torrentOf(single);
const torrent = parseTorrent(torrentBytes);
const id = torrent.info.v1?.infoHash as string;
const nobody = 'http://127.0.0.1:1';
const longer = Buffer.alloc(metainfoLimits.torrentBytesMax + 1, 'd');

const resolve = (text: string, server = nobody, stdin: Iterable<Buffer> = []): Promise<What> =>
  resolveWhat(text, { server, stdin: Readable.from(stdin) });

async function refused(what: Promise<What>, code: number, message: RegExp): Promise<void> {
  await assert.rejects(what, { name: 'CommandError', exitCode: code, message });
}

/** A server whose paths give what `answers` says; other paths are 404. */
async function serve(t: TestContext, answers: Readonly<Record<string, Answer>>) {
  const server = await openFakeServer((request, response) => {
    const answer = answers[request.url];
    if (answer !== undefined) answer(request, response);
    else response.writeHead(404, { 'content-type': 'application/json' }).end('{"detail":"nothing is here"}');
  });
  t.after(server.close);
  return server;
}

const bytes =
  (body: Buffer | string, type = 'application/x-bittorrent'): Answer =>
  (_, response) =>
    response.writeHead(200, { 'content-type': type }).end(body);
const redirect =
  (location: string, status = 302): Answer =>
  (_, response) =>
    response.writeHead(status, { location }).end('elsewhere');
const page = (link: unknown): Answer => bytes(JSON.stringify({ id, links: { torrent: link } }), 'application/json');

test('a magnet link is read', async () => {
  const what = await resolve(`MAGNET:?xt=urn:btih:${id}&dn=a`);
  assert.ok(what.kind === 'magnet');
  assert.deepEqual([what.magnet.infoHash, what.magnet.name], [id, 'a']);
});

test('an id is asked for at the server, in either case', async (t) => {
  const { url, received } = await serve(t, { [`/torrent?file=${id}`]: bytes(torrentBytes) });
  for (const text of [id, id.toUpperCase()])
    assert.deepEqual(await resolve(text, url), { kind: 'torrent', torrent, origin: `${url}/torrent?file=${id}` });
  assert.equal(received[0]?.headers.accept, 'application/x-bittorrent, application/json;q=0.5');
});

test('what the server says of an id, and does not', async (t) => {
  const other = 'ab'.repeat(20);
  const busy = 'cd'.repeat(20);
  const { url } = await serve(t, {
    [`/torrent?file=${other}`]: bytes(torrentBytes),
    [`/torrent?file=${busy}`]: (_, response) => response.writeHead(503).end(),
  });
  await refused(resolve(id, url), exitCode.failure, /^127\.0\.0\.1:\d+ answered 404: nothing is here$/);
  await refused(resolve(other, url), exitCode.failure, new RegExp(`the torrent of another file, ${id}$`));
  await refused(resolve(busy, url), exitCode.unavailable, /answered 503/);
  await refused(resolve(id), exitCode.unavailable, /^no server at 127\.0\.0\.1:1 .*"rivulet server" starts one$/);
  await refused(resolve(id, 'localhost'), exitCode.usage, /^--server needs a URL/);
});

const urls: { name: string; path: string; answers: Record<string, Answer>; origin?: string }[] = [
  { name: 'of a torrent', path: '/a.torrent', answers: { '/a.torrent': bytes(torrentBytes) } },
  {
    name: 'of a torrent that is not called one',
    path: '/a?b=c#d',
    answers: { '/a?b=c': bytes(torrentBytes, 'text/plain') },
  },
  {
    name: 'that leads to another, five times',
    path: '/1',
    answers: {
      '/1': redirect('/2', 301),
      '/2': redirect('3', 302),
      '/3': redirect('?4', 303),
      '/3?4': redirect('/5', 307),
      '/5': redirect('../6', 308),
      '/6': bytes(torrentBytes),
    },
    origin: '/6',
  },
  {
    name: "of a file's page",
    path: `/file?id=${id}`,
    answers: {
      [`/file?id=${id}`]: page(`http://unknown.invalid/file/${id}.torrent`),
      [`/file/${id}.torrent`]: bytes(torrentBytes),
    },
    origin: `/file/${id}.torrent`,
  },
  {
    name: "of a file's page, behind a proxy that speaks TLS",
    path: '/file?name=a%20b',
    answers: {
      '/file?name=a%20b': page(`https://files.example/torrent?file=${id}`),
      [`/torrent?file=${id}`]: bytes(torrentBytes),
    },
    origin: `/torrent?file=${id}`,
  },
  ...[`/download/${id}`, `/download/${id}/a/b.txt`, `/download?file=${id.toUpperCase()}`].map((path) => ({
    name: `of a download: ${path.replace(/[0-9a-f]{40}/i, 'ID')}`,
    path,
    answers: { [`/file?id=${id}`]: page('/t'), '/t': bytes(torrentBytes), [path]: bytes('the file itself') },
    origin: '/t',
  })),
  {
    name: 'of a download by name',
    path: '/download?name=a+b',
    answers: { '/file?name=a+b': page('/t'), '/t': bytes(torrentBytes) },
    origin: '/t',
  },
  {
    name: 'that looks like a download, at another kind of server',
    path: `/download/${id}/a.torrent`,
    answers: { [`/file?id=${id}`]: bytes('<h1>', 'text/html'), [`/download/${id}/a.torrent`]: bytes(torrentBytes) },
  },
];

for (const { name, path, answers, origin = path } of urls) {
  test(`a URL ${name}`, async (t) => {
    const { url } = await serve(t, answers);
    assert.deepEqual(await resolve(`${url}${path}`), { kind: 'torrent', torrent, origin: `${url}${origin}` });
  });
}

const json = (text: string): Answer => bytes(text, 'application/json');

const badUrls: { name: string; answers: Record<string, Answer>; message: RegExp; code?: number; path?: string }[] = [
  { name: 'of nothing', answers: {}, message: /answered 404: nothing is here/ },
  { name: 'of a download that there is not', answers: {}, path: `/download/${id}`, message: /answered 404: nothing/ },
  {
    name: 'of a server that is not ready',
    answers: { '/a': (_, response) => response.writeHead(503).end('later') },
    code: exitCode.unavailable,
    message: /answered 503: later/,
  },
  {
    name: 'of something else',
    answers: { '/a': bytes('hello') },
    message: /\/a: this is no torrent that can be taken/,
  },
  { name: 'of a web page', answers: { '/a': bytes('<h1>', 'Text/HTML; charset=x') }, message: /\/a: a web page; it/ },
  { name: 'of other JSON', answers: { '/a': json('{"links":{}}') }, message: /\/a: neither a torrent nor the page/ },
  { name: 'of JSON that is null', answers: { '/a': json('null') }, message: /neither a torrent nor the page/ },
  { name: 'of JSON that is none', answers: { '/a': json('{') }, message: /neither a torrent nor the page/ },
  { name: 'of a page with a link of another kind', answers: { '/a': page(5) }, message: /neither a torrent nor/ },
  { name: 'of a page with a link that is none', answers: { '/a': page('http://[') }, message: /neither a torrent nor/ },
  { name: 'of a page whose torrent is not there', answers: { '/a': page('/b') }, message: /answered 404/ },
  { name: 'of a page whose torrent is a page', answers: { '/a': page('/a') }, message: /no torrent that can be taken/ },
  {
    name: 'of more than 16 MiB',
    answers: { '/a': bytes(longer) },
    message: /\/a: is longer than 16\.0 MiB, the most for a torrent/,
  },
  { name: 'of JSON of more than 16 MiB', answers: { '/a': bytes(longer, 'application/json') }, message: /is longer/ },
  { name: 'that leads to itself', answers: { '/a': redirect('/a') }, message: /\/a: leads on and on, over 5 times/ },
  {
    name: 'that leads to https:',
    answers: { '/a': redirect('https://h/x.torrent') },
    message: /\/a: leads to "https:\/\/h\/x\.torrent": there is no TLS here; .*curl -LO https:\/\/h\/x\.torrent/,
  },
  { name: 'that leads to a file', answers: { '/a': redirect('file:///etc/passwd') }, message: /only http: URLs/ },
  {
    name: 'that leads nowhere',
    answers: { '/a': redirect('http://[') },
    message: /leads to "http:\/\/\[": that is no/,
  },
  { name: 'of v2 alone', answers: { '/a': bytes(torrentOf(singleV2)) }, message: /\/a: a torrent of v2 alone: pieces/ },
  {
    name: 'of an answer that breaks off',
    answers: {
      '/a': (_, response) => {
        response.writeHead(200, { 'content-length': 100 }).write('d');
        setImmediate(() => response.destroy());
      },
    },
    code: exitCode.unavailable,
    message: /the answer of 127\.0\.0\.1:\d+ broke off/,
  },
  {
    name: 'of no HTTP',
    answers: { '/a': (_, response) => response.socket?.end('SSH-2.0\r\n\r\n') },
    message: /^what answers at 127\.0\.0\.1:\d+ is not understood/,
  },
];

for (const { name, answers, message, code = exitCode.failure, path = '/a' } of badUrls) {
  test(`a URL ${name} is refused`, async (t) => {
    const { url } = await serve(t, answers);
    await refused(resolve(`${url}${path}`), code, message);
  });
}

test('a URL where nobody is: 69, and nothing of servers to start', () =>
  refused(
    resolve(`${nobody}/a`),
    exitCode.unavailable,
    /^no server at 127\.0\.0\.1:1 \(connect ECONNREFUSED [^)]*\)$/,
  ));

test('a torrent in a file, and on stdin', async (t) => {
  const path = join(tempFolder(t), 'magnet.torrent');
  const bytesOfHybrid = torrentOf(hybrid, { 'piece layers': multiV2Layers });
  writeFileSync(path, bytesOfHybrid);
  assert.deepEqual(await resolve(path), { kind: 'torrent', torrent: parseTorrent(bytesOfHybrid), origin: path });
  const halves = [torrentBytes.subarray(0, 50), torrentBytes.subarray(50)];
  assert.deepEqual(await resolve('-', nobody, halves), { kind: 'torrent', torrent, origin: 'stdin' });
});

test('stdin with something else', async () => {
  await refused(resolve('-'), exitCode.failure, /^stdin: this is no torrent that can be taken: not valid bencode/);
  await refused(resolve('-', nobody, [longer]), exitCode.failure, /^stdin: is longer than 16\.0 MiB/);
  await refused(resolve('-', nobody, [torrentOf(singleV2)]), exitCode.failure, /^stdin: a torrent of v2 alone/);
});

const files: { name: string; make: (path: string) => unknown; message: RegExp; code?: number }[] = [
  { name: 'that is not there', make: () => {}, code: exitCode.usage, message: /^there is no file ".*"; WHAT is/ },
  { name: 'that is a folder', make: (path) => mkdirSync(path), message: /file: is a folder, not a \.torrent$/ },
  {
    name: 'that is a FIFO',
    make: (path) => spawnSync('mkfifo', [path]),
    message: /file: is no regular file; .* get -/,
  },
  { name: 'that is empty', make: (path) => writeFileSync(path, ''), message: /file: this is no torrent/ },
  { name: 'of something else', make: (path) => writeFileSync(path, 'hello'), message: /this is no torrent that can/ },
  { name: 'of more than 16 MiB', make: (path) => writeFileSync(path, longer), message: /is longer than 16\.0 MiB/ },
  {
    name: 'of v2 alone',
    make: (path) => writeFileSync(path, torrentOf(singleV2)),
    message: /file: a torrent of v2 al/,
  },
];

for (const { name, make, message, code = exitCode.failure } of files) {
  test(`a file ${name} is refused`, async (t) => {
    const path = join(tempFolder(t), 'file');
    make(path);
    await refused(resolve(path), code, message);
  });
}

const all = /\.torrent \(or - for stdin\), the id of a file \(40 hex digits\), a magnet link, or an http:\/\/ URL$/;

const unknown: { name: string; text: string; message: RegExp }[] = [
  { name: 'nothing', text: '', message: all },
  { name: 'an id cut short', text: id.slice(1), message: all },
  {
    name: 'a name with a character that moves the cursor',
    text: 'a\u001b[2J',
    message: /^there is no file "a\\u001b\[2J"/,
  },
  { name: 'a path through a file', text: '/dev/null/x', message: all },
  { name: 'a name longer than any file', text: 'x'.repeat(5000), message: all },
  { name: 'another scheme', text: 'ftp://h/x.torrent', message: all },
  {
    name: 'https',
    text: 'https://h/x',
    message: /^there is no TLS here; fetch .* \(curl -LO https:\/\/h\/x\) and give/,
  },
  { name: 'a URL that is none', text: 'http://[', message: /^"http:\/\/\[" is no URL$/ },
  { name: 'a magnet link without a hash', text: 'magnet:?dn=a', message: /names no torrent/ },
  { name: 'a magnet link of v2', text: `magnet:?xt=urn:btmh:1220${'ab'.repeat(32)}`, message: /of v2 alone/ },
];

for (const { name, text, message } of unknown) {
  test(`wrong usage: ${name}`, () => refused(resolve(text), exitCode.usage, message));
}

test('it can be given up: with the reason, whatever it waits for', async (t) => {
  const { url, received } = await serve(t, {
    [`/torrent?file=${id}`]: () => {},
    '/a': (_, response) => response.writeHead(200).write('d'),
    '/b': redirect('/a'),
  });
  const stdin = new PassThrough();
  const waits = [
    { text: id, requests: 1 },
    { text: `${url}/a`, requests: 2 },
    { text: `${url}/b`, requests: 4 },
    { text: '-', requests: 4 },
  ];
  for (const { text, requests } of waits) {
    const control = new AbortController();
    const what = resolveWhat(text, { server: url, stdin, signal: control.signal });
    what.catch(() => {});
    while (received.length < requests) await new Promise(setImmediate);
    control.abort();
    await assert.rejects(what, { name: 'AbortError' });
  }
});
