/** The server and three peers under load, which are killed and started again. Checks nothing. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DrillContext } from '../drill.ts';
import type { PeerProgram, Processes } from '../processes.ts';
import { below, pick, type Random } from '../random.ts';
import { median } from '../statistics.ts';
import type { Scene } from './checks.ts';
import { Load, type LoadMoment } from './load.ts';
import { Model } from './model.ts';

/** The server's settings: small pieces, so that small files have several. */
const config = { piece_size: 16_384, replicas: 2 };
const peerIds = ['p1', 'p2', 'p3'];

/** The longest that a kill waits, and that the dead stay dead. */
const waitMaxMs = 250;
/** The time that a commit or a delete takes, about: a kill comes within it after one was sent. */
const stakesMs = 20;
/** The number of starts of which one is killed as well, before it is ready. */
const startsPerKill = 4;

export class Stage {
  readonly scene: Scene;
  readonly model = new Model();
  readonly load: Load;
  /** The times from the start of the process to `ready`. */
  readonly #restartsMs: number[] = [];
  readonly #random: Random;
  #serverKills = 0;
  #peerKills = 0;
  #killsWhileStarting = 0;
  #serverUp: Promise<void> = Promise.resolve();

  static async open({ random, signal }: DrillContext, processes: Processes, patienceMs: number): Promise<Stage> {
    const server = await processes.startServer(config);
    const peers = await Promise.all(peerIds.map((id) => processes.startPeer(server, id)));
    return new Stage({ server, peers, signal, patienceMs }, random);
  }

  private constructor(scene: Scene, random: Random) {
    this.scene = scene;
    this.#random = random;
    this.load = new Load({
      url: scene.server.url,
      model: this.model,
      random,
      serverKills: () => this.#serverKills,
      serverUp: () => this.#serverUp,
    });
  }

  get facts(): Readonly<Record<string, number>> {
    return {
      'server kills': this.#serverKills,
      'of these while it started': this.#killsWhileStarting,
      'peer kills': this.#peerKills,
      promises: this.model.promises,
      ...this.load.counts,
      'restart to ready, median ms': median(this.#restartsMs),
      'restart to ready, max ms': Math.max(0, ...this.#restartsMs),
    };
  }

  /** Kills and starts again, `kills` times; settles when all are back and the last request has been answered. */
  async killUnderLoad(kills: number): Promise<void> {
    this.load.start();
    try {
      for (let done = 0; done < kills; done += 1) await this.#killOnce();
    } finally {
      await this.load.stop();
    }
  }

  async #killOnce(): Promise<void> {
    await this.#moment();
    const { killsServer, peers } = this.#victims();
    // The server first: peers that are told to start wait for it.
    if (killsServer) this.#serverUp = this.#killServer();
    await Promise.all([this.#serverUp, ...peers.map((peer) => this.#killPeer(peer))]);
  }

  /** Waits for any moment, or for one in which much is at stake. */
  async #moment(): Promise<void> {
    const moment = pick<LoadMoment | 'any'>(this.#random, ['any', 'upload-sent', 'acknowledged', 'delete-sent']);
    if (moment === 'any') return await this.#pause(waitMaxMs);
    await this.load.next(moment, this.scene.signal);
    if (below(this.#random, 2) === 0) await this.#pause(stakesMs);
  }

  #victims(): { readonly killsServer: boolean; readonly peers: readonly PeerProgram[] } {
    const { peers } = this.scene;
    const onePeer = [pick(this.#random, peers)];
    switch (pick(this.#random, ['server', 'peer', 'both', 'peers', 'all'] as const)) {
      case 'server':
        return { killsServer: true, peers: [] };
      case 'peer':
        return { killsServer: false, peers: onePeer };
      case 'both':
        return { killsServer: true, peers: onePeer };
      case 'peers':
        return { killsServer: false, peers };
      case 'all':
        return { killsServer: true, peers };
    }
  }

  async #killPeer(peer: PeerProgram): Promise<void> {
    this.#peerKills += 1;
    await peer.kill();
    await this.#pauseOrNot();
    await peer.start();
  }

  async #killServer(): Promise<void> {
    const { server } = this.scene;
    this.#serverKills += 1;
    await server.kill();
    await this.#pauseOrNot();
    while (below(this.#random, startsPerKill) === 0) await this.#killWhileStarting();
    const started = performance.now();
    await server.start();
    this.#restartsMs.push(Math.round(performance.now() - started));
  }

  async #killWhileStarting(): Promise<void> {
    const { server } = this.scene;
    this.#serverKills += 1;
    this.#killsWhileStarting += 1;
    const starting = server.start().catch(() => {}); // it is killed before it is ready, or has just become so
    await this.#pause(waitMaxMs);
    await server.kill();
    await starting;
  }

  async #pauseOrNot(): Promise<void> {
    if (below(this.#random, 2) === 0) await this.#pause(waitMaxMs);
  }

  async #pause(maxMs: number): Promise<void> {
    await sleep(below(this.#random, maxMs), undefined, { signal: this.scene.signal });
  }
}
