/** `rivulet server --peers N`: peers that die are back, and none outlives the server. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { breath } from '../../src/async/breath.testing.ts';
import { curlJson, type ServerProcess, serverRoot, startPeer, startServer } from '../programs.testing.ts';

/** The process of a storage peer; undefined when there is none, or a zombie that nobody has waited for yet. */
function pidOf({ root }: ServerProcess, id: string): number | undefined {
  const directory = join(root, 'peers', id);
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found = pids.find((pid) => read(`/proc/${pid}/cmdline`).includes(`peer\0${id}\0--dir\0${directory}\0`));
  return found === undefined ? undefined : Number(found);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // it has ended since
  }
}

async function isOnline({ url }: ServerProcess, id: string): Promise<boolean> {
  const { peers } = await curlJson<{ peers: { id: string; state: string }[] }>(`${url}/peers`);
  return peers.some((peer) => peer.id === id && peer.state === 'online');
}

test('a local peer that is killed is back at once', async (t) => {
  const server = await startServer(t, serverRoot(t), '--peers', '2');
  const before = pidOf(server, 'p1');
  assert.ok(before !== undefined);
  process.kill(before, 'SIGKILL');
  let now = pidOf(server, 'p1');
  while (now === undefined || now === before) {
    await breath();
    now = pidOf(server, 'p1');
  }
  while (!(await isOnline(server, 'p1'))) await breath();
  assert.match(readFileSync(join(server.root, 'server.log'), 'utf8'), /the local peer p1 has ended: SIGKILL/);
});

test('kill -9 of the server ends its peers, with their FIFOs and locks; a peer started by hand stays', async (t) => {
  const root = serverRoot(t);
  const server = await startServer(t, root, '--peers', '2');
  const own = await startPeer(t, server, 'own');
  await server.end('SIGKILL');
  while (pidOf(server, 'p1') !== undefined || pidOf(server, 'p2') !== undefined) await breath();
  for (const id of ['p1', 'p2']) assert.deepEqual(readdirSync(join(root, 'peers', id)), ['epoch']);
  assert.deepEqual([own.ended, existsSync(join(root, 'peers/own/requests'))], [false, true], 'the control');
});

test('with another number of disk threads, too, which takes a process more', async (t) => {
  const root = serverRoot(t, { concurrency: { io_threads: 6 } });
  const server = await startServer(t, root, '--peers', '1');
  await server.end('SIGKILL');
  while (pidOf(server, 'p1') !== undefined) await breath();
  assert.deepEqual(readdirSync(join(root, 'peers/p1')), ['epoch']);
});
