/**
 * A piece store alone: pieces of a file are written, synced, replaced by others, dropped, written again. What was
 * synced must be listed, or listed no more; what is listed must be there and have its hash. Of a piece that is being
 * replaced it may be either one.
 */
import { createHash } from 'node:crypto';
import type { TorrentId } from '../../bytes/ids.ts';
import type { PieceToStore } from '../../bytes/pieces.ts';
import { silentLog } from '../../io/log.ts';
import { PieceStore } from '../../io/pieces/piece-store.ts';
import { seededBytes } from '../random.ts';
import { CachedDisk } from './cached-disk.ts';
import { DiskProgram } from './disk-program.ts';
import type { Stage, Story } from './story.ts';
import type { Tree } from './tree.ts';

interface PiecePromise {
  readonly pieceIndex: number;
  /** The hashes that the piece may have; none when it must not be there. */
  readonly hashes: readonly string[];
  /** Whether the piece must be there. */
  readonly kept: boolean;
}

const file = 'a'.repeat(40) as TorrentId;
const directory = '/peers/p1';
const pieceBytes = 1000;

export const piecesStory: Story<Promises> = {
  name: 'pieces',
  async play(stage) {
    const keeper = await PieceKeeper.open(stage);
    await keeper.put(['a', 0], ['a', 1]);
    await keeper.put(['a', 2]);
    // Another piece 1: the old one must stay whole until the new one is durable.
    await keeper.put(['b', 1], ['a', 3]);
    await keeper.drop([0, 2]);
    // The same bytes again, to the place that was just freed; and a piece dropped and stored between two syncs.
    await keeper.drop([3], 'without a sync');
    await keeper.put(['a', 0], ['a', 3]);
    await keeper.drop([3, 0, 1]);
    await keeper.put(['a', 0]);
    await keeper.close();
  },
  async judge(image, promises) {
    const once = await recover(image);
    const twice = await recover(once.survived);
    const same = [...once.pieces].join() === [...twice.pieces].join();
    return [...faultsOf(once.pieces, promises), ...(same ? [] : ['recovered a second time, it lists something else'])];
  },
};

type Promises = readonly PiecePromise[];

/** Works with the store, and keeps in mind what it was promised. */
class PieceKeeper {
  readonly #store: PieceStore;
  readonly #stage: Stage<Promises>;
  #promises: Promises = [];

  static async open(stage: Stage<Promises>): Promise<PieceKeeper> {
    stage.promise([]);
    return new PieceKeeper(await PieceStore.open(directory, { log: silentLog, calls: stage.program() }), stage);
  }

  private constructor(store: PieceStore, stage: Stage<Promises>) {
    this.#store = store;
    this.#stage = stage;
  }

  /** Stores pieces all at once, then syncs. */
  async put(...pieces: readonly (readonly [seed: string, pieceIndex: number])[]): Promise<void> {
    const batch = pieces.map(([seed, pieceIndex]) => somePiece(seed, pieceIndex));
    for (const { pieceIndex, sha1 } of batch)
      this.#promise(pieceIndex, ({ hashes, kept }) => ({ hashes: [...hashes, sha1], kept }));
    await Promise.all(batch.map((piece) => this.#store.write(file, piece)));
    await this.#store.sync(file);
    for (const { pieceIndex, sha1 } of batch) this.#promise(pieceIndex, () => ({ hashes: [sha1], kept: true }));
  }

  async drop(parts: readonly number[], how?: 'without a sync'): Promise<void> {
    for (const pieceIndex of parts) this.#promise(pieceIndex, ({ hashes }) => ({ hashes, kept: false }));
    await Promise.all(parts.map((pieceIndex) => this.#store.dropPiece(file, pieceIndex)));
    if (how === 'without a sync') return;
    await this.#store.sync(file);
    for (const pieceIndex of parts) this.#promise(pieceIndex, () => ({ hashes: [], kept: false }));
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #promise(
    pieceIndex: number,
    next: (before: Omit<PiecePromise, 'pieceIndex'>) => Omit<PiecePromise, 'pieceIndex'>,
  ): void {
    const before = this.#promises.find((one) => one.pieceIndex === pieceIndex) ?? { hashes: [], kept: false };
    this.#promises = [
      ...this.#promises.filter((one) => one.pieceIndex !== pieceIndex),
      { pieceIndex, ...next(before) },
    ];
    this.#stage.promise(this.#promises);
  }
}

function somePiece(seed: string, pieceIndex: number): PieceToStore {
  const bytes = seededBytes(`${seed} ${pieceIndex}`, pieceBytes);
  return { pieceIndex, offset: pieceIndex * pieceBytes, sha1: sha1Of(bytes), bytes };
}

interface Recovered {
  /** The hash of the bytes of each piece that is listed, or what they have instead of it. */
  readonly pieces: ReadonlyMap<number, string>;
  readonly survived: Tree;
}

async function recover(image: Tree): Promise<Recovered> {
  const disk = new CachedDisk(image);
  const store = await PieceStore.open(directory, { log: silentLog, calls: new DiskProgram(disk) });
  const pieces = new Map<number, string>();
  for (const { first, last } of store.list(file).flatMap(({ parts }) => parts)) {
    for (let pieceIndex = first; pieceIndex <= last; pieceIndex += 1)
      pieces.set(pieceIndex, await hashOf(store, pieceIndex));
  }
  await store.close();
  return { pieces, survived: disk.live };
}

async function hashOf(store: PieceStore, pieceIndex: number): Promise<string> {
  const into = new Uint8Array(store.piece(file, pieceIndex)?.size ?? 0);
  await store.read(file, pieceIndex, into);
  return sha1Of(into);
}

function faultsOf(pieces: ReadonlyMap<number, string>, promises: Promises): string[] {
  const known = new Map(promises.map((promise) => [promise.pieceIndex, promise]));
  const wrong = [...pieces].filter(([pieceIndex, hash]) => !known.get(pieceIndex)?.hashes.includes(hash));
  const lost = promises.filter(({ pieceIndex, kept }) => kept && !pieces.has(pieceIndex));
  return [
    ...wrong.map(([pieceIndex]) => `piece ${pieceIndex} is listed, and is gone, or has other bytes`),
    ...lost.map(({ pieceIndex }) => `piece ${pieceIndex} was synced, and is not listed`),
  ];
}

function sha1Of(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}
