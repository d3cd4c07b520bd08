/** Peers that are gone for good, and ids that somebody else takes: by HTTP, a form, the command line and datagrams. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { breath } from '../../src/async/breath.testing.ts';
import {
  curl,
  curlJson,
  curlStatus,
  rivulet,
  run,
  type ServerProcess,
  serverRoot,
  start,
  startPeer,
  startProgram,
  startServer,
} from '../programs.testing.ts';

interface PeersJson {
  readonly peers: readonly { readonly id: string; readonly state: string }[];
}

const statesOf = async ({ url }: ServerProcess): Promise<string[]> =>
  (await curlJson<PeersJson>(`${url}/peers`)).peers.map(({ id, state }) => `${id} ${state}`);

/** Starts peers, and kills `gone`; settles when the server has noticed. */
async function withGone(t: TestContext, server: ServerProcess, gone: string, ...others: string[]): Promise<void> {
  for (const id of others) await startPeer(t, server, id);
  const peer = await startPeer(t, server, gone);
  await peer.end('SIGKILL');
  while (!(await statesOf(server)).includes(`${gone} offline`)) await breath();
}

const remove = (server: ServerProcess, id: string, ...args: string[]): Promise<number> =>
  curlStatus('-X', 'DELETE', ...args, `${server.url}/peers?id=${id}`);

test('DELETE /peers: gone after 204, and after a restart; 404 for one unknown, 409 for one online', async (t) => {
  const root = serverRoot(t);
  const server = await startServer(t, root);
  await withGone(t, server, 'p2', 'p1');
  assert.equal(await remove(server, 'p1'), 409);
  assert.equal(await remove(server, 'nobody'), 404);
  assert.equal(await remove(server, 'temp'), 404);
  assert.equal(await remove(server, '%20'), 404);
  assert.equal(await curlStatus('-X', 'DELETE', `${server.url}/peers`), 400);
  assert.equal(await remove(server, 'p2', '-H', 'Origin: http://evil.example'), 403);
  assert.deepEqual(await statesOf(server), ['p1 online', 'p2 offline'], 'nothing of that forgets anybody');
  const events = startProgram(t, 'curl', ['-sN', `${server.url}/events?topics=peers`]);
  await events.line(/./); // it listens
  assert.equal(await remove(server, 'p2'), 204);
  await events.line(/^event: peer-removed$/);
  await events.line(/^data: \{"id":"p2"\}$/);
  assert.equal(await remove(server, 'p2'), 404);
  assert.deepEqual(await statesOf(server), ['p1 online']);
  await server.end('SIGTERM');
  const again = await startServer(t, root);
  assert.equal((await statesOf(again)).join(' ').includes('p2'), false);
});

test('the form of the page and the command line', async (t) => {
  const server = await startServer(t, serverRoot(t));
  await withGone(t, server, 'p2', 'p1');
  await withGone(t, server, 'p3');
  const page = async (language: string) =>
    (
      await curl('-H', 'Accept: text/html', '-H', `Accept-Language: ${language}`, `${server.url}/peers`)
    ).stdout.toString();
  const english = await page('en');
  assert.equal(english.split('action="/forget_peer"').length - 1, 2, 'for those that are offline');
  assert.match(english, /<button type="submit" class="danger">Forget this peer</);
  assert.match(await page('bg'), />Забрави този възел</);
  assert.match(await page('ru'), />Забыть этот узел</);

  const form = ['-d', 'id=p2', '-H', 'Accept: text/html', '-w', '%{http_code} %header{location}', '-o', '/dev/null'];
  const { stdout } = await curl(...form, `${server.url}/forget_peer`);
  assert.equal(stdout.toString(), '303 /peers');
  assert.equal(await curlStatus('-d', 'id=p2', `${server.url}/forget_peer`), 404);
  assert.equal(await curlStatus('-d', 'x=p2', `${server.url}/forget_peer`), 400);
  assert.equal(await curlStatus('-d', 'id=p1', `${server.url}/forget_peer`), 409);

  const forget = (...args: string[]) => run(rivulet, ['peers', ...args, '--server', server.url]);
  const online = await forget('forget', 'p1');
  assert.deepEqual([online.code, /409: .*end that process first/.test(online.stderr)], [1, true]);
  const done = await forget('forget', 'p3');
  assert.deepEqual([done.code, done.stdout.toString()], [0, 'p3 is forgotten\n']);
  assert.match((await forget('forget', 'p3')).stderr, /404: no storage peer is called "p3"/);
  assert.equal((await forget('forget')).code, 2);
  assert.equal((await forget('remember', 'p1')).code, 2);
  assert.match((await forget()).stdout.toString(), /^ID .*\np1 .*online/);
});

