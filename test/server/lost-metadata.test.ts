/** A server that has lost its metadata altogether: what peers can prove is listed again, by itself. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { breath } from '../../src/async/breath.testing.ts';
import type { FilesView } from '../../src/protocols/api/types.ts';
import { encodeBencode } from '../../src/protocols/bencode/write.ts';
import {
  curl,
  curlJson,
  freePort,
  type ServerProcess,
  serverRoot,
  someBytes,
  startPeer,
  startServer,
} from '../programs.testing.ts';

const names = ['a.bin', 'отчёт за май.pdf', 'b b.txt', 'c.iso', 'd'];
const contents = new Map(names.map((name, index) => [name, someBytes(70_000 * (index + 1), name)]));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A server at a port of its own, with peers that find it again, and five files. */
async function scene(t: TestContext, peers: number) {
  const root = serverRoot(t);
  const port = await freePort();
  const startAgain = (...flags: string[]) => startServer(t, root, '--port', String(port), ...flags);
  const server = await startAgain();
  for (let index = 1; index <= peers; index += 1) await startPeer(t, server, `p${index}`);
  for (const [name, bytes] of contents) {
    writeFileSync(join(root, 'upload'), bytes);
    await curl('-f', '-T', join(root, 'upload'), `${server.url}/upload/${encodeURIComponent(name)}`);
  }
  return { root, server, startAgain };
}

/** Asks until the list has so many files: no event tells of that from outside. */
async function listOf(server: ServerProcess, count: number): Promise<FilesView['files']> {
  for (const deadline = Date.now() + 30_000; ; await breath()) {
    const { files } = await curlJson<FilesView>(`${server.url}/files`);
    if (files.length === count && files.every(({ state }) => state === 'available')) return files;
    assert.ok(Date.now() < deadline, `still ${JSON.stringify(files.map(({ name, state }) => [name, state]))}`);
  }
}

async function assertAllThere(server: ServerProcess): Promise<void> {
  const files = await listOf(server, names.length);
  for (const { id, name } of files) {
    const { stdout } = await curl('-f', `${server.url}/download?file=${id}`);
    assert.equal(sha256(stdout), sha256(contents.get(name) as Buffer), name);
  }
}

for (const peers of [0, 2]) {
  test(`kill -9, and metadata/ is gone: every file is listed and right again (${peers} peers)`, async (t) => {
    const { root, server, startAgain } = await scene(t, peers);
    await server.end('SIGKILL');
    rmSync(join(root, 'metadata'), { recursive: true });
    await assertAllThere(await startAgain());
    const lists = [join(root, 'temp', 'pieces'), ...(peers > 0 ? [join(root, 'peers', 'p1')] : [])];
    assert.ok(lists.some((folder) => readdirSync(folder).some((name) => name.endsWith('.info'))));
  });
}

test('a torrent of several files that others made comes back as it was', async (t) => {
  const { root, server, startAgain } = await scene(t, 2);
  const bytes = someBytes(100_000, 'multi');
  const pieces = Buffer.concat(
    [bytes.subarray(0, 65_536), bytes.subarray(65_536)].map((piece) => createHash('sha1').update(piece).digest()),
  );
  const info = encodeBencode({
    files: [
      { length: 40_000, path: ['один.txt'] },
      { length: 60_000, path: ['sub', 'two'] },
    ],
    name: 'several',
    'piece length': 65_536,
    pieces,
  });
  const id = createHash('sha1').update(info).digest('hex');
  writeFileSync(join(root, 'several.torrent'), Buffer.concat([Buffer.from('d4:info'), info, Buffer.from('e')]));
  await curl('-f', '--data-binary', `@${join(root, 'several.torrent')}`, `${server.url}/torrent`);
  await server.end('SIGKILL');
  rmSync(join(root, 'metadata'), { recursive: true });
  const again = await startAgain();
  // Nobody had a piece of it, so nobody can prove it: the others are all there, and it can be listed again.
  await assertAllThere(again);
  await curl('-f', '--data-binary', `@${join(root, 'several.torrent')}`, `${again.url}/torrent`);
  assert.equal((await curlJson<{ name: string }>(`${again.url}/file?id=${id}`)).name, 'several');
});

test('control: of peers without info dictionaries nothing can be proven', async (t) => {
  const { root, server, startAgain } = await scene(t, 2);
  await server.end('SIGKILL');
  rmSync(join(root, 'metadata'), { recursive: true });
  for (const peer of ['p1', 'p2']) {
    const folder = join(root, 'peers', peer);
    for (const name of readdirSync(folder)) if (name.endsWith('.info')) rmSync(join(folder, name));
  }
  const again = await startAgain();
  for (;;) {
    const { peers } = await curlJson<{ peers: { state: string }[] }>(`${again.url}/peers`);
    if (peers.filter(({ state }) => state === 'online').length === 2) break;
    await breath();
  }
  assert.deepEqual((await curlJson<FilesView>(`${again.url}/files`)).files, []);
});
