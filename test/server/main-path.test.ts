/** The main job with real processes and curl: upload, spread over FIFO peers, download. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type {
  FileDetailView,
  FilesView,
  PeersView,
  PeerView,
  UploadsView,
  UploadView,
} from '../../src/protocols/api/types.ts';
import {
  curl,
  curlJson,
  curlStatus,
  type ServerProcess,
  serverRoot,
  someBytes,
  startPeer,
  startServer,
} from '../programs.testing.ts';

const pieceLength = 65_536;

const server = async (t: TestContext, config?: object): Promise<ServerProcess> => startServer(t, serverRoot(t, config));

function fileWith(root: string, name: string, bytes: Uint8Array): string {
  const path = join(root, name);
  writeFileSync(path, bytes);
  return path;
}

const fetchFile = async ({ url }: ServerProcess, id: string): Promise<Buffer> =>
  (await curl('-f', `${url}/download?file=${id}`)).stdout;

const fileInfo = ({ url }: ServerProcess, id: string): Promise<FileDetailView> =>
  curlJson<FileDetailView>(`${url}/file?id=${id}`);

/** Asks until `holds`; each answer is a reply of the server, so this ends as soon as it is true. */
async function until<Value>(ask: () => Promise<Value>, holds: (value: Value) => boolean): Promise<Value> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const value = await ask();
    if (holds(value)) return value;
    assert.ok(Date.now() < deadline, `still ${JSON.stringify(value)}`);
  }
}

const ways: { name: string; args: (url: string, path: string) => string[] }[] = [
  { name: 'raw body with ?name=', args: (url, path) => ['--data-binary', `@${path}`, `${url}/upload?name=a.bin`] },
  {
    name: 'raw body with X-File-Name',
    args: (url, path) => ['-H', 'X-File-Name: a.bin', '--data-binary', `@${path}`, `${url}/upload`],
  },
  { name: 'curl -T', args: (url, path) => ['-T', path, `${url}/upload/a.bin`] },
  {
    name: 'chunked',
    args: (url, path) => [
      '-T',
      path,
      '-H',
      'Transfer-Encoding: chunked',
      '-H',
      'Content-Length:',
      `${url}/upload/a.bin`,
    ],
  },
  { name: 'a form', args: (url, path) => ['-F', `file=@${path};filename=a.bin`, `${url}/upload`] },
];

test('a file comes in by every way, without any peer, and back unchanged', async (t) => {
  const running = await server(t);
  for (const [index, { name, args }] of ways.entries()) {
    const bytes = someBytes(300_000 + index, name);
    const path = fileWith(running.root, `upload${index}`, bytes);
    const upload = await curlJson<UploadView>(...args(running.url, path));
    assert.equal(upload.name, 'a.bin', name);
    assert.equal(upload.length, bytes.length, name);
    assert.equal(upload.sha256, createHash('sha256').update(bytes).digest('hex'), name);
    assert.equal(upload.state, 'available', name);
    assert.ok((await fetchFile(running, upload.id)).equals(bytes), name);
    assert.ok((await curl('-f', upload.links.download)).stdout.equals(bytes), name);
  }
  const list = await curlJson<FilesView>(`${running.url}/files`);
  assert.equal(list.count, ways.length);
});

for (const length of [0, 1, pieceLength, pieceLength + 1, 10 * pieceLength]) {
  test(`${length} bytes over three peers, two copies of each piece`, async (t) => {
    const running = await server(t);
    await Promise.all(['p1', 'p2', 'p3'].map((id) => startPeer(t, running, id)));
    const bytes = someBytes(length);
    const path = fileWith(running.root, 'a', bytes);
    const { id, pieces } = await curlJson<UploadView>('-T', path, `${running.url}/upload/a.bin`);
    assert.equal(pieces, Math.ceil(length / pieceLength));
    const info = await fileInfo(running, id);
    assert.deepEqual(
      info.piece_map.filter((copies) => copies < 2),
      [],
    );
    assert.ok((await fetchFile(running, id)).equals(bytes));
    const { peers } = await curlJson<PeersView>(`${running.url}/peers`);
    const stored = peers.filter(({ kind }) => kind === 'fifo').map((peer) => peer.pieces);
    assert.equal(
      stored.reduce((sum, count) => sum + count, 0),
      2 * pieces,
    );
    if (pieces >= 3)
      assert.ok(
        stored.every((count) => count > 0),
        'spread over all',
      );
  });
}

