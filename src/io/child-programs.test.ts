import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

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
