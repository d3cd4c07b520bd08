import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { ManualClock } from '../async/clock.testing.ts';
import { endProgram } from './child-programs.ts';

const here = new URL('./child-programs.js', import.meta.url).href;

const rows = [
  { name: 'goes later', script: `process.send('go'); await untilParentGone();` },
  {
    name: 'has gone before it was asked for',
    script: `process.send('go'); process.on('message', () => {});
      await new Promise((settle) => process.once('disconnect', settle)); await untilParentGone();`,
  },
];

for (const { name, script } of rows) {
  test(`a tied program ends when its parent ${name}`, { timeout: 20_000 }, async (t) => {
    const code = `const { untilParentGone } = await import('${here}'); setInterval(() => {}, 1000); ${script} process.exit(7);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    t.after(() => child.kill('SIGKILL'));
    await once(child, 'message');
    child.disconnect();
    assert.deepEqual(await once(child, 'exit'), [7, null]);
  });
}

test('a program that is frozen is killed when the wait is over', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  child.kill('SIGSTOP');
  const clock = new ManualClock();
  const ended = endProgram(child, 10_000, clock);
  clock.pass(9_999);
  assert.equal(child.signalCode, null);
  clock.pass(1);
  await ended;
  assert.equal(child.signalCode, 'SIGKILL');
});