test('several files in one form come all, or none', async (t) => {
  const running = await server(t);
  const [one, two] = ['one', 'two'].map((name) => fileWith(running.root, name, someBytes(1000, name)));
  const views = await curlJson<UploadsView>('-F', `file=@${one}`, '-F', `file=@${two}`, `${running.url}/upload`);
  assert.deepEqual([views.count, views.files.map(({ name }) => name)], [2, ['one', 'two']]);
  const bad = ['-F', `file=@${one};filename=three`, '-F', `file=@${two};filename=a/b`];
  assert.equal(await curlStatus(...bad, `${running.url}/upload`), 400);
  assert.equal((await curlJson<FilesView>(`${running.url}/files`)).count, 2);
});

test('the same file again is 200, and listed once', async (t) => {
  const running = await server(t);
  const path = fileWith(running.root, 'a', someBytes(1000));
  assert.equal(await curlStatus('-T', path, `${running.url}/upload/a`), 201);
  assert.equal(await curlStatus('-T', path, `${running.url}/upload/a`), 200);
  assert.equal((await curlJson<FilesView>(`${running.url}/files`)).count, 1);
});

test('pieces wait in temp without peers, and move to the first ones that come', async (t) => {
  const running = await server(t);
  const bytes = someBytes(5 * pieceLength);
  const path = fileWith(running.root, 'a', bytes);
  const { id } = await curlJson<UploadView>('-T', path, `${running.url}/upload/a`);
  assert.deepEqual((await fileInfo(running, id)).peers, [{ id: 'temp', kind: 'temp', pieces: 5, seed: true }]);
  await startPeer(t, running, 'p1');
  await startPeer(t, running, 'p2');
  const info = await until(
    () => fileInfo(running, id),
    ({ peers }) => peers.length === 2 && peers.every(({ kind, seed }) => kind === 'fifo' && seed),
  );
  assert.deepEqual(info.piece_map, Array(5).fill(2));
  assert.ok((await fetchFile(running, id)).equals(bytes));
});

test('files are there after a restart, as soon as their peers are', async (t) => {
  const root = serverRoot(t);
  let running = await startServer(t, root);
  const port = new URL(running.url).port;
  await startPeer(t, running, 'p1');
  const bytes = someBytes(3 * pieceLength + 5);
  const { id } = await curlJson<UploadView>('-T', fileWith(root, 'a', bytes), `${running.url}/upload/a`);
  assert.equal(await running.end(), 0);
  running = await startServer(t, root, '--port', port);
  await until(
    () => fileInfo(running, id),
    ({ state }) => state === 'available',
  );
  assert.ok((await fetchFile(running, id)).equals(bytes));
});

test('after a restart nothing is copied that a peer on its way back has anyway', async (t) => {
  const root = serverRoot(t);
  let running = await startServer(t, root);
  const { port } = new URL(running.url);
  for (const id of ['p1', 'p2', 'p3']) await startPeer(t, running, id);
  const path = fileWith(root, 'a', someBytes(9 * pieceLength));
  await curlJson<UploadView>('-T', path, `${running.url}/upload/a`);
  assert.equal(await running.end('SIGKILL'), 'SIGKILL');
  running = await startServer(t, root, '--port', port);
  const { peers } = await until(
    () => curlJson<PeersView>(`${running.url}/peers`),
    (view) => view.peers.filter(({ state }) => state === 'online').length === 3,
  );
  assert.equal(
    peers.reduce((sum, { pieces }) => sum + pieces, 0),
    2 * 9,
  );
  assert.doesNotMatch(readFileSync(join(root, 'server.log'), 'utf8').split('stopping').at(-1) ?? '', /error/);
});

test('what was acknowledged survives kill -9 of the server', async (t) => {
  const root = serverRoot(t);
  let running = await startServer(t, root);
  const bytes = someBytes(100_000);
  const { id } = await curlJson<UploadView>('-T', fileWith(root, 'a', bytes), `${running.url}/upload/a`);
  assert.equal(await running.end('SIGKILL'), 'SIGKILL');
  running = await startServer(t, root);
  assert.ok((await fetchFile(running, id)).equals(bytes));
});

