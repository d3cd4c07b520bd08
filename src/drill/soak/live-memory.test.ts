import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { tempFolder } from '../../io/temp-folder.testing.ts';
import { readLiveMemory, snapshotFlags } from './live-memory.ts';

/** A program that keeps 10 MB, of buffers and of objects, and drops 30 MB, at each line that it reads. */
const program = `
const kept = [];
process.stdin.on('data', () => {
  kept.push(Buffer.alloc(2e6), Array.from({ length: 2e5 }, (_, index) => ({ index })));
  for (let count = 0; count < 30; count += 1) Buffer.alloc(1e6);
  console.log('done');
});
console.log('ready');
`;

test('what is kept shows, what was dropped does not, and no snapshot is left', async (t) => {
  const directory = tempFolder(t);
  const child = spawn(process.execPath, [...snapshotFlags(directory), '-e', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const said = async (): Promise<unknown> => once(child.stdout, 'data');
  await said();
  const before = await readLiveMemory(child.pid as number, directory, t.signal);
  child.stdin.write('\n');
  await said();
  const after = await readLiveMemory(child.pid as number, directory, t.signal);
  const growth = after.bytes - before.bytes;
  // 2 MB of buffer; of 200,000 objects each a number, and its place in the array.
  assert.ok(growth > 5e6 && growth < 12e6, `${growth} bytes`);
  const objects = (after.kinds.get('Object') ?? 0) - (before.kinds.get('Object') ?? 0);
  assert.ok(objects > 2e6, `${objects} bytes of objects`);
  assert.deepEqual(readdirSync(directory), []);
});
