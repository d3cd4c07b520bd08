/**
 * Older metadata over newer peers, as users restore backups: whatever the server made of it, the right metadata brought
 * back finds every file again.
 */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { breath } from '../../src/async/breath.testing.ts';
import type { FilesView, UploadView } from '../../src/protocols/api/types.ts';
import {
  curl,
  curlJson,
  type ServerProcess,
  serverRoot,
  someBytes,
  startPeer,
  startServer,
} from '../programs.testing.ts';

const content = someBytes(200_000);

/** A server with one file on two peers, ended by kill -9; the peers go on. */
async function scene(t: TestContext, ...peerFlags: string[]) {
  const root = serverRoot(t);
  const server = await startServer(t, root);
  // They register with the first server's URL only: later servers find them by the ledger.
  for (const id of ['p1', 'p2']) await startPeer(t, server, id, ...peerFlags);
  const path = join(root, 'upload');
  writeFileSync(path, content);
  const { id } = await curlJson<UploadView>('-T', path, `${server.url}/upload/a.bin`);
  return { root, server, id, journal: join(root, 'metadata', 'journal') };
}

/** Waits for what no event tells. */
async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 30_000; !(await holds()); await breath()) {
    assert.ok(Date.now() < deadline, `still not: ${what}`);
  }
}

const peersHave = (root: string, id: string): boolean[] =>
  ['p1', 'p2'].map((peer) => existsSync(join(root, 'peers', peer, `${id}.data`)));

const isWhole = async ({ url }: ServerProcess, id: string): Promise<boolean> =>
  (await curl(`${url}/download?file=${id}`)).stdout.equals(content);

test('a file that a backup has, and that was removed since, is there again with that backup', async (t) => {
  const { root, server, id, journal } = await scene(t);
  copyFileSync(journal, join(root, 'backup'));
  await curl('-f', '-X', 'DELETE', `${server.url}/file?id=${id}`);
  assert.deepEqual(peersHave(root, id), [false, false]);
  for (const peer of ['p1', 'p2']) assert.equal(readdirSync(join(root, 'peers', peer, 'aside')).length, 3);
  await server.end('SIGKILL');
  copyFileSync(join(root, 'backup'), journal);
  const again = await startServer(t, root);
  await until('it can be downloaded', () => isWhole(again, id));
  await until('both peers have it', () => peersHave(root, id).every(Boolean));
});

test('control: peers that put nothing aside have nothing to give back', async (t) => {
  const { root, server, id, journal } = await scene(t, '--drop-delay', '0');
  copyFileSync(journal, join(root, 'backup'));
  await curl('-f', '-X', 'DELETE', `${server.url}/file?id=${id}`);
  await server.end('SIGKILL');
  copyFileSync(join(root, 'backup'), journal);
  const again = await startServer(t, root);
  await until('both peers are online', async () => {
    const { peers } = await curlJson<{ peers: { state: string }[] }>(`${again.url}/peers`);
    return peers.filter(({ state }) => state === 'online').length === 2;
  });
  assert.equal(await isWhole(again, id), false);
});

const isOlder = async ({ url }: ServerProcess): Promise<boolean> =>
  (await curl(`${url}/readyz`)).stdout.includes('warning: the metadata');

const asides = (root: string): number[] =>
  ['p1', 'p2'].map((peer) => {
    const folder = join(root, 'peers', peer, 'aside');
    return existsSync(folder) ? readdirSync(folder).length : 0;
  });

test('metadata older than its peers says so, has nothing dropped whatever it writes, until it is accepted', async (t) => {
  const { root, server, id, journal } = await scene(t);
  await until('the peers were told the epoch', () => {
    const epoch = readFileSync(journal, 'latin1').split('\n').length - 1;
    return ['p1', 'p2'].every((peer) => {
      const path = join(root, 'peers', peer, 'epoch');
      return existsSync(path) && Number(readFileSync(path, 'latin1')) === epoch;
    });
  });
  await server.end('SIGKILL');
  const lines = readFileSync(journal, 'latin1').split('\n');
  const cut = lines.findIndex((line) => line.includes('"type":"arriving"') && line.includes(id));
  writeFileSync(journal, `${lines.slice(0, cut + 1).join('\n')}\n`, 'latin1');

  const old = await startServer(t, root);
  await until('it says so', () => isOlder(old));
  await until('the log says so', () =>
    /is OLDER than what a peer has seen/.test(readFileSync(join(root, 'server.log'), 'utf8')),
  );
  for (const name of ['b', 'c', 'd']) {
    await curl('-f', '-X', 'PUT', '--data-binary', name, `${old.url}/upload/${name}.txt`);
  }
  await old.end();
  const again = await startServer(t, root);
  assert.equal(await isOlder(again), true, 'it is kept, and what was written since does not make it newer');
  await until('both peers are online', async () => {
    const { peers } = await curlJson<{ peers: { state: string }[] }>(`${again.url}/peers`);
    return peers.filter(({ state }) => state === 'online').length === 2;
  });
  await again.end();
  assert.deepEqual(
    [peersHave(root, id), asides(root)],
    [
      [true, true],
      [0, 0],
    ],
  );

  const accepted = await startServer(t, root, '--accept-older-metadata');
  await until('control: what is accepted drops', () => peersHave(root, id).every((has) => !has));
  assert.equal(await isOlder(accepted), false);
});

test('a journal cut behind what was arriving loses nothing once the right one is back', async (t) => {
  const { root, server, id, journal } = await scene(t);
  await server.end('SIGKILL');
  const right = readFileSync(journal);
  const lines = right.toString('latin1').split('\n');
  const cut = lines.findIndex((line) => line.includes('"type":"arriving"') && line.includes(id));
  assert.ok(cut >= 0, 'control: the file was announced before it came');
  writeFileSync(journal, `${lines.slice(0, cut + 1).join('\n')}\n`);
  const old = await startServer(t, root);
  await until('both peers are online', async () => {
    const { peers } = await curlJson<{ peers: { state: string }[] }>(`${old.url}/peers`);
    return peers.filter(({ state }) => state === 'online').length === 2;
  });
  assert.deepEqual((await curlJson<FilesView>(`${old.url}/files`)).files, [], 'control: it is not listed');
  await curl('-f', '-X', 'PUT', '--data-binary', 'more', `${old.url}/upload/more.txt`);
  await old.end('SIGKILL');
  writeFileSync(journal, right);
  const again = await startServer(t, root);
  await until('it can be downloaded', () => isWhole(again, id));
  await until('both peers have it', () => peersHave(root, id).every(Boolean));
});
