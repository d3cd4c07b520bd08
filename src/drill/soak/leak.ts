/** A process that leaks, descriptors and memory, for the control of the soak. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { drillReaper } from '../reaper.ts';

/**
 * The program that leaks: every so often a socket that is never closed, and memory that is never let go; far more than
 * noise.
 */
const program = `
const { createServer } = require('node:net');
const kept = [];
setInterval(() => kept.push(Buffer.alloc(2 << 20, 1), createServer().listen(0, '127.0.0.1')), 20);
console.log('ready');
`;

/** Runs the program that leaks, by Node with `nodeFlags`, while `use`, which is given its pid, has not settled. */
export async function withLeak<Result>(
  nodeFlags: readonly string[],
  use: (pid: number) => Promise<Result>,
): Promise<Result> {
  const child = spawn(process.execPath, [...nodeFlags, '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  drillReaper().watch(child);
  const exited = once(child, 'exit');
  const kill = (): void => void child.kill('SIGKILL');
  process.on('exit', kill);
  try {
    await once(child.stdout, 'data');
    return await use(child.pid as number);
  } finally {
    kill();
    await exited;
    process.off('exit', kill);
  }
}
