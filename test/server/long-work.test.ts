/** Work that grows with what strangers send: others are served meanwhile. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { PeerId } from '../../src/bytes/ids.ts';
import { parseTorrent } from '../../src/protocols/metainfo/read.ts';
import { FakePeer } from '../../src/storage/fifo/fifo-peer.testing.ts';
import { serverRoot, startServer } from '../programs.testing.ts';
import { longestWait } from './longest-wait.testing.ts';

/** Far longer than the 100 ms of a quiet machine, since other tests run beside this; in one go it was 1 to 3 s. */
const longestWaitMs = 800;

const pieceBytes = 16_384;

/** A torrent whose `files` are encoded already, each of one byte. */
function torrentOf(files: readonly string[]): Buffer {
  const pieces = Buffer.alloc(20 * Math.ceil(files.length / pieceBytes), 1);
  const head = `d4:infod5:filesl${files.join('')}e4:name4:many12:piece lengthi${pieceBytes}e6:pieces${pieces.length}:`;
  return Buffer.concat([Buffer.from(head), pieces, Buffer.from('ee')]);
}

function filesWith(count: number, pathOf: (index: number) => string): string[] {
  return Array.from({ length: count }, (_, index) => `d6:lengthi1e4:pathl${pathOf(index)}ee`);
}

const numbered = (index: number): string => `6:${String(index).padStart(6, '0')}`;

const torrents = [
  { name: '400,000 files', status: 400, files: () => filesWith(400_000, numbered) },
  { name: '100,000 files', status: 400, files: () => filesWith(100_000, numbered) },
  {
    name: '50,000 deep paths',
    status: 400,
    files: () => filesWith(50_000, (index) => `${'1:d'.repeat(40)}${numbered(index)}`),
  },
  {
    name: 'paths deeper than may be',
    status: 400,
    files: () => filesWith(2_000, (index) => `${'1:d'.repeat(200)}${numbered(index)}`),
  },
  {
    name: 'as many files as may be',
    status: 201,
    files: () => filesWith(20_000, (index) => `${'1:d'.repeat(10)}${numbered(index)}`),
  },
];

test('a torrent of very many files keeps nobody waiting', async (t) => {
  const server = await startServer(t, serverRoot(t));
  for (const { name, status, files } of torrents) {
    const body = torrentOf(files());
    const { ms, result } = await longestWait(server.url, () =>
      fetch(`${server.url}/torrent`, { method: 'POST', body }),
    );
    t.diagnostic(`${name}: ${Math.round(ms)} ms`);
    assert.equal(result.status, status, name);
    assert.ok(ms < longestWaitMs, `${name}: somebody waited for ${ms} ms`);
  }
});

test('the control: the same torrent read in one go keeps others waiting as long as that takes', async (t) => {
  const server = createServer((_, response) => response.end('ok\n'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const body = torrentOf(filesWith(100_000, numbered));
  const { ms, result: tookMs } = await longestWait(`http://127.0.0.1:${port}`, async () => {
    const began = performance.now();
    assert.throws(() => parseTorrent(body), { code: 'too-large' });
    return performance.now() - began;
  });
  // A question that is asked when the reading has begun waits a little less.
  assert.ok(ms > tookMs / 2, `${ms} ms of ${tookMs}`);
});

async function register(server: string, id: string, path: string): Promise<{ files: number }> {
  const body = new URLSearchParams({ 'peer-id': id, 'ipc-path': path });
  const response = await fetch(`${server}/register_peer`, { method: 'POST', body });
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()) as { files: number };
}

async function strangePeer(t: TestContext, count: number): Promise<FakePeer> {
  const peer = await FakePeer.start(t, 'stranger' as PeerId);
  const lines = Array.from({ length: count }, (_, index) => `file=${index.toString(16).padStart(40, '0')} parts=0-9\n`);
  peer.list = Buffer.from(lines.join(''));
  return peer;
}

test('a peer with 200,000 unlisted files keeps nobody waiting, and is one line of the log', async (t) => {
  const peer = await strangePeer(t, 200_000);
  const root = serverRoot(t, { ipc_roots: [tmpdir()] });
  const server = await startServer(t, root);
  for (const time of ['first', 'second']) {
    const { ms } = await longestWait(server.url, () => register(server.url, 'stranger', peer.directory));
    t.diagnostic(`${time} registration: ${Math.round(ms)} ms`);
    assert.ok(ms < longestWaitMs, `somebody waited for ${ms} ms`);
  }
  const lines = readFileSync(join(root, 'server.log'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('not listed'));
  assert.equal(lines.length, 2, 'one line for each registration');
  assert.match(lines[0] ?? '', /count=200000|"count":200000/);
});
