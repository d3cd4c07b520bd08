/**
 * `--peers N`: storage peers p1 to pN as processes of their own, started and stopped with the server. They do not
 * differ from peers that a person starts, but that they end with the server, whatever ends it, and are started again
 * when they end by themselves.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Backoff, type BackoffDelays } from '../../async/backoff.ts';
import { type Clock, delay } from '../../async/clock.ts';
import { unlessAborted } from '../../async/unless-aborted.ts';
import { endProgram, type ProgramOptions } from '../../io/child-programs.ts';

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
  /** Called for a peer that ended by itself: it is started again in `retryMs`. */
  readonly onExit: (id: string, how: string, retryMs: number) => void;
  /** Starts one of our programs: `startProgram`. */
  readonly start: (args: readonly string[], options: ProgramOptions) => ChildProcess;
  readonly clock: Pick<Clock, 'now' | 'after'>;
}

/** The delays before a peer is started again: at once after one that has worked, seldom for one that cannot. */
const restartDelays: BackoffDelays = { firstMs: 250, lastMs: 30_000 };
/** The life after which a peer counts as one that has worked. */
const workedMs = 10_000;
/** The time that peers have to end: one that drains gives up a stalled server after ten seconds, and syncs are done. */
const endWaitMs = 15_000;
/** The time that the start waits for peers: one whose id is taken only gets ready when somebody has done something. */
const readyWaitMs = 30_000;

/** Starts the peers; settles once each has registered or ended, or too much time has passed. */
export async function startLocalPeers(options: LocalPeersOptions): Promise<LocalPeers> {
  const peers = Array.from({ length: options.count }, (_, index) => new LocalPeer(`p${index + 1}`, options));
  const waiting = new AbortController();
  const cancelWait = options.clock.after(readyWaitMs, () => waiting.abort());
  const signal = AbortSignal.any([options.signal, waiting.signal]);
  await unlessAborted(Promise.all(peers.map(({ ready }) => ready)), signal).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  cancelWait();
  return {
    stop: async () => void (await Promise.all(peers.map((peer) => peer.stop()))),
  };
}

/** One peer, and its process of the moment. */
class LocalPeer {
  /** Settles once the first process has registered or ended. */
  readonly ready: Promise<void>;
  readonly #id: string;
  readonly #options: LocalPeersOptions;
  readonly #backoff = new Backoff(restartDelays);
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #child: ChildProcess | undefined;

  constructor(id: string, options: LocalPeersOptions) {
    this.#id = id;
    this.#options = options;
    let onReady = (): void => {};
    this.ready = new Promise((resolve) => {
      onReady = resolve;
    });
    this.#running = this.#keepRunning(onReady);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#child !== undefined) await endProgram(this.#child, endWaitMs);
    await this.#running;
  }

  async #keepRunning(onReady: () => void): Promise<void> {
    const { onExit, clock } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const startedMs = clock.now();
      const how = await this.#runOnce(onReady);
      onReady();
      if (signal.aborted) return;
      if (clock.now() - startedMs >= workedMs) this.#backoff.reset();
      const retryMs = this.#backoff.next();
      onExit(this.#id, how, retryMs);
      await delay(clock, retryMs, signal).catch(() => undefined); // it is stopped: the loop ends
    }
  }

  /** Runs the peer once; answers how it ended. */
  async #runOnce(onReady: () => void): Promise<string> {
    const { directory, serverUrl, token, dropDelay, start } = this.#options;
    const env = token === null ? process.env : { ...process.env, RIVULET_TOKEN: token };
    const flags = ['--dir', join(directory, this.#id), '--server', serverUrl, '--drop-delay', String(dropDelay)];
    const args = ['peer', this.#id, ...flags];
    const child = start(args, { env, tied: true });
    this.#child = child;
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line === 'ready') onReady();
      });
    }
    try {
      const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      return signal ?? `exit code ${code}`;
    } catch (error) {
      return (error as Error).message; // it could not be started
    }
  }
}
