/** What goes wrong, with real processes: peers that die, freeze or lie, clients that leave, input that is nonsense. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { breath } from '../../src/async/breath.testing.ts';
import type { FileDetailView, FilesView, PeersView, UploadView } from '../../src/protocols/api/types.ts';
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

async function serverWith(t: TestContext, ids: readonly string[], config: object = {}) {
  const server = await startServer(t, serverRoot(t, config));
  const peers = await Promise.all(ids.map((id) => startPeer(t, server, id)));
  return { server, peers };
}

async function upload({ root, url }: ServerProcess, bytes: Uint8Array, name = 'a.bin'): Promise<string> {
  const path = join(root, 'upload');
  writeFileSync(path, bytes);
  return (await curlJson<UploadView>('-T', path, `${url}/upload/${name}`)).id;
}

/** A download that is paused in the middle: the client has read the head, and reads on when it is told to. */
async function pausedDownload({ url }: ServerProcess, id: string) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.write(`GET /download?file=${id} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`);
  await once(socket, 'readable');
  const closed = once(socket, 'close');
  const rest = async (): Promise<Buffer> => {
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => {}); // a reset is one way to be cut
    await closed;
    const whole = Buffer.concat(chunks);
    return whole.subarray(whole.indexOf('\r\n\r\n') + 4);
  };
  return { rest };
}

/** More than the kernel takes in for a client that does not read: the server is still sending when the peer dies. */
const large = someBytes(24 * 1024 * 1024);

test('a peer killed in the middle of a download: the other has everything, the client notices nothing', async (t) => {
  const { server, peers } = await serverWith(t, ['p1', 'p2']);
  const id = await upload(server, large);
  const download = await pausedDownload(server, id);
  await peers[0]?.end('SIGKILL');
  assert.ok((await download.rest()).equals(large));
});

test('the last holder killed in the middle: the connection is cut, never a short success', async (t) => {
  const { server, peers } = await serverWith(t, ['p1']);
  const id = await upload(server, large);
  const download = await pausedDownload(server, id);
  await peers[0]?.end('SIGKILL');
  const received = await download.rest();
  assert.ok(received.length < large.length);
  assert.ok(received.equals(large.subarray(0, received.length)), 'what came is right');
  const { code } = await curl('-o', '/dev/null', '-f', `${server.url}/download?file=${id}`);
  assert.equal(code, 22, '503, now that it is known before the status line');
  const problem = await curlJson<{ detail: string }>(
    '-H',
    'Accept: application/json',
    `${server.url}/download?file=${id}`,
  );
  assert.match(
    problem.detail,
    /nobody online has 384 of the pieces needed: 0-383\. They were with p1 \(last seen 20[-0-9]+ [0-9:]+ UTC\)/,
  );
});

test('a first piece that turns out to be bad is a 503, not a broken 200', async (t) => {
  const { server } = await serverWith(t, ['p1']);
  const id = await upload(server, someBytes(1000));
  await flipBit(join(server.root, 'peers/p1', `${id}.data`), 10);
  assert.equal(await curlStatus(`${server.url}/download?file=${id}`), 503);
});

test('curl reports a partial file (exit 18) when a piece is lost in mid-stream', async (t) => {
  const { server } = await serverWith(t, ['p1']);
  const id = await upload(server, large);
  // The last piece on the peer's disk is damaged: it is found out when it is read, after the status line.
  await flipBit(join(server.root, 'peers/p1', `${id}.data`), large.length - 10);
  const { code } = await curl('-o', '/dev/null', `${server.url}/download?file=${id}`);
  assert.equal(code, 18);
});

async function flipBit(path: string, position: number): Promise<void> {
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, position);
  byte.writeUInt8(byte.readUInt8(0) ^ 1);
  await file.write(byte, 0, 1, position);
  await file.close();
}

test('a wrong byte on a disk is never sent: the other copy is, and the bad one is mended', async (t) => {
  const { server } = await serverWith(t, ['p1', 'p2']);
  const bytes = someBytes(3 * pieceLength);
  const id = await upload(server, bytes);
  await flipBit(join(server.root, 'peers/p1', `${id}.data`), pieceLength + 100);
  const info = (): Promise<FileDetailView> => curlJson<FileDetailView>(`${server.url}/file?id=${id}`);
  // Which copy is read is a matter of chance: until the bad one was tried, and found out, and written anew.
  const log = (): string => readFileSync(join(server.root, 'server.log'), 'utf8');
  while (!log().includes('do not hash')) {
    assert.ok((await curl('-f', `${server.url}/download?file=${id}`)).stdout.equals(bytes));
  }
  while ((await info()).replicas < 2)
    assert.ok((await curl('-f', `${server.url}/download?file=${id}`)).stdout.equals(bytes));
  const onDisk = readFileSync(join(server.root, 'peers/p1', `${id}.data`));
  assert.ok(onDisk.equals(bytes), 'mended');
  const { peers } = await curlJson<PeersView>(`${server.url}/peers`);
  assert.deepEqual(Object.fromEntries(peers.map((peer) => [peer.id, peer.corrupt_pieces])), { p1: 1, p2: 0 });
});

