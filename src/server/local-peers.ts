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
  }
  await Promise.all([...children.values()].map(untilReady));
  const stop = async (): Promise<void> => {
    stopping = true;
    await Promise.all([...children.values()].map(end));
  };
  return { stop };
}

function startPeer(id: string, { directory, serverUrl }: LocalPeersOptions): ChildProcess {
  const program = process.argv[1] as string;
  const args = [...process.execArgv, program, 'peer', id, '--dir', join(directory, id), '--server', serverUrl];
  // A process group of its own: Ctrl-C in the terminal is for the server, which needs its peers until it has drained.
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
}

async function untilReady(child: ChildProcess): Promise<void> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  for await (const line of lines) if (line === 'ready') break;
  child.stdout?.resume();
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
