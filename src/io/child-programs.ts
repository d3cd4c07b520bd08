/** Programs of ours as processes of their own, and their end. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Clock, foregroundClock } from '../async/clock.ts';

export interface ProgramOptions {
  /** The environment of the program. A secret belongs here: arguments are for everybody to see (`ps`). */
  readonly env?: NodeJS.ProcessEnv;
  /** Whether the program hears of it when this process is gone, whatever the reason (`untilParentGone`). */
  readonly tied?: boolean;
}

/**
 * Starts `rivulet ARGS` as this process was started; its stdout is to be read. A process group of its own: Ctrl-C in
 * the terminal is for the one that was started there.
 */
export function startProgram(args: readonly string[], { env, tied = false }: ProgramOptions = {}): ChildProcess {
  const program = process.argv[1] as string;
  const stdio: StdioOptions = tied ? ['ignore', 'pipe', 'inherit', 'ipc'] : ['ignore', 'pipe', 'inherit'];
  return spawn(process.execPath, [...process.execArgv, program, ...args], {
    stdio,
    detached: true,
    ...(env && { env }),
  });
}

/** Settles when the process that started this one, `tied`, is gone; never when this one was not started so. */
export function untilParentGone(): Promise<void> {
  return new Promise((settle) => {
    if (process.send === undefined) return;
    if (process.connected) process.once('disconnect', () => settle());
    else settle();
  });
}

/** Asks a program to end, and kills it after `waitMs`: a frozen one does not hear. Settles when it has ended. */
export async function endProgram(
  child: ChildProcess,
  waitMs: number,
  clock: Pick<Clock, 'after'> = foregroundClock,
): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const cancelKill = clock.after(waitMs, () => child.kill('SIGKILL'));
  await exited;
  cancelKill();
}
