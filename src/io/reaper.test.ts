import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { breath } from '../async/breath.testing.ts';
import { tempFolder } from './temp-folder.testing.ts';

const here = new URL('./reaper.js', import.meta.url).href;

/** A program that starts two others and tells their pids; the reaper, when there is one, watches the first. */
const parent = (folder: string): string => `
const { spawn } = await import('node:child_process');
const { Reaper } = await import('${here}');
const children = [0, 1].map(() => spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }));
const reaper = new Reaper();
reaper.watch(children[0]);
reaper.removes('${folder}');
children[0].kill('SIGSTOP');
process.send(children.map(({ pid }) => pid));
setInterval(() => {}, 1000);
`;

/** The letter of proc(5); undefined when there is no such process. A zombie waits for an init that may not care. */
const state = (pid: number): string | undefined => {
  if (!existsSync(`/proc/${pid}/stat`)) return undefined;
  const letter = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.[0];
  return letter === 'Z' ? undefined : letter;
};

test('what a killed process has left is killed, also when it is frozen, and its folder removed', async (t) => {
  const folder = join(tempFolder(t), 'with a space');
  mkdirSync(folder);
  const child = spawn(process.execPath, ['--input-type=module', '-e', parent(folder)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [[watched, other]] = (await once(child, 'message')) as [[number, number]];
  t.after(() => process.kill(other, 'SIGKILL'));
  assert.deepEqual([state(watched) !== undefined, existsSync(folder)], [true, true]);
  child.kill('SIGKILL');
  while (state(watched) !== undefined || existsSync(folder)) await breath();
  assert.notEqual(state(other), undefined, 'the control: what nobody watches lives on');
});
