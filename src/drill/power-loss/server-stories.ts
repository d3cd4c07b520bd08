/**
 * The server's storage with two peers, as clients use it: uploads before there are peers and after, one file twice, two
 * in one form, deletes, a repair, a restart; and the same with the server killed in the middle, before the power fails.
 */
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { tempHolderId } from '../../storage/holders/holder.ts';
import type { Content } from '../client.ts';
import { below, type Random } from '../random.ts';
import type { DiskProgram } from './disk-program.ts';
import { type Expectation, settled } from './expectations.ts';
import { judgeImage } from './recovery.ts';
import type { Stage, Story } from './story.ts';
import { World } from './world.ts';

type Expectations = readonly Expectation[];

export const serverStory: Story<Expectations> = {
  name: 'server',
  play: async (stage) => playAll(await Player.begin(stage)),
  judge: judgeImage,
};

/** The story of a server that is killed, at another moment each time. */
export function killedServerStory(random: Random): Story<Expectations> {
  return {
    name: 'killed server',
    play: async (stage) => playKilled(await Player.begin(stage), random),
    judge: judgeImage,
  };
}

/** The length of a file: more than two pieces, less than three, and no other's. */
const someFile = (name: string, index: number): Content => ({ name, seed: `power loss ${name}`, length: 2100 + index });
const a = someFile('a', 0);
const b = someFile('b', 1);
const c = someFile('c', 2);
const d = someFile('d', 3);
const e = someFile('e', 4);
const f = someFile('f', 5);

async function playAll(player: Player): Promise<void> {
  await player.upload(a);
  player.doubt(a, 1);
  await player.upload(a);
  await player.addPeers();
  await player.upload(b);
  await player.upload(b);
  await player.upload(c, d);
  await player.remove(a);
  await player.restart();
  await player.upload(a);
  await Promise.all([player.upload(e), player.remove(b)]);
  await player.end();
}

/** The number of steps that the two requests take, about: the kill comes in one of them. */
const stepsMax = 60;

async function playKilled(player: Player, random: Random): Promise<void> {
  await player.upload(a);
  await player.addPeers();
  await player.upload(b);
  await player.killDuring([player.upload(c, d), player.remove(b)], below(random, stepsMax));
  await player.upload(f);
  await player.upload(c, d);
  await player.end();
}

/** Plays the client, and keeps in mind what it was promised. */
class Player {
  readonly #stage: Stage<Expectations>;
  #server: DiskProgram;
  #world: World;
  #expectations: Expectations = [];

  static async begin(stage: Stage<Expectations>): Promise<Player> {
    stage.promise([]);
    const server = stage.program();
    return new Player(stage, server, await World.open(server));
  }

  private constructor(stage: Stage<Expectations>, server: DiskProgram, world: World) {
    this.#stage = stage;
    this.#server = server;
    this.#world = world;
  }

  /** Uploads files as one form. */
  async upload(...contents: Content[]): Promise<void> {
    const known = this.#expectations.find((one) => one.contents[0] === contents[0]);
    // What was acknowledged once stays so, whatever becomes of the second time.
    if (known?.fate !== 'kept') this.#expect(contents, 'open');
    await this.#world.upload(contents);
    this.#expect(contents, 'kept');
  }

  /** Has the server count no longer on its own copy of a piece, as if that had not hashed; it is good nevertheless. */
  doubt(content: Content, pieceIndex: number): void {
    this.#listed(content).removePiece(tempHolderId, pieceIndex);
  }

  async remove(content: Content): Promise<void> {
    const { id } = this.#listed(content).record;
    this.#expect([content], 'open');
    await this.#world.remove(id);
    this.#expect([content], 'gone');
  }

  /** Starts both peers for the first time; pieces in the temp store go to them. */
  async addPeers(): Promise<void> {
    await this.#world.addPeers(this.#stage.program());
    await this.#world.idle();
  }

  /** Ends the server and starts it again; the peers stay. */
  async restart(): Promise<void> {
    await this.#world.idle();
    const { stores } = this.#world;
    await this.#world.close({ peersToo: false });
    await this.#startAgain(stores);
  }

  /** Kills the server a number of steps from now, or when all requests have ended, and starts it again. */
  async killDuring(requests: readonly Promise<void>[], steps: number): Promise<void> {
    const moment = new Promise<void>((resolve) => {
      let left = steps;
      this.#stage.onMoment = () => {
        if (left === 0) resolve();
        left -= 1;
      };
    });
    await Promise.race([moment, Promise.all(requests)]);
    const { stores } = this.#world;
    this.#server.kill();
    this.#world.abandon();
    await this.#startAgain(stores);
    this.#expectations = settled(this.#expectations, this.#world);
    this.#stage.promise(this.#expectations);
  }

  async end(): Promise<void> {
    await this.#world.idle();
    await this.#world.close({ peersToo: true });
  }

  async #startAgain(stores: World['stores']): Promise<void> {
    this.#server = this.#stage.program();
    this.#world = await World.open(this.#server);
    await this.#world.addPeers(this.#server, stores);
    await this.#world.idle();
  }

  #listed({ name }: Content): TorrentEntry {
    const [entry] = this.#world.domain.catalog.named(name);
    if (entry === undefined) throw new Error(`${name} is not listed`);
    return entry;
  }

  #expect(contents: readonly Content[], fate: Expectation['fate']): void {
    const others = this.#expectations.filter((one) => one.contents[0] !== contents[0]);
    this.#expectations = [...others, { contents, fate }];
    this.#stage.promise(this.#expectations);
  }
}
