/**
 * `concurrency.io_threads`: the number of libuv's threads. libuv reads UV_THREADPOOL_SIZE when its first thread starts,
 * before any code of ours runs, so another number than its default of four needs another process. The first process
 * then only passes the signals on; the second ends when the first is gone (`untilParentGone`).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** libuv's default. */
const threadsOfLibuv = 4;

/**
 * Runs `program` with `threads` threads for disk work, in this process or in another; settles with the exit code.
 */
export async function withIoThreads(threads: number, program: () => Promise<number>): Promise<number> {
  if (process.env.UV_THREADPOOL_SIZE !== undefined || threads === threadsOfLibuv) {
    return program();
  }
  const args = [...process.execArgv, ...process.argv.slice(1)];
  const env = { ...process.env, UV_THREADPOOL_SIZE: String(threads) };
  // A process group of its own: Ctrl-C comes to the first process alone, which passes it on once.
  const child = spawn(process.execPath, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env, detached: true });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, 'exit');
  return code ?? 1;
}
