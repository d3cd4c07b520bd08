/** One of our own programs as a process: started, killed, frozen, started again. Knows none of them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { drillReaper } from './reaper.ts';

/** The program that this file is part of, compiled. */
const main = fileURLToPath(new URL('../main.js', import.meta.url));

/** Lines of the latest run that are kept, for the message when it does not start. */
const errorLinesMax = 20;

export class Program {
  /** Flags for Node, which runs the program, such as those to look into it from outside. */
  nodeFlags: readonly string[] = [];
  readonly #args: readonly string[];
  readonly #stop: AbortSignal;
  #child: ChildProcess | undefined;
  #exited: Promise<unknown> = Promise.resolve();
  #lines: string[] = [];
  #errors: string[] = [];

  /**
   * Describes a program: `args` are the command and its arguments. Once `stop` is aborted it starts no more; it is not
   * killed here.
   */
  constructor(args: readonly string[], stop: AbortSignal) {
    this.#args = args;
    this.#stop = stop;
  }

  /** The lines on stdout since the latest start, up to `ready`. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The process id of a program that runs. */
  get pid(): number {
    const pid = this.running ? this.#child?.pid : undefined;
    if (pid === undefined) throw new Error(`${this.#args.join(' ')} does not run`);
    return pid;
  }

  /** Starts the program, when it does not run, and settles once it says `ready`. Throws when it ends before that. */
  async start(moreArgs: readonly string[] = []): Promise<void> {
    this.#stop.throwIfAborted();
    if (this.running) throw new Error(`${this.#args.join(' ')} runs already`);
    const child = spawn(process.execPath, [...this.nodeFlags, main, ...this.#args, ...moreArgs], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Ctrl-C in the terminal is for the drill, which ends its processes itself.
      detached: true,
    });
    drillReaper().watch(child);
    this.#child = child;
    this.#exited = once(child, 'exit');
    this.#lines = [];
    this.#errors = [];
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.#errors = [...this.#errors, line].slice(-errorLinesMax);
    });
    if (await this.#untilReady(child.stdout)) return;
    await this.#exited;
    this.#stop.throwIfAborted();
    throw new Error([`${this.#args.join(' ')} ended before it was ready`, ...this.#errors].join('\n'));
  }

  /** Settles once `ready` comes on stdout; false when stdout ends without it. */
  async #untilReady(stdout: Readable): Promise<boolean> {
    for await (const line of createInterface({ input: stdout })) {
      if (line === 'ready') {
        // What it writes from now on is nobody's business, but must not fill the pipe.
        stdout.resume();
        return true;
      }
      this.#lines.push(line);
    }
    return false;
  }

  /** Kills the program (-9), and settles when it is gone; does nothing when it does not run. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#exited;
  }

  /** Asks the program to end, and settles with its exit code, or the signal that ended it. */
  async stop(): Promise<number | NodeJS.Signals | null> {
    this.signal('SIGTERM');
    await this.#exited;
    return this.#child?.exitCode ?? this.#child?.signalCode ?? null;
  }

  freeze(): void {
    this.signal('SIGSTOP');
  }

  thaw(): void {
    this.signal('SIGCONT');
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) this.#child?.kill(signal);
  }
}
