/**
 * `--peers N`: storage peers p1 to pN as processes of their own, started with the server and stopped with it. They are
 * no different from peers that somebody starts by hand.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface LocalPeers {
  /** Lets them end, and waits until they have. */
  stop(): Promise<void>;
}

export interface LocalPeersOptions {
  readonly count: number;
  /** Each gets a folder in it. */
  readonly directory: string;
  /** Where they register. */
  readonly serverUrl: string;
  /** What the server wants with it, if anything. */
  readonly token: string | null;
  /** Ends the waiting for those that are not ready. */
  readonly signal: AbortSignal;
  /** Told of one that ended by itself. */
  readonly onExit: (id: string, how: string) => void;
}

/** Starts the peers; settles once each has registered or has ended. */
export async function startLocalPeers(options: LocalPeersOptions): Promise<LocalPeers> {
  const ids = Array.from({ length: options.count }, (_, index) => `p${index + 1}`);
  const children = new Map(ids.map((id) => [id, startPeer(id, options)]));
  let stopping = false;
  for (const [id, child] of children) {
    child.once('exit', (code, signal) => {
      if (!stopping) options.onExit(id, signal ?? `exit code ${code}`);
    });
    child.once('error', (error) => options.onExit(id, error.message));
  }
  await Promise.all([...children.values()].map((child) => untilReady(child, options.signal)));
  const stop = async (): Promise<void> => {
    stopping = true;
    await Promise.all([...children.values()].map(end));
  };
  return { stop };
}

function startPeer(id: string, { directory, serverUrl, token }: LocalPeersOptions): ChildProcess {
  const program = process.argv[1] as string;
  const args = [...process.execArgv, program, 'peer', id, '--dir', join(directory, id), '--server', serverUrl];
  // A process group of its own: Ctrl-C in the terminal is for the server, which needs its peers until it has drained.
  // In the environment, not among the arguments: those are for everybody to see (`ps`).
  const env = token === null ? process.env : { ...process.env, RIVULET_TOKEN: token };
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true, env });
}

async function untilReady(child: ChildProcess, signal: AbortSignal): Promise<void> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream, signal });
  for await (const line of lines) if (line === 'ready') break;
  child.stdout?.resume();
}

/** A peer that drains gives up a stalled server after ten seconds. */
const endWaitMs = 15_000;

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  // A frozen one does not hear it. What it was asked to sync is synced.
  const killing = setTimeout(() => child.kill('SIGKILL'), endWaitMs);
  await exited;
  clearTimeout(killing);
}
