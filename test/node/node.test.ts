/** Swarm nodes that fetch from each other, with a server that only knows who has what: real processes, real files. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import type { NodeFilesView } from '../../src/protocols/api/node-types.ts';
import type { FileDetailView } from '../../src/protocols/api/types.ts';
import { aria2, skipWithout } from '../clients/clients.testing.ts';
import {
  curl,
  curlJson,
  curlStatus,
  type ServerProcess,
  serverRoot,
  someBytes,
  startServer,
} from '../programs.testing.ts';
import { download, share, startNode, transfer, until } from './node.testing.ts';

/** A file that is not in any node's folder. */
function fileOf({ root }: Pick<ServerProcess, 'root'>, name: string, length: number) {
  const content = someBytes(length, name);
  const path = join(root, name);
  writeFileSync(path, content);
  return { path, content };
}

const detail = (server: ServerProcess, hash: string): Promise<FileDetailView> =>
  curlJson<FileDetailView>(`${server.url}/file?id=${hash}`);

test('the second node fetches from the first, and not from the server', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const [a, b] = await Promise.all([startNode(t, server, 'a'), startNode(t, server, 'b')]);
  const { path, content } = fileOf(server, 'some.txt', 3_000_001);
  const shared = await share(a, path);
  assert.deepEqual(
    { ...shared, hash: shared.hash.length },
    { name: 'some.txt', piece_length: '65536', pieces: '46', length: '3000001', hash: 40 },
  );
  const { status, body } = await download(b, shared.hash);
  assert.equal(status, 200);
  assert.deepEqual(body, shared);
  assert.ok(readFileSync(join(b.folder, 'some.txt')).equals(content));
  for (const node of [a, b]) assert.deepEqual(await curlJson(`${node.url}/files/some.txt`), shared);
  assert.deepEqual(await curlJson<NodeFilesView>(`${b.url}/files`), { count: '1', files: [shared] });
  assert.equal((await transfer(a, shared.hash))?.uploaded, '3000001');
  assert.equal((await transfer(b, shared.hash))?.downloaded, '3000001');
});

test('a third node gets pieces from both', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const slow = ['--upload-rate', '4000000'];
  const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => startNode(t, server, name, ...slow)));
  assert.ok(a && b && c);
  const { path, content } = fileOf(server, 'three.bin', 4_000_000);
  const { hash } = await share(a, path);
  await download(b, hash);
  await download(c, hash);
  assert.ok(readFileSync(join(c.folder, 'three.bin')).equals(content));
  const [fromA, fromB] = [await transfer(a, hash), await transfer(b, hash)].map((its) => Number(its?.uploaded));
  assert.ok(Number(fromA) > 4_000_000, `the first sent ${fromA} in all: b's share, and some of c's`);
  assert.ok(Number(fromB) > 0, `the second sent ${fromB}`);
  // At the end the same blocks may be asked of both.
  const all = Number(fromA) + Number(fromB);
  assert.ok(all >= 8_000_000 && all < 8_200_000, `${all}: nothing came from elsewhere, and next to nothing twice`);
});

test('nodes that fetch the same file at once serve each other, and the server shows which pieces each has', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const source = await startNode(t, server, 'source', '--upload-rate', '1500000');
  const { path, content } = fileOf(server, 'at-once.bin', 3_000_000);
  const { hash } = await share(source, path);
  const nodes = await Promise.all(['a', 'b', 'c'].map((name) => startNode(t, server, name)));
  const downloads = nodes.map((node) => download(node, hash));
  // In the middle: each node has some pieces, as the server sees them.
  await until(
    () => detail(server, hash),
    ({ peers }) => peers.length === 4 && peers.filter(({ pieces }) => pieces > 0 && pieces < 46).length === 3,
  );
  for (const { status } of await Promise.all(downloads)) assert.equal(status, 200);
  for (const { folder } of nodes) assert.ok(readFileSync(join(folder, 'at-once.bin')).equals(content));
  const sent = Number((await transfer(source, hash))?.uploaded);
  assert.ok(sent < 2 * content.length, `the source sent ${sent} bytes: less than two copies for three nodes`);
  await until(
    () => detail(server, hash),
    ({ peers }) => peers.filter(({ seed }) => seed).length === 4,
  );
});

test('what a node alone has downloads from the server, and by any client', { skip: skipWithout(aria2) }, async (t) => {
  const server = await startServer(t, serverRoot(t));
  const a = await startNode(t, server, 'a');
  const { path, content } = fileOf(server, 'alone.bin', 1_000_000);
  const { hash } = await share(a, path);
  await until(
    () => detail(server, hash),
    ({ state }) => state === 'available',
  );
  assert.ok((await curl('-f', `${server.url}/download?file=${hash}`)).stdout.equals(content));
  const torrent = join(server.root, 'alone.torrent');
  await curl('-f', '-o', torrent, `${server.url}/torrent?file=${hash}`);
  const folder = join(server.root, 'aria2');
  mkdirSync(folder);
  await aria2.download(t, { what: torrent, folder, wire: a.wire });
  assert.ok(readFileSync(join(folder, 'alone.bin')).equals(content));
});

