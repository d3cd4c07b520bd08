/**
 * `--peers N`: storage peers p1 to pN as processes of their own, started with the server and stopped with it. They are
 * no different from peers that somebody starts by hand.
 */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endProgram, startProgram } from '../../io/child-programs.ts';

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
    await Promise.all([...children.values()].map((child) => endProgram(child, endWaitMs)));
  };
  return { stop };
}

function startPeer(id: string, { directory, serverUrl, token }: LocalPeersOptions): ChildProcess {
  const env = token === null ? process.env : { ...process.env, RIVULET_TOKEN: token };
  // Not tied to the server: peers keep what they have whether it runs or not.
  return startProgram(['peer', id, '--dir', join(directory, id), '--server', serverUrl], { env });
}

async function untilReady(child: ChildProcess, signal: AbortSignal): Promise<void> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream, signal });
  for await (const line of lines) if (line === 'ready') break;
  child.stdout?.resume();
}

/** A peer that drains gives up a stalled server after ten seconds. What it was asked to sync is synced by then. */
const endWaitMs = 15_000;
