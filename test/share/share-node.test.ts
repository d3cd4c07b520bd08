/** `rivulet share --node`: what a user of the directory registers is in the swarm as well. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { FileDetailView } from '../../src/protocols/api/types.ts';
import { until } from '../node/node.testing.ts';
import { curlJson, rivulet, run, serverRoot, someBytes, startServer } from '../programs.testing.ts';
import { startSharer } from './share.testing.ts';

test('what is registered is shared as a torrent too, under the id that an upload would give it', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const content = someBytes(300_000, 'song');
  const path = join(server.root, 'song.ogg');
  writeFileSync(path, content);
  const ada = await startSharer(t, 'ada', server, '--node', '--swarm', server.url);
  const said = await ada.type(`register ${path}`, /is in the swarm as [0-9a-f]{40}$/);
  const [, id = ''] = /as ([0-9a-f]{40})$/.exec(said.at(-1) ?? '') ?? [];
  assert.deepEqual(await ada.list('list-files'), [`ada : ${path}`]);

  const into = join(server.root, 'got');
  const { code, stderr } = await run(rivulet, ['get', id, '--server', server.url, '-o', into]);
  assert.equal(code, 0, stderr);
  assert.ok(readFileSync(join(into, 'song.ogg')).equals(content));

  const uploaded = await curlJson<{ id: string }>('-T', path, `${server.url}/upload/`);
  assert.equal(uploaded.id, id);

  await ada.type(`unregister ${path}`, /^unregistered/);
  const others = ({ peers }: FileDetailView): boolean => peers.every(({ kind }) => kind !== 'wire');
  await until(() => curlJson<FileDetailView>(`${server.url}/file?id=${id}`), others);
  assert.equal(await ada.quit(), 0);
});

test('what was downloaded from another user is in the swarm too; the node ends with its user, however that comes', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const path = join(server.root, 'talk.txt');
  writeFileSync(path, 'a talk');
  const ada = await startSharer(t, 'ada', server);
  await ada.type(`register ${path}`, /^registered/);
  const bob = await startSharer(t, 'bob', server, '--node', '--swarm', server.url);
  mkdirSync(join(bob.folder, 'got'));
  const said = await bob.type(`download ada ${path} got/`, /is in the swarm as/);
  const [, id = ''] = /as ([0-9a-f]{40})$/.exec(said.at(-1) ?? '') ?? [];
  const detail = (): Promise<FileDetailView> => curlJson<FileDetailView>(`${server.url}/file?id=${id}`);
  await until(detail, ({ peers }) => peers.length === 1);
  await bob.running.end('SIGKILL');
  await until(detail, ({ peers }) => peers.length === 0);
});

test('without a server for it, the node does not start', async (t) => {
  const server = await startServer(t, serverRoot(t));
  await assert.rejects(
    startSharer(t, 'ada', server, '--node', '--swarm', 'http:/nowhere', '--host', '192.0.2.1'),
    /EADDRNOTAVAIL|did not start/,
  );
});
