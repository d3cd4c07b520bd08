/**
 * Peers that are configured and dead: nobody opens their FIFOs, or somebody does and never answers, or there is not
 * even a folder. No open may block a thread of the pool (there is only one here), and nobody else may notice.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { median, quantile } from '../../src/drill/statistics.ts';
import { httpCall } from '../../src/io/net/http-client.ts';
import { tempFolder } from '../../src/io/temp-folder.testing.ts';
import type { PeersView } from '../../src/protocols/api/types.ts';
import { curlJson, serverRoot, startServer } from '../programs.testing.ts';

const dead = 64;
const mute = 16;
const rounds = 60;
/** For an answer that takes milliseconds. */
const timeoutMs = 5000;

const ids = (kind: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${kind}${index}`);

function makeFifos(folders: readonly string[]): void {
  for (const folder of folders) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const paths = folders.flatMap((folder) => [join(folder, 'requests'), join(folder, 'replies')]);
  execFileSync('mkfifo', ['-m', '600', ...paths]);
}

/** A root whose config names peers of every dead kind. */
function rootWithDeadPeers(t: TestContext): string {
  const all = [...ids('closed', dead), ...ids('missing', dead), ...ids('mute', mute)];
  const peers = all.map((id) => ({ id, ipc_path: `peers/${id}` }));
  const root = serverRoot(t, { peers, concurrency: { io_threads: 1 } });
  const folderOf = (id: string): string => join(root, 'peers', id);
  makeFifos([...ids('closed', dead), ...ids('mute', mute)].map(folderOf));
  const flags = constants.O_RDWR | constants.O_NONBLOCK; // both ends of a FIFO: the server finds somebody there
  const held = ids('mute', mute).flatMap((id) =>
    ['requests', 'replies'].map((name) => openSync(join(folderOf(id), name), flags)),
  );
  t.after(() => {
    for (const fd of held) closeSync(fd);
  });
  return root;
}

/** Milliseconds of one request of each kind: one that needs no disk, one that writes to it, one that reads. */
async function timeRequests(url: string, name: string): Promise<number[]> {
  const times: number[] = [];
  const time = async (method: string, path: string, body?: string): Promise<void> => {
    const startedMs = performance.now();
    const { status } = await httpCall(new URL(path, url), { method, timeoutMs, ...(body && { body }) });
    times.push(performance.now() - startedMs);
    assert.ok(status === 200 || status === 201, `${method} ${path} was answered ${status}`);
  };
  await time('GET', '/healthz');
  await time('PUT', `/upload/${name}`, name);
  await time('GET', `/download?name=${name}`);
  return times;
}

test('with 64 peers whose FIFOs nobody opens, 64 without any, and 16 mute ones, all goes on as ever', async (t) => {
  const alone = await startServer(t, serverRoot(t, { concurrency: { io_threads: 1 } }));
  const server = await startServer(t, rootWithDeadPeers(t));
  const times = { alone: [] as number[], withDead: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    times.alone.push(...(await timeRequests(alone.url, `file-${round}`)));
    times.withDead.push(...(await timeRequests(server.url, `file-${round}`)));
  }
  const { peers } = await curlJson<PeersView>(`${server.url}/peers`);
  assert.equal(peers.filter(({ state }) => state === 'offline').length, 2 * dead + mute, 'control: they are known');
  for (const share of [0.5, 0.95]) {
    const [was, is] = [quantile(times.alone, share), quantile(times.withDead, share)];
    assert.ok(is <= 3 * was + 50, `${is.toFixed(1)} instead of ${was.toFixed(1)} ms (${share})`);
  }
  t.diagnostic(`median ${median(times.withDead).toFixed(2)} instead of ${median(times.alone).toFixed(2)} ms`);
});

/** Opens FIFOs as one should not, and answers every request after a look at the disk. */
const blockingServer = `
const { createServer } = require('node:net');
const { open, stat } = require('node:fs');
for (const path of process.argv.slice(1)) open(path, 'w', () => {});
const answer = (socket) => stat('.', () => socket.end('HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n'));
const server = createServer((socket) => socket.once('data', () => answer(socket)));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

for (const { name, folders, hangs } of [
  { name: 'control: a server that opens such FIFOs and waits hangs', folders: ['closed'], hangs: true },
  { name: 'control of the control: without FIFOs it answers', folders: [], hangs: false },
]) {
  test(name, async (t) => {
    const root = tempFolder(t);
    const paths = folders.map((folder) => join(root, folder));
    if (paths.length > 0) makeFifos(paths);
    const fifos = paths.map((path) => join(path, 'requests'));
    const env = { ...process.env, UV_THREADPOOL_SIZE: '1' };
    const child = spawn(process.execPath, ['-e', blockingServer, ...fifos], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    t.after(async () => {
      child.kill('SIGKILL');
      await exited;
    });
    const [port] = (await once(child.stdout, 'data')) as [Buffer];
    const asked = httpCall(new URL(`http://127.0.0.1:${Number(port)}/`), { method: 'GET', timeoutMs: 500 });
    if (hangs) await assert.rejects(asked, { code: 'timeout' });
    else assert.equal((await asked).status, 200);
  });
}