test('a frozen peer delays a download by no more than the timeout, and comes back by itself', async (t) => {
  const { server, peers } = await serverWith(t, ['p1', 'p2']);
  const bytes = someBytes(8 * pieceLength);
  const id = await upload(server, bytes);
  peers[0]?.child.kill('SIGSTOP');
  const started = Date.now();
  assert.ok((await curl('-f', `${server.url}/download?file=${id}`)).stdout.equals(bytes));
  assert.ok(Date.now() - started < 15_000);
  peers[0]?.child.kill('SIGCONT');
  const state = async (): Promise<string | undefined> =>
    (await curlJson<PeersView>(`${server.url}/peers`)).peers.find((peer) => peer.id === 'p1')?.state;
  while ((await state()) !== 'online') await breath();
});

test('a client that leaves in the middle of an upload leaves no trace', async (t) => {
  const { server } = await serverWith(t, []);
  const { hostname, port } = new URL(server.url);
  const uploads = join(server.root, 'temp/uploads');
  const socket = connect(Number(port), hostname);
  socket.write(`PUT /upload/half HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: 1000000\r\n\r\n`);
  socket.write(someBytes(500_000));
  while (readdirSync(uploads).length === 0) await breath();
  socket.destroy();
  while (readdirSync(uploads).length > 0) await breath();
  assert.equal((await curlJson<FilesView>(`${server.url}/files`)).count, 0);
});

test('a body shorter than its Content-Length is not taken for a file', async (t) => {
  const { server } = await serverWith(t, []);
  const { hostname, port } = new URL(server.url);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
  socket.end(`PUT /upload/short HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: 10\r\n\r\nfive!`);
  socket.resume();
  await once(socket, 'close');
  assert.equal((await curlJson<FilesView>(`${server.url}/files`)).count, 0);
});

test('an upload larger than allowed is refused, as soon as that is known', async (t) => {
  const { server } = await serverWith(t, [], { http: { port: 0, max_upload_bytes: 1000 } });
  const path = join(server.root, 'big');
  writeFileSync(path, someBytes(1001));
  assert.equal(await curlStatus('-T', path, `${server.url}/upload/big`), 413);
  assert.equal(
    await curlStatus(
      '-T',
      path,
      '-H',
      'Transfer-Encoding: chunked',
      '-H',
      'Content-Length:',
      `${server.url}/upload/big`,
    ),
    413,
  );
  writeFileSync(path, someBytes(1000));
  assert.equal(await curlStatus('-T', path, `${server.url}/upload/big`), 201);
});

const badUploads: { name: string; args: string[]; path: string; status: number }[] = [
  { name: 'no name', args: [], path: '/upload', status: 400 },
  { name: 'an empty name', args: [], path: '/upload?name=', status: 400 },
  { name: 'a separator', args: [], path: '/upload?name=a%2Fb', status: 400 },
  { name: 'a separator, backwards', args: [], path: '/upload?name=a%5Cb', status: 400 },
  { name: 'the parent folder', args: [], path: '/upload?name=..', status: 400 },
  { name: 'a line break', args: [], path: '/upload?name=a%0Ab', status: 400 },
  { name: 'bytes that are no UTF-8', args: [], path: '/upload?name=%FF', status: 400 },
  { name: '256 bytes of name', args: [], path: `/upload?name=${'n'.repeat(256)}`, status: 400 },
  { name: '255 bytes of name', args: [], path: `/upload?name=${'n'.repeat(255)}`, status: 201 },
  { name: 'a size that differs', args: ['-H', 'X-File-Size: 5'], path: '/upload?name=a', status: 400 },
  {
    name: 'a form without a boundary',
    args: ['-H', 'Content-Type: multipart/form-data'],
    path: '/upload',
    status: 400,
  },
  {
    name: 'a form without a file',
    args: ['-H', 'Content-Type: multipart/form-data; boundary=x'],
    path: '/upload',
    status: 400,
  },
];

test('uploads that cannot be taken are told why', async (t) => {
  const { server } = await serverWith(t, []);
  for (const { name, args, path, status } of badUploads) {
    assert.equal(await curlStatus('--data-binary', 'some', ...args, `${server.url}${path}`), status, name);
  }
  assert.equal((await curlJson<FilesView>(`${server.url}/files`)).count, 1);
  assert.deepEqual(readdirSync(join(server.root, 'temp/uploads')), []);
});

const badQuestions: { path: string; status: number }[] = [
  { path: '/download', status: 400 },
  { path: '/download?file=xyz', status: 400 },
  { path: `/download?file=${'0'.repeat(40)}`, status: 404 },
  { path: '/download?name=nobody', status: 404 },
  { path: `/download?file=${'0'.repeat(40)}&name=a`, status: 400 },
  { path: '/file?id=1', status: 400 },
  { path: `/file/${'0'.repeat(40)}.torrent`, status: 404 },
  { path: '/file/anything', status: 404 },
  { path: '/files?limit=0', status: 400 },
  { path: '/files?limit=x', status: 400 },
  { path: '/files?cursor=x', status: 400 },
  { path: '/static/../config.json', status: 404 },
  { path: '/static/%2e%2e/config.json', status: 404 },
  { path: '/nothing', status: 404 },
];

