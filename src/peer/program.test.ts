/** The peer as a process of its own: what it prints, how it ends. */
import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { randomPiece } from '../io/files/files.testing.ts';
import { tempFolder } from '../io/temp-folder.testing.ts';
import { file, storePart } from './session.testing.ts';

const main = fileURLToPath(new URL('../main.js', import.meta.url));
const nobody = 'http://127.0.0.1:9';

/** Starts `rivulet peer`; it is gone when the test ends. */
function startPeer(t: TestContext, ...args: readonly string[]): ChildProcessWithoutNullStreams {
  const peer = spawn(process.execPath, [main, 'peer', ...args]);
  const exited = once(peer, 'exit');
  t.after(async () => {
    peer.kill('SIGKILL');
    await exited;
  });
  return peer;
}

/** The output of a peer that ends by itself, and its exit code. */
async function result(peer: ChildProcessWithoutNullStreams) {
  const exited = once(peer, 'exit');
  const [stdout, stderr] = await Promise.all([text(peer.stdout), text(peer.stderr)]);
  const [code] = await exited;
  return { code, stdout, stderr };
}

/** A server that accepts every peer. */
async function acceptingServer(t: TestContext): Promise<string> {
  const server = createServer((_, response) => void response.end('{}')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Settles with the first line on stdout. */
async function firstLine(peer: ChildProcessWithoutNullStreams): Promise<string> {
  const [chunk] = await once(peer.stdout, 'data');
  return String(chunk);
}

test('it says ready once it is registered; a second one on its folder is refused; SIGTERM ends it', async (t) => {
  const directory = tempFolder(t);
  const flags = ['p1', '--dir', directory, '--server', await acceptingServer(t)];
  const peer = startPeer(t, ...flags);
  const ended = result(peer);
  assert.equal(await firstLine(peer), 'ready\n');

  const second = await result(startPeer(t, ...flags));
  assert.deepEqual([second.code, second.stdout], [1, '']);
  assert.match(second.stderr, new RegExp(`${directory} is in use by process ${peer.pid}`));

  peer.kill('SIGTERM');
  const { code, stderr } = await ended;
  assert.equal(code, 0);
  assert.match(stderr, /^p1: pieces and FIFOs are in .*\np1: registered with http:.*\n$/);
  assert.deepEqual(await readdir(directory), []);
});

test('it takes over from one that was killed; SIGINT ends it too', async (t) => {
  const directory = tempFolder(t);
  const flags = ['p1', '--dir', directory, '--server', await acceptingServer(t)];
  const killed = startPeer(t, ...flags);
  await firstLine(killed);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  const peer = startPeer(t, ...flags);
  assert.equal(await firstLine(peer), 'ready\n');
  peer.kill('SIGINT');
  assert.deepEqual(await once(peer, 'exit'), [0, null]);
});

test('with --stdio requests come from stdin, replies go to stdout, messages to stderr', async (t) => {
  const directory = tempFolder(t);
  const peer = startPeer(t, 'p1', '--stdio', '--dir', directory);
  peer.stdin.end('HELLO seq=1 version=1\nLIST_PARTS seq=2\nPING\n');
  const { code, stdout, stderr } = await result(peer);
  assert.equal(code, 0);
  const lines = stdout
    .replace(/free=\d+/, 'free=N')
    .trimEnd()
    .split('\n');
  assert.deepEqual(lines.sort(), ['OK', 'OK seq=1 peer=p1 version=1 free=N order=any', 'OK seq=2 size=0']);
  assert.match(stderr, /^p1: /);
});

test('a second signal ends it at once, although a reply is not sent yet', async (t) => {
  const peer = startPeer(t, 'p1', '--stdio', '--dir', tempFolder(t));
  const piece = randomPiece(0, 4 * 1024 * 1024);
  const [storeLine, bytes] = storePart(piece, 1);
  peer.stdin.write(storeLine);
  peer.stdin.write(bytes);
  await once(peer.stdout, 'readable');
  assert.equal(String(peer.stdout.read()), 'OK seq=1\n');
  peer.stdin.write(`GET_PART file=${file} part=0 seq=2\n`);
  await once(peer.stdout, 'readable'); // and nothing is read: the pipe is full, the reply waits
  peer.kill('SIGINT');
  peer.kill('SIGTERM');
  const [code] = await once(peer, 'exit');
  assert.ok(code === 130 || code === 143, `exit code ${code}`);
});

test('with --stdio, files will do as well as pipes', async (t) => {
  const directory = tempFolder(t);
  const [requests, replies] = [join(directory, 'in'), join(directory, 'out')];
  await writeFile(requests, 'PING seq=1\nPING seq=2\n');
  const [input, output] = [await open(requests, 'r'), await open(replies, 'w')];
  const args = [main, 'peer', 'p1', '--stdio', '--dir', join(directory, 'p1')];
  const peer = spawn(process.execPath, args, { stdio: [input.fd, output.fd, 'ignore'] });
  assert.deepEqual(await once(peer, 'exit'), [0, null]);
  await Promise.all([input.close(), output.close()]);
  assert.equal(await readFile(replies, 'utf8'), 'OK seq=1\nOK seq=2\n');
});

test('wrong usage and refusals are one line and an exit code', async (t) => {
  const directory = tempFolder(t);
  const bad = await result(startPeer(t, '../p1'));
  assert.equal(bad.code, 2);
  assert.match(bad.stderr, /a peer's id is 1 to 64 letters/);
  const share = await result(startPeer(t, 'p1', '--dir', directory, '--server', nobody, '--share', '/nothing/there'));
  assert.equal(share.code, 1);
  assert.match(share.stderr, /\/nothing\/there cannot be shared \(ENOENT\)/);
  assert.deepEqual(await readdir(directory), []);
});
