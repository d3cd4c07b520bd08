/**
 * `concurrency.io_threads`. libuv reads UV_THREADPOOL_SIZE when its first thread starts, which is before any code of
 * ours runs: another number than its own of four needs another process. This one then only stands between it and the
 * signals.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const threadsOfLibuv = 4;

/**
 * Runs `program` with that many threads for disk work: here, or in a process of its own; settles with its exit code.
 */
export async function withIoThreads(threads: number, program: () => Promise<number>): Promise<number> {
  if (process.env.UV_THREADPOOL_SIZE !== undefined || threads === threadsOfLibuv) {
    // Should this be the other process, and the first one be killed: nobody is left who would pass a signal on.
    process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
    return program();
  }
  const args = [...process.execArgv, ...process.argv.slice(1)];
  const env = { ...process.env, UV_THREADPOOL_SIZE: String(threads) };
  // A process group of its own: Ctrl-C comes to us alone, and is passed on once.
  const child = spawn(process.execPath, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env, detached: true });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, 'exit');
  return code ?? 1;
}