test('questions that make no sense are told why', async (t) => {
  const { server } = await serverWith(t, []);
  for (const { path, status } of badQuestions) {
    assert.equal(await curlStatus('--path-as-is', `${server.url}${path}`), status, path);
  }
});

test('registrations that cannot be taken are told why', async (t) => {
  const { server } = await serverWith(t, ['p1']);
  const { root, url } = server;
  mkdirSync(join(root, 'peers/plain'));
  mkdirSync(join(root, 'elsewhere'));
  symlinkSync(join(root, 'elsewhere'), join(root, 'peers/link'));
  mkdirSync(join(root, 'peers/files'));
  for (const name of ['requests', 'replies']) writeFileSync(join(root, 'peers/files', name), '');
  const status = (fields: string): Promise<number> => curlStatus('-d', fields, `${url}/register_peer`);
  assert.equal(await status('peer-id=p9&ipc-path=peers/plain'), 400, 'no FIFOs');
  assert.equal(await status('peer-id=p9&ipc-path=peers/files'), 400, 'files that are no FIFOs');
  assert.equal(await status('peer-id=p9&ipc-path=peers/missing'), 400, 'no such folder');
  assert.equal(await status('peer-id=p9&ipc-path=elsewhere'), 400, 'outside ipc_roots');
  assert.equal(await status('peer-id=p9&ipc-path=peers/../elsewhere'), 400, 'outside by dots');
  assert.equal(await status('peer-id=p9&ipc-path=peers/link'), 400, 'outside by a link');
  assert.equal(await status('peer-id=p9&ipc-path=/etc'), 400, 'outside altogether');
  assert.equal(await status('peer-id=p9'), 400, 'no path');
  assert.equal(await status('peer-id=a/b&ipc-path=peers/p1'), 400, 'a bad id');
  assert.equal(await status('peer-id=temp&ipc-path=peers/p1'), 409, 'the name of our own store');
  assert.equal(await status('peer-id=p9&ipc-path=peers/p1'), 409, 'the folder of a live peer');
  assert.equal(await status('peer-id=p1&ipc-path=peers/p1'), 200, 'control: the live peer itself');
});

test('the id of a live peer cannot be taken by another; that of a dead one can', async (t) => {
  const { server, peers } = await serverWith(t, ['p1', 'p2']);
  const body = 'peer-id=p1&ipc-path=peers/p2';
  assert.equal(await curlStatus('-d', body, `${server.url}/register_peer`), 409);
  await peers[0]?.end('SIGKILL');
  const gone = await curlStatus('-d', 'peer-id=p1&ipc-path=peers/p1', `${server.url}/register_peer`);
  assert.equal(gone, 503, 'nobody at the other end');
});

test('garbage datagrams get no answer; a bad registration gets a reason', async (t) => {
  const { server } = await serverWith(t, []);
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  const ask = (datagram: string | Uint8Array): void => socket.send(datagram, server.udpPort, '127.0.0.1');
  for (const garbage of ['', 'hello', '\0'.repeat(100), someBytes(1400), 'REGISTERp1', 'register peer-id=p1'])
    ask(garbage);
  ask('REGISTER peer-id=p1 ipc-path=/etc');
  const [answer] = (await once(socket, 'message')) as [Buffer];
  assert.match(answer.toString(), /^ERR code=bad-path message=\S+/, 'the first and only answer');
});

test('two servers cannot share a folder', async (t) => {
  const { server } = await serverWith(t, []);
  await assert.rejects(startServer(t, server.root), /is in use by process \d+: another server works there/);
  assert.ok(existsSync(join(server.root, 'metadata/journal')));
});

test('nor the folder in which pieces wait, whatever their other folders', async (t) => {
  const { server } = await serverWith(t, []);
  const id = await upload(server, someBytes(1000));
  const other = serverRoot(t, { paths: { temp: join(server.root, 'temp') } });
  await assert.rejects(startServer(t, other), /temp is in use by process \d+: another server works there/);
  assert.equal(await curlStatus(`${server.url}/download?file=${id}`), 200);
});

test('storage that fails is a 503 that says so, and passes', async (t) => {
  const { server } = await serverWith(t, []);
  const uploads = join(server.root, 'temp/uploads');
  renameSync(uploads, `${uploads}.away`);
  const target = `${server.url}/upload?name=a`;
  const { stdout } = await curl('-d', 'x', '-H', 'Accept: text/plain', target);
  assert.match(stdout.toString(), /^503 .*the server's storage fails \(ENOENT\); nothing was kept/);
  renameSync(`${uploads}.away`, uploads);
  assert.equal(await curlStatus('-d', 'x', target), 201);
});

test('a second server on the same port says what is in the way, exit 69', async (t) => {
  const { server } = await serverWith(t, []);
  const { port } = new URL(server.url);
  await assert.rejects(
    startServer(t, serverRoot(t), '--port', port),
    /another program listens there; choose another port/,
  );
});
