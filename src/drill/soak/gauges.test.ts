import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { tempFolder } from '../../io/temp-folder.testing.ts';
import { type Gauges, readGauges } from './gauges.ts';

/** The gauges of a shell that has done `commands`. */
async function gaugesAfter(t: TestContext, commands: string): Promise<Gauges> {
  const shell = spawn('sh', ['-c', `${commands}; echo done; read line`], { cwd: tempFolder(t), stdio: 'pipe' });
  const exited = once(shell, 'exit');
  await once(shell.stdout, 'data');
  const gauges = await readGauges(shell.pid as number);
  shell.stdin.end();
  await exited;
  return gauges;
}

test('open files, pipes and memory show; a named pipe is a pipe', async (t) => {
  const before = await gaugesAfter(t, 'mkfifo requests');
  const { files, channels, ownBytes } = await gaugesAfter(t, 'mkfifo requests; exec 5>a 6>b 7<>requests');
  assert.deepEqual({ files, channels }, { files: before.files + 2, channels: before.channels + 1 });
  assert.ok(ownBytes > 0 && ownBytes < 2 ** 24, String(ownBytes));
});

test('a process that is not there is an error', async () => {
  await assert.rejects(readGauges(2 ** 22 + 1), { code: 'ENOENT' });
});
