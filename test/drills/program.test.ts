/** `rivulet drill` as a user runs it, and stops it. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { breath } from '../../src/async/breath.testing.ts';
import { type Running, rivulet, run, start } from '../programs.testing.ts';

/** Not through the shell script, which needs a PATH. */
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The command lines of all processes that have `word` in theirs. */
function processesWith(word: string): string[] {
  return pids()
    .map(commandLine)
    .filter((line) => line.includes(word));
}

const pids = (): string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name));

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
  } catch {
    return ''; // it has ended since
  }
}

/** Settles once K1 has processes, and one of its peers has pieces. */
async function underLoad(drill: Running, folder: string): Promise<void> {
  const peer = join(folder, 'K1/peers/p1');
  const hasPieces = (): boolean => existsSync(peer) && readdirSync(peer).some((name) => name.endsWith('.data'));
  while (!hasPieces() || processesWith(folder).length === 0) {
    assert.equal(drill.ended, false, drill.errors.join('\n'));
    await breath();
  }
}

interface Verdict {
  readonly verdict: string;
  readonly control: string;
}

for (const signal of ['SIGINT', 'SIGHUP'] as const)
  test(`${signal} in the middle: every process and the folder are gone, and nothing is called proved`, async (t) => {
    const drill = start(t, ['drill', '--only', 'k1', '--quick', '--json', '--seed', '5']);
    const [, folder = ''] = await drill.line(/^seed 5; everything happens in (\S+),/);
    await underLoad(drill, folder);
    assert.equal(await drill.end(signal), 1);
    assert.deepEqual(processesWith(folder), []);
    assert.equal(existsSync(folder), false);
    const report = JSON.parse(drill.lines.join('\n'));
    assert.deepEqual([report.proved, report.drills[0].verdict], [false, 'skipped']);
  });

test('SIGKILL in the middle: every process is gone, also a frozen one, and so is the folder', async (t) => {
  const drill = start(t, ['drill', '--only', 'k1', '--quick', '--seed', '5']);
  const [, folder = ''] = await drill.line(/^seed 5; everything happens in (\S+),/);
  await underLoad(drill, folder);
  const peer = pids().find((pid) => commandLine(pid).includes(`peer p1 --dir ${folder}`));
  if (peer !== undefined) process.kill(Number(peer), 'SIGSTOP');
  await drill.end('SIGKILL');
  while (processesWith(folder).length > 0 || existsSync(folder)) await breath();
});

test('--minutes bounds the whole: what there was no time for is not called proved', async () => {
  const startedMs = performance.now();
  const { code, stdout } = await run(rivulet, ['drill', '--minutes', '1', '--only', 'K2,K7', '--json']);
  assert.ok(performance.now() - startedMs < 90_000);
  const { proved, drills } = JSON.parse(stdout.toString());
  const [short, soak] = drills;
  assert.equal(short.shortened, true, 'half a minute is not enough for all of it');
  assert.ok((soak.facts.minutes ?? 0) < 1, 'what is left of the minute, not all of it');
  assert.equal(
    proved,
    drills.every((drill: Verdict) => drill.verdict === 'held' && drill.control === 'caught'),
  );
  assert.equal(code, proved ? 0 : 1);
});

test('a drill that there is not is a usage error that names those there are', async () => {
  const { code, stderr } = await run(rivulet, ['drill', '--only', 'K1,K99']);
  assert.equal(code, 2);
  assert.match(stderr, /there is no drill "K99"; there are K1, /);
});

test('without curl, what needs it is not called proved', async () => {
  const { code, stdout } = await run('env', ['PATH=/nowhere', process.execPath, main, 'drill', '--only', 'K5']);
  assert.equal(code, 1);
  assert.match(stdout.toString(), /^K5 {2}SKIPPED .*\n +not done: there is no curl on this machine\n/);
  assert.match(stdout.toString(), /\n0 of 1 drills held/);
});
