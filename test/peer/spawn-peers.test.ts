/** scripts/spawn-peers and scripts/stop-peers, in a folder of their own, with a `rivulet` that only pretends. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const scripts = ['spawn-peers', 'stop-peers', 'peer-pids.sh'];

/** p3 cannot start; the others are ready at once and end when they are asked to. */
const pretendedRivulet = `#!/bin/sh
[ "$2" != p3 ] || { echo "p3 has no wish to live"; exit 1; }
trap 'exit 0' TERM
echo "$2 is for $4"
echo ready
while :; do sleep 0.05; done
`;

async function pretendedCheckout(t: TestContext): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'rivulet-spawn-'));
  await mkdir(join(root, 'scripts'));
  for (const name of scripts) {
    await cp(fileURLToPath(new URL(`../../scripts/${name}`, import.meta.url)), join(root, 'scripts', name));
  }
  await writeFile(join(root, 'scripts', 'rivulet'), pretendedRivulet, { mode: 0o755 });
  await writeFile(join(root, 'scripts', 'build'), '#!/bin/sh\n', { mode: 0o755 });
  t.after(async () => {
    await run(root, 'stop-peers');
    await rm(root, { recursive: true });
  });
  return root;
}

interface Outcome {
  readonly code: number;
  readonly output: string;
}

function run(root: string, script: string, ...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(join(root, 'scripts', script), args, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr });
    });
  });
}

const pidOf = async (root: string, id: string) => Number(await readFile(join(root, 'peers', `${id}.pid`), 'utf8'));

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // ESRCH: there is no such process
  }
}

test('spawn-peers starts peers and waits until they are ready; stop-peers ends them', async (t) => {
  const root = await pretendedCheckout(t);
  const spawned = await run(root, 'spawn-peers', '2', '--server', 'http://127.0.0.1:1', '--background');
  assert.equal(spawned.code, 0, spawned.output);
  assert.match(spawned.output, /^p1 ready$/m);
  assert.match(spawned.output, /^p2 ready$/m);
  assert.match(await readFile(join(root, 'peers', 'p2.log'), 'utf8'), /p2 is for http:\/\/127\.0\.0\.1:1/);
  const pids = await Promise.all([pidOf(root, 'p1'), pidOf(root, 'p2')]);
  assert.deepEqual(pids.map(isAlive), [true, true]);

  assert.match((await run(root, 'spawn-peers', '1', '--background')).output, /^p1 runs already$/m);
  assert.equal(await pidOf(root, 'p1'), pids[0]);

  const stopped = await run(root, 'stop-peers');
  assert.deepEqual([stopped.code, stopped.output], [0, 'p1 stopped\np2 stopped\n']);
  assert.deepEqual(pids.map(isAlive), [false, false]);
  assert.equal((await run(root, 'stop-peers')).output, '', 'nothing is left to stop');
});

test('a peer that ends at once is told, with its last words', async (t) => {
  const root = await pretendedCheckout(t);
  const { code, output } = await run(root, 'spawn-peers', '3', '--background');
  assert.equal(code, 1);
  assert.match(output, /^p3 ended: p3 has no wish to live$/m);
});

test('stop-peers does not touch a process that got the number of a peer', async (t) => {
  const root = await pretendedCheckout(t);
  const stranger: ChildProcess = spawn('sleep', ['60']);
  t.after(async () => {
    stranger.kill();
    await once(stranger, 'exit');
  });
  await mkdir(join(root, 'peers'));
  await writeFile(join(root, 'peers', 'p1.pid'), `${stranger.pid}\n`);
  assert.equal((await run(root, 'stop-peers')).output, 'p1 stopped\n');
  assert.equal(stranger.signalCode ?? stranger.exitCode, null);
});

for (const args of [[], ['0'], ['65'], ['x'], ['2', '--server'], ['2', '--what']]) {
  test(`spawn-peers ${args.join(' ')} is a mistake, and starts nothing`, async (t) => {
    const { code, output } = await run(await pretendedCheckout(t), 'spawn-peers', ...args);
    assert.equal(code, 2);
    assert.match(output, /^usage: spawn-peers/);
  });
}
