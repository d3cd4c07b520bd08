/** One peer that is stopped, killed or frozen again and again, and always comes back. It can be paused. */
import { setTimeout as sleep } from 'node:timers/promises';
import { untilPeersAreBack } from '../patience.ts';
import type { PeerProgram, ServerProgram } from '../processes.ts';
import { below, pick, type Random } from '../random.ts';

const pauseMaxMs = 3000;
/** The longest time that the peer is frozen: longer than it takes to give up a peer that owes something. */
const frozenMaxMs = 8000;
const patienceMs = 20_000;

export interface RestartsOptions {
  readonly server: ServerProgram;
  readonly peer: PeerProgram;
  readonly random: Random;
  readonly signal: AbortSignal;
}

export class Restarts {
  readonly #options: RestartsOptions;
  readonly #failures: string[] = [];
  #running: Promise<unknown> = Promise.resolve();
  #pausing = false;
  #count = 0;

  constructor(options: RestartsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#count;
  }

  get failures(): readonly string[] {
    return this.#failures;
  }

  start(): void {
    this.#pausing = false;
    this.#running = this.#run();
    this.#running.catch(() => {}); // `pause` tells
  }

  /** Settles when the peer is there. */
  async pause(): Promise<void> {
    this.#pausing = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    const { server, peer, random, signal } = this.#options;
    while (!this.#pausing) {
      await sleep(below(random, pauseMaxMs), undefined, { signal });
      await this.#once();
      this.#count += 1;
      this.#failures.push(...(await untilPeersAreBack(server, [peer], { signal, patienceMs })));
    }
  }

  async #once(): Promise<void> {
    const { peer, random, signal } = this.#options;
    const way = pick(random, ['stop', 'kill', 'freeze'] as const);
    if (way === 'freeze') {
      peer.freeze();
      await sleep(below(random, frozenMaxMs), undefined, { signal });
      return peer.thaw();
    }
    await (way === 'stop' ? peer.stop() : peer.kill());
    await peer.start();
  }
}