test('a node started anew shares what it had, and goes on with what it had not finished', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const source = await startNode(t, server, 'source', '--upload-rate', '1000000');
  const { path, content } = fileOf(server, 'again.bin', 3_000_000);
  const { hash } = await share(source, path);
  const first = await startNode(t, server, 'a');
  const waiting = download(first, hash);
  waiting.catch(() => {}); // the connection is cut with the node
  await until(
    () => transfer(first, hash),
    (its) => Number(its?.have) >= 10,
  );
  await first.end('SIGKILL');
  const second = await startNode(t, server, 'a');
  assert.equal((await download(second, hash)).status, 200);
  assert.ok(readFileSync(join(second.folder, 'again.bin')).equals(content));
  const fetched = Number((await transfer(second, hash))?.downloaded);
  assert.ok(fetched <= 37 * 65_536, `${fetched} bytes were fetched by the second: not again what the first had`);
  assert.equal(await second.end(), 0);
  const third = await startNode(t, server, 'a');
  assert.equal((await curlJson<{ hash: string }>(`${third.url}/files/again.bin`)).hash, hash);
});

test('a source that dies in mid-download is replaced', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const [a, b] = await Promise.all(['a', 'b'].map((name) => startNode(t, server, name, '--upload-rate', '1000000')));
  assert.ok(a && b);
  const { path, content } = fileOf(server, 'dying.bin', 2_000_000);
  const { hash } = await share(a, path);
  await share(b, path);
  const c = await startNode(t, server, 'c');
  const waiting = download(c, hash);
  await until(
    () => transfer(c, hash),
    (its) => its?.peers.some(({ port, downloaded }) => a.wire.endsWith(`:${port}`) && Number(downloaded) > 0) === true,
  );
  await a.end('SIGKILL');
  assert.equal((await waiting).status, 200);
  assert.ok(readFileSync(join(c.folder, 'dying.bin')).equals(content));
});

test('with no source left a node says so, and goes on when one comes back', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const a = await startNode(t, server, 'a', '--upload-rate', '1000000');
  const { path, content } = fileOf(server, 'lost.bin', 2_000_000);
  const { hash } = await share(a, path);
  const b = await startNode(t, server, 'b');
  const waiting = download(b, hash);
  await until(
    () => transfer(b, hash),
    (its) => Number(its?.have) > 0,
  );
  await a.end('SIGKILL');
  const { status, body } = await waiting;
  assert.equal(status, 503);
  assert.match(JSON.stringify(body), /no peer gives \d+ pieces of lost\.bin; the download goes on when one does/);
  assert.equal((await transfer(b, hash))?.state, 'waiting');
  assert.equal((await download(b, hash)).status, 503, 'at once, as long as that is so');
  await startNode(t, server, 'a');
  await until(
    () => curlStatus(`${b.url}/files/lost.bin`),
    (code) => code === 200,
  );
  assert.ok(readFileSync(join(b.folder, 'lost.bin')).equals(content));
});

test('a server that was started anew gets to know its nodes again', async (t) => {
  const root = serverRoot(t);
  const before = await startServer(t, root);
  const { port } = new URL(before.url);
  const a = await startNode(t, before, 'a');
  const { path } = fileOf(before, 'known.bin', 300_000);
  const { hash } = await share(a, path);
  await until(
    () => detail(before, hash),
    ({ peers }) => peers.length === 1,
  );
  await before.end();
  const after = await startServer(t, root, '--port', port);
  const { peers } = await until(
    () => detail(after, hash),
    (its) => its.peers.length === 1,
  );
  assert.deepEqual(
    peers.map(({ kind, seed }) => [kind, seed]),
    [['wire', true]],
  );
});

test('a file that has changed is not given any more', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const a = await startNode(t, server, 'a');
  const { path } = fileOf(server, 'changed.bin', 200_000);
  const { hash } = await share(a, path);
  appendFileSync(path, 'more');
  const b = await startNode(t, server, 'b');
  assert.equal((await download(b, hash)).status, 503);
  assert.equal(await transfer(a, hash), undefined);
  assert.ok(!existsSync(join(b.folder, 'changed.bin')));
  const again = await share(a, path);
  assert.notEqual(again.hash, hash);
  assert.equal((await download(b, again.hash)).status, 200);
});

const refusals = [
  { name: 'no JSON', path: '/upload', body: 'name=x', status: 400, says: /not JSON/ },
  { name: 'a number for a name', path: '/upload', body: '{"name": 1}', status: 400, says: /must be a string/ },
  { name: 'no name', path: '/upload', body: '{}', status: 400, says: /absolute path of a file; it is missing/ },
  { name: 'a relative path', path: '/upload', body: '{"name": "some.txt"}', status: 400, says: /it is .*some\.txt/ },
  {
    name: 'a file that is not there',
    path: '/upload',
    body: '{"name": "/no/such"}',
    status: 400,
    says: /is not a file/,
  },
  { name: 'a folder', path: '/upload', body: '{"name": "/tmp"}', status: 400, says: /not a file/ },
  { name: 'a device', path: '/upload', body: '{"name": "/dev/zero"}', status: 400, says: /not a file/ },
  { name: 'no hash', path: '/download', body: '{}', status: 400, says: /40 hex digits; it is missing/ },
  { name: 'a short hash', path: '/download', body: '{"hash": "c9e1"}', status: 400, says: /it is .*c9e1/ },
  {
    name: 'a hash of nothing',
    path: '/download',
    body: `{"hash": "${'0'.repeat(40)}"}`,
    status: 404,
    says: /no file/i,
  },
] as const;