test('server_init_files/ is listed at start, subfolders too, and not hashed again when unchanged', async (t) => {
  const root = serverRoot(t);
  mkdirSync(join(root, 'server_init_files/sub/folder'), { recursive: true });
  const bytes = someBytes(200_000);
  fileWith(root, 'server_init_files/one.txt', Buffer.from('one'));
  fileWith(root, 'server_init_files/sub/folder/two.bin', bytes);
  let running = await startServer(t, root);
  const { files } = await curlJson<FilesView>(`${running.url}/files`);
  assert.deepEqual(files.map(({ name, state }) => [name, state]).sort(), [
    ['one.txt', 'available'],
    ['two.bin', 'available'],
  ]);
  const two = files.find(({ name }) => name === 'two.bin')?.id as string;
  assert.ok((await fetchFile(running, two)).equals(bytes));
  await running.end();
  running = await startServer(t, root);
  assert.equal((await curlJson<FilesView>(`${running.url}/files`)).count, 2);
  const log = execFileSync('grep', ['-c', 'listed from the init folder', join(root, 'server.log')]).toString();
  assert.equal(log.trim(), '2', 'hashed at the first start only');
  await startPeer(t, running, 'p1');
  await until(
    () => fileInfo(running, two),
    ({ peers }) => peers.some(({ id, seed }) => id === 'p1' && seed),
  );
});

test('a client becomes a peer: it shares the file it downloaded, and is a seed', async (t) => {
  const running = await server(t);
  const bytes = someBytes(4 * pieceLength + 77);
  const { id } = await curlJson<UploadView>('-T', fileWith(running.root, 'a', bytes), `${running.url}/upload/a.iso`);
  const downloaded = join(running.root, 'renamed.iso');
  await curl('-f', '-o', downloaded, `${running.url}/download?file=${id}`);
  await startPeer(t, running, 'me', '--share', downloaded);
  const { peers } = await fileInfo(running, id);
  assert.deepEqual(
    peers.find((peer) => peer.id === 'me'),
    { id: 'me', kind: 'fifo', pieces: 5, seed: true },
  );
});

test('registration by form, by JSON and by datagram; again is no error', async (t) => {
  const running = await server(t);
  await startPeer(t, running, 'p1');
  const form = await curlJson<PeerView>('-d', 'peer-id=p1&ipc-path=peers/p1', `${running.url}/register_peer`);
  assert.deepEqual([form.id, form.state], ['p1', 'online']);
  const json = await curlJson<PeerView>(
    ...['-H', 'Content-Type: application/json', '-d', '{"peer-id":"p1","ipc-path":"peers/p1"}'],
    `${running.url}/register_peer`,
  );
  assert.equal(json.id, 'p1');
  const datagram = await startPeer(t, running, 'p2', '--udp', `127.0.0.1:${running.udpPort}`);
  assert.equal(datagram.ended, false);
  const { peers } = await curlJson<PeersView>(`${running.url}/peers`);
  assert.deepEqual(
    peers.map(({ id, state }) => [id, state]),
    [
      ['p1', 'online'],
      ['p2', 'online'],
    ],
  );
});

test('a removed file is gone, from a peer that was away as well', async (t) => {
  const running = await server(t);
  const p1 = await startPeer(t, running, 'p1');
  const path = fileWith(running.root, 'a', someBytes(200_000));
  const { id } = await curlJson<UploadView>('-T', path, `${running.url}/upload/a`);
  await p1.end('SIGKILL');
  assert.equal(await curlStatus('-X', 'DELETE', `${running.url}/file?id=${id}`), 204);
  assert.equal(await curlStatus(`${running.url}/file?id=${id}`), 404);
  assert.equal(await curlStatus('-X', 'DELETE', `${running.url}/file?id=${id}`), 404);
  await startPeer(t, running, 'p1');
  await until(
    async () => execFileSync('ls', [join(running.root, 'peers/p1')]).toString(),
    (listing) => !listing.includes(id),
  );
});
