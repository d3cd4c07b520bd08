/**
 * `--peers N`: storage peers p1 to pN as processes of their own, started and stopped with the server. They do not
 * differ from peers that a person starts.
 */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endProgram, startProgram } from '../../io/child-programs.ts';

/** The peers that were started. */
export interface LocalPeers {
  /** Ends the peers; settles when they have ended. */
  stop(): Promise<void>;
}

/** The settings of the peers. */
export interface LocalPeersOptions {
  readonly count: number;
  /** The folder in which each peer gets a folder. */
  readonly directory: string;
  /** The server's URL, at which the peers register. */
  readonly serverUrl: string;
  /** The server's token; null when it has none. */
  readonly token: string | null;
  /** Seconds for which the peers put aside what they drop. */
  readonly dropDelay: number;
  /** Ends the waiting for peers that are not ready. */
  readonly signal: AbortSignal;
  /** Called for a peer that ended by itself. */
  readonly onExit: (id: string, how: string) => void;
}

/** Starts the peers; settles once each has registered or ended. */
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
    await Promise.all([...children.values()].map((child) => endProgram(child, endWaitMs)));
  };
  return { stop };
}

function startPeer(id: string, { directory, serverUrl, token, dropDelay }: LocalPeersOptions): ChildProcess {
  const env = token === null ? process.env : { ...process.env, RIVULET_TOKEN: token };
  // Not tied to the server: peers keep what they have whether it runs or not.
  const flags = ['--dir', join(directory, id), '--server', serverUrl, '--drop-delay', String(dropDelay)];
  return startProgram(['peer', id, ...flags], { env });
}

async function untilReady(child: ChildProcess, signal: AbortSignal): Promise<void> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream, signal });
  for await (const line of lines) if (line === 'ready') break;
  child.stdout?.resume();
}

/** The time that peers have to end: one that drains gives up a stalled server after ten seconds, and syncs are done. */
const endWaitMs = 15_000;