test('what is asked wrongly is refused, and why is said', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const a = await startNode(t, server, 'a');
  for (const { name, path, body, status, says } of refusals) {
    const { stdout } = await curl('-w', '\n%{http_code}', '-d', body, a.url + path);
    assert.match(stdout.toString(), new RegExp(`\\n${status}$`), `${name}: ${stdout}`);
    assert.match(stdout.toString(), says, name);
  }
  assert.equal(await curlStatus(`${a.url}/files/nothing`), 404);
  assert.equal(await curlStatus(`${a.url}/upload`), 405);
  const foreign = ['-H', 'Origin: http://evil.example', '-d', '{"name": "/etc/passwd"}'];
  assert.equal(await curlStatus(...foreign, `${a.url}/upload`), 403, 'a page of another site');
  assert.equal(await curlStatus('-H', 'Host: evil.example', `${a.url}/files`), 421, 'a name that was rebound');
  await server.end();
  assert.equal(await curlStatus(`${a.url}/files`), 503, 'without its server');
});

test('a name that is taken in the folder by something else', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const [a, b] = await Promise.all([startNode(t, server, 'a'), startNode(t, server, 'b')]);
  const { path, content } = fileOf(server, 'taken.txt', 100_000);
  const { hash } = await share(a, path);
  const target = join(b.folder, 'taken.txt');
  writeFileSync(target, 'mine');
  const { status, body } = await download(b, hash);
  assert.equal(status, 409);
  assert.match(JSON.stringify(body), /taken\.txt is there, and is something else/);
  assert.equal(readFileSync(target, 'utf8'), 'mine');
  renameSync(target, `${target}.mine`);
  assert.equal((await download(b, hash)).status, 200);
  assert.ok(readFileSync(target).equals(content));
});

test('one node for each folder', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const a = await startNode(t, server, 'a');
  await assert.rejects(startNode(t, server, 'a'), /is in use by process/);
  await a.end('SIGKILL');
  rmSync(join(server.root, 'a'), { recursive: true });
  await startNode(t, server, 'a');
});

test('a file that is removed from a node is shared no more, and stays where it is', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const a = await startNode(t, server, 'a', '--upload-rate', '300000');
  const { path } = fileOf(server, 'given.bin', 1_000_000);
  const { hash } = await share(a, path);
  const b = await startNode(t, server, 'b');
  const waiting = download(b, hash);
  await until(
    () => transfer(b, hash),
    (its) => Number(its?.have) > 0,
  );
  assert.equal(await curlStatus('-X', 'DELETE', `${b.url}/files/given.bin`), 204);
  assert.equal((await waiting).status, 409, 'who waits for it is told');
  assert.ok(!existsSync(join(b.folder, `${hash}.part`)), 'what was downloaded in part is gone');
  assert.equal(await curlStatus('-X', 'DELETE', `${b.url}/files/given.bin`), 404);
  assert.equal(await curlStatus('-X', 'DELETE', `${a.url}/files/given.bin`), 204);
  assert.ok(existsSync(path));
  assert.equal(await curlStatus(`${a.url}/files/given.bin`), 404);
  await a.end();
  const again = await startNode(t, server, 'a');
  assert.equal(await transfer(again, hash), undefined, 'the next one does not know it either');
});

test('a server that falls silent neither ends a node nor keeps it from ending', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const a = await startNode(t, server, 'a', '--upload-rate', '100000');
  const { path } = fileOf(server, 'silent.bin', 2_000_000);
  const { hash } = await share(a, path);
  const b = await startNode(t, server, 'b');
  const waiting = download(b, hash);
  await until(
    () => transfer(b, hash),
    (its) => Number(its?.have) > 0,
  );
  await a.end('SIGKILL');
  server.child.kill('SIGSTOP');
  t.after(() => server.child.kill('SIGCONT'));
  // Its tracker is waited for, and meanwhile the node sees that the server is not among the peers.
  assert.equal(await curlStatus('-X', 'DELETE', `${b.url}/files/silent.bin`), 204);
  assert.equal((await waiting).status, 409);
  const asked = httpRequest(`${b.url}/upload`, { method: 'POST' }).end(JSON.stringify({ name: path }));
  const answered = once(asked, 'response');
  await once(asked, 'finish'); // before the next request, which the node gets after it
  assert.equal(await curlStatus(`${b.url}/healthz`), 200);
  assert.equal(await b.end(), 0);
  const [{ statusCode }] = await answered;
  assert.equal(statusCode, 503, 'who waits for an answer gets one');
});
