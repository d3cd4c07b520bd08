import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { breath } from '../../async/breath.testing.ts';
import { ManualClock } from '../../async/clock.testing.ts';
import type { ProgramOptions } from '../../io/child-programs.ts';
import { startLocalPeers } from './local-peers.ts';

/** Peers that are a shell script instead of the program. */
async function scene(t: TestContext, script: string) {
  const clock = new ManualClock();
  const children: ChildProcess[] = [];
  const exits: string[] = [];
  const starts: { args: readonly string[]; tied: boolean | undefined }[] = [];
  const waiting = startLocalPeers({
    count: 1,
    directory: '/peers',
    serverUrl: 'http://127.0.0.1:1',
    token: null,
    dropDelay: 86_400,
    signal: t.signal,
    clock,
    onExit: (id, how, retryMs) => exits.push(`${id} ${how} ${retryMs}`),
    start: (args: readonly string[], { tied }: ProgramOptions) => {
      const child = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
      starts.push({ args, tied });
      children.push(child);
      return child;
    },
  });
  t.after(() => {
    for (const child of children) child.kill('SIGKILL');
  });
  return { clock, children, exits, starts, waiting };
}

test('a peer is tied to the server, and is started again when it dies, soon at first, then later', async (t) => {
  const { clock, children, exits, starts, waiting } = await scene(t, 'echo ready; exec sleep 60');
  const peers = await waiting;
  assert.deepEqual(starts[0], {
    args: ['peer', 'p1', '--dir', '/peers/p1', '--server', 'http://127.0.0.1:1', '--drop-delay', '86400'],
    tied: true,
  });
  for (const retryMs of [250, 500, 1000]) {
    const child = children.at(-1);
    child?.kill('SIGKILL');
    while (exits.at(-1) !== `p1 SIGKILL ${retryMs}`) await breath();
    while (clock.waiting === 0) await breath();
    assert.equal(clock.nextMs, retryMs, 'not before its time');
    clock.pass(retryMs);
    while (children.at(-1) === child) await breath();
  }
  clock.pass(10_000); // it has worked
  children.at(-1)?.kill('SIGKILL');
  while (exits.at(-1) !== 'p1 SIGKILL 250') await breath();
  await peers.stop();
  assert.equal(clock.waiting, 0, 'none is started after the stop');
});

test('a peer that ends at once does not keep the server waiting, and is tried no more often than every 30 s', async (t) => {
  const { clock, exits, waiting } = await scene(t, 'exit 3');
  const peers = await waiting;
  for (let tries = 1; tries <= 9; tries += 1) {
    while (exits.length < tries) await breath();
    while (clock.nextMs === undefined) await breath();
    clock.pass(clock.nextMs);
  }
  assert.deepEqual([exits[0], exits[8]], ['p1 exit code 3 250', 'p1 exit code 3 30000']);
  await peers.stop();
});

test('a peer that does not get ready is not waited for for ever; it ends with the server', async (t) => {
  const { clock, children, waiting } = await scene(t, 'exec sleep 60');
  clock.pass(30_000);
  const peers = await waiting;
  const exited = once(children[0] as ChildProcess, 'exit');
  await peers.stop();
  assert.deepEqual(await exited, [null, 'SIGTERM']);
});
