/**
 * A disk that gives I/O errors, as the server sees it: a copy that cannot be read is no copy. It is kept and asked last,
 * good copies are never given up for it, and it counts again once it reads well.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { breath } from '../../src/async/breath.testing.ts';
import type { PeerId } from '../../src/bytes/ids.ts';
import type { FileDetailView, PeersView, UploadView } from '../../src/protocols/api/types.ts';
import type { IpcRequest } from '../../src/protocols/ipc/types.ts';
import { FakePeer } from '../../src/storage/fifo/fifo-peer.testing.ts';
import {
  curl,
  curlJson,
  type ServerProcess,
  serverRoot,
  someBytes,
  startPeer,
  startServer,
} from '../programs.testing.ts';

const pieces = 12;
const content = someBytes(pieces * 1024);

/** A server with a peer of ours, p1, and one whose disk can be made sick, and a file on both. */
async function scene(t: TestContext) {
  const root = serverRoot(t, { piece_size: 1024, replicas: 2, repair_delay: 0, ipc_roots: ['peers', tmpdir()] });
  const server = await startServer(t, root);
  const p1 = await startPeer(t, server, 'p1');
  const sick = await FakePeer.start(t, 'sick' as PeerId);
  await curl('-d', 'peer-id=sick', '--data-urlencode', `ipc-path=${sick.directory}`, `${server.url}/register_peer`);
  const path = join(root, 'upload');
  writeFileSync(path, content);
  const { id } = await curlJson<UploadView>('-T', path, `${server.url}/upload/a.bin`);
  return { server, p1, sick, id };
}

/** Every read of the disk fails from now on. */
function failReads(peer: FakePeer, verbs: readonly IpcRequest['verb'][] = ['GET_PART', 'VERIFY_PART']): void {
  peer.answer = ({ verb, seq }) => (verbs.includes(verb) ? `ERR seq=${seq} code=io message=EIO\n` : undefined);
}

const verify = (server: ServerProcess) => curl('-X', 'POST', `${server.url}/verify_peers`);
const fileInfo = (server: ServerProcess, id: string) => curlJson<FileDetailView>(`${server.url}/file?id=${id}`);

async function until(server: ServerProcess, id: string, holds: (file: FileDetailView) => boolean) {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const file = await fileInfo(server, id);
    if (holds(file)) return file;
    assert.ok(Date.now() < deadline, `still ${JSON.stringify(file)}`);
    await breath();
  }
}

const unreadableAt = ({ peers }: FileDetailView, peer: string) => peers.find(({ id }) => id === peer)?.unreadable;

test('unreadable copies count for nothing, and good ones are made elsewhere before the good peer dies', async (t) => {
  const { server, p1, sick, id } = await scene(t);
  assert.equal((await fileInfo(server, id)).replicas, 2);
  failReads(sick);
  // Found out before a third peer comes: until then a copy that nobody has read may move to it, and be dropped.
  await verify(server);
  await startPeer(t, server, 'p3');
  const file = await until(server, id, ({ piece_map }) => piece_map.every((copies) => copies === 2));
  assert.equal(unreadableAt(file, 'sick'), pieces);
  assert.deepEqual(
    file.peers.filter((peer) => peer.id !== 'sick').map((peer) => [peer.id, peer.pieces]),
    [
      ['p1', pieces],
      ['p3', pieces],
    ],
  );
  const { peers } = await curlJson<PeersView>(`${server.url}/peers`);
  assert.equal(peers.find((peer) => peer.id === 'sick')?.unreadable_pieces, pieces);
  assert.match((await curl(`${server.url}/metrics`)).stdout.toString(), /^rivulet_unreadable_pieces 12$/m);
  const text = await curl('-H', 'Accept: text/plain', `${server.url}/file?id=${id}`);
  assert.match(text.stdout.toString(), /^sick .* 0\/12 {2}!{12}$/m);
  assert.equal(
    sick.requests.filter(({ verb }) => verb === 'DROP_PART' || verb === 'DROP_FILE').length,
    0,
    'it is kept',
  );
  await p1.end('SIGKILL');
  assert.ok((await curl('-f', `${server.url}/download?file=${id}`)).stdout.equals(content));
});

test('without a place for good copies nothing is called healed, and the shown copies are those that can be read', async (t) => {
  const { server, id, sick } = await scene(t);
  failReads(sick);
  const { stdout } = await verify(server);
  assert.match(stdout.toString(), /"unhealed":12/);
  const file = await fileInfo(server, id);
  assert.deepEqual([file.replicas, file.state, unreadableAt(file, 'sick')], [1, 'available', pieces]);
  sick.answer = () => undefined;
  await verify(server);
  const well = await fileInfo(server, id);
  assert.deepEqual([well.replicas, unreadableAt(well, 'sick')], [2, undefined], 'what reads well again counts again');
});

test('a peer that registers anew lists its unreadable copies, and they do not count for that', async (t) => {
  const { server, id, sick } = await scene(t);
  failReads(sick);
  await verify(server);
  await curl('-d', 'peer-id=sick', '--data-urlencode', `ipc-path=${sick.directory}`, `${server.url}/register_peer`);
  assert.equal((await fileInfo(server, id)).replicas, 1);
});

test('an unreadable copy is the last resort: 503 names it while it fails, and it serves once it reads', async (t) => {
  const { server, p1, id, sick } = await scene(t);
  failReads(sick);
  await verify(server);
  await p1.end('SIGKILL');
  await until(server, id, ({ state }) => state === 'unavailable');
  const refused = await curl('-H', 'Accept: application/json', `${server.url}/download?file=${id}`);
  assert.match(refused.stdout.toString(), /sick \(could not be read\)/);
  sick.answer = () => undefined;
  assert.ok((await curl('-f', `${server.url}/download?file=${id}`)).stdout.equals(content));
  assert.equal((await fileInfo(server, id)).replicas, 1);
});

test('control: a peer that reads well is not called unreadable by a verification', async (t) => {
  const { server, id } = await scene(t);
  await verify(server);
  const file = await fileInfo(server, id);
  assert.deepEqual([file.replicas, unreadableAt(file, 'sick')], [2, undefined]);
});
