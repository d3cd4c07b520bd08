/** Processes as a drill handles them. The programs themselves are tested elsewhere. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { httpCall } from '../io/net/http-client.ts';
import { tempFolder } from '../io/temp-folder.testing.ts';
import { Program } from './process.ts';
import { withProcesses } from './processes.ts';

/** The letter of proc(5): R or S when it lives, T when it is frozen. */
const stateOf = (pid: number): string | undefined =>
  readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.[0];

const status = async (url: string, path: string): Promise<number> =>
  (await httpCall(new URL(path, url), { method: 'GET', timeoutMs: 5000 })).status;

test('a server and a peer start, freeze, die, come back at the same address, and are gone at the end', async (t) => {
  const context = { directory: tempFolder(t), signal: t.signal };
  const pids = await withProcesses(context, async (processes) => {
    const server = await processes.startServer();
    const peer = await processes.startPeer(server, 'p1');
    assert.ok(existsSync(join(peer.directory, 'requests')));
    const { url } = server;
    assert.equal(await status(url, '/readyz'), 200);
    await server.kill();
    assert.equal(server.running, false);
    await server.start();
    assert.equal(server.url, url);
    assert.equal(await status(url, '/readyz'), 200);
    peer.freeze();
    while (stateOf(peer.pid) !== 'T');
    peer.thaw();
    while (stateOf(peer.pid) === 'T');
    peer.freeze();
    return [server.pid, peer.pid];
  });
  for (const pid of pids) assert.equal(existsSync(`/proc/${pid}`), false, 'also the frozen one');
});

test('a program that ends before it is ready says why', async (t) => {
  const program = new Program(['peer', 'p1', '--dir', tempFolder(t), '--server', 'nonsense://x'], t.signal);
  await assert.rejects(program.start(), /ended before it was ready\n.*--server must be a URL/);
});

test('an abort ends what runs, and what waits for it', async (t) => {
  const stop = new AbortController();
  const context = { directory: tempFolder(t), signal: stop.signal };
  let pid = 0;
  const running = withProcesses(context, async (processes) => {
    const server = await processes.startServer();
    const peer = await processes.startPeer(server, 'p1');
    pid = server.pid;
    await server.kill();
    await peer.kill();
    const waiting = peer.start(); // for a server that is not there
    stop.abort();
    await waiting;
  });
  await assert.rejects(running, { name: 'AbortError' });
  assert.equal(existsSync(`/proc/${pid}`), false);
  await assert.rejects(
    withProcesses(context, async () => {}),
    { name: 'AbortError' },
  );
});