test('a server with a token forgets for those who have it', async (t) => {
  const token = 'a'.repeat(40);
  const root = serverRoot(t, { auth: { token_file: 'token' } });
  writeFileSync(join(root, 'token'), token, { mode: 0o600 });
  const server = await startServer(t, root, '--host', '0.0.0.0');
  const url = server.url.replace('0.0.0.0', '127.0.0.1');
  assert.equal(await curlStatus('-X', 'DELETE', `${url}/peers?id=p1`), 401);
  assert.equal(await curlStatus('-X', 'DELETE', '-H', `Authorization: Bearer ${token}`, `${url}/peers?id=p1`), 404);
  const args = ['peers', 'forget', 'p1', '--server', url, '--token-file', join(root, 'token')];
  assert.match((await run(rivulet, args)).stderr, /404/);
});

test('a peer that the configuration names is not forgotten, until it no longer does', async (t) => {
  const root = serverRoot(t, { peers: [{ id: 'p1', ipc_path: 'peers/p1' }] });
  const server = await startServer(t, root);
  const { stdout } = await curl('-X', 'DELETE', '-H', 'Accept: application/json', `${server.url}/peers?id=p1`);
  assert.match(stdout.toString(), /"status":409.*the configuration names/);
  const config = JSON.parse(readFileSync(join(root, 'config.json'), 'utf8'));
  writeFileSync(join(root, 'config.json'), JSON.stringify({ ...config, peers: [] }));
  server.child.kill('SIGHUP');
  while ((await remove(server, 'p1')) !== 204) await breath();
  assert.deepEqual(await statesOf(server), []);
});

/** What the server answers to the registration of `id` at `path`, by HTTP and by a datagram. */
async function register(server: ServerProcess, id: string, path: string): Promise<{ http: string; udp: string }> {
  const fields = `peer-id=${id}&ipc-path=${path}`;
  const { stdout } = await curl('-H', 'Accept: application/json', '-d', fields, `${server.url}/register_peer`);
  const socket = createSocket('udp4');
  socket.send(`REGISTER peer-id=${id} ipc-path=${path}\n`, server.udpPort, '127.0.0.1');
  const [reply] = (await once(socket, 'message')) as [Buffer];
  socket.close();
  return { http: stdout.toString(), udp: reply.toString() };
}

test('an id belongs to its folder: another one is refused by every door, with the way out', async (t) => {
  const root = serverRoot(t);
  const server = await startServer(t, root);
  await withGone(t, server, 'p2');
  const other = join(root, 'peers/other');
  spawnSync('sh', ['-c', `mkdir ${other} && mkfifo ${other}/requests ${other}/replies`]);
  const refused = await register(server, 'p2', other);
  assert.match(refused.http, /"status":409.*rivulet peers forget p2/);
  assert.match(refused.udp, /^ERR code=taken message=.*forget/);
  const thief = start(t, ['peer', 'p2', '--dir', other, '--server', server.url]);
  await thief.line(/"p2" is the peer at .*\/peers\/p2 \(offline\).*rivulet peers forget p2/);

  symlinkSync(join(root, 'peers/p2'), join(root, 'peers/link'));
  const right = start(t, ['peer', 'p2', '--dir', join(root, 'peers/link'), '--server', server.url]);
  await right.line(/^ready$/); // the same folder by another name
  await right.end('SIGTERM');
  while (!(await statesOf(server)).includes('p2 offline')) await breath();
  assert.equal(await remove(server, 'p2'), 204);
  await thief.line(/^ready$/); // the control: forgotten, the id is free
});

test('the folder of the server may be moved as a whole; its peers keep their ids', async (t) => {
  const root = serverRoot(t);
  const server = await startServer(t, root, '--peers', '1');
  assert.equal(await curlStatus('-X', 'PUT', '--data-binary', 'some', `${server.url}/upload/x`), 201);
  assert.equal(await server.end('SIGTERM'), 0);
  const moved = join(serverRoot(t), 'moved');
  renameSync(root, moved);
  const again = await startServer(t, moved, '--peers', '1');
  assert.deepEqual(await statesOf(again), ['p1 online']);
  const { stdout } = await curl(`${again.url}/download?name=x`);
  assert.equal(stdout.toString(), 'some');
});
