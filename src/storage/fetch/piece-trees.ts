/**
 * The hash trees of v2 torrents (BEP 52), made when somebody asks for one: all of the file is read, verified as for any
 * download, and the tree is remembered for good. The file's SHA-256 is learnt by the way where it was not known.
 */
import { createHash } from 'node:crypto';
import type { TorrentId } from '../../bytes/ids.ts';
import { PieceTreeHasher } from '../../protocols/metainfo/merkle.ts';
import type { PieceTree } from '../../protocols/metainfo/types.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Ledger } from '../catalog/ledger.ts';
import type { LearntFacts, TorrentEntry } from '../catalog/torrent-entry.ts';
import { type FetchContext, fetchPieces } from './fetch.ts';

/** The collaborators of `PieceTrees`. */
export interface PieceTreesContext {
  readonly catalog: Pick<Catalog, 'get' | 'learn'>;
  readonly ledger: Pick<Ledger, 'learn'>;
  readonly fetch: FetchContext;
}

/** The trees that are known or being made. */
export class PieceTrees {
  readonly #context: PieceTreesContext;
  /** Trees that are being made, for whoever asks for them meanwhile. */
  readonly #underWay = new Map<TorrentId, Promise<PieceTree>>();

  constructor(context: PieceTreesContext) {
    this.#context = context;
  }

  /**
   * The tree of `entry`, one file that can have a v2 torrent (`v2Fault`). Throws PieceUnavailable when a piece cannot
   * be had.
   */
  of(entry: TorrentEntry): Promise<PieceTree> {
    const { id, tree } = entry.record;
    if (tree !== undefined) return Promise.resolve(tree);
    const underWay = this.#underWay.get(id);
    if (underWay !== undefined) return underWay;
    const made = this.#make(entry).finally(() => this.#underWay.delete(id));
    this.#underWay.set(id, made);
    return made;
  }

  /** Waits for trees that are being made. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#underWay.values());
  }

  async #make(entry: TorrentEntry): Promise<PieceTree> {
    const { id, length, pieceLength, sha256 } = entry.record;
    const hasher = new PieceTreeHasher(length, pieceLength);
    const hash = sha256 === null ? createHash('sha256') : undefined;
    for await (const piece of fetchPieces(this.#context.fetch, entry, 0, entry.pieces - 1)) {
      hasher.update(piece);
      hash?.update(piece);
    }
    const tree = hasher.finish();
    const facts: LearntFacts = { tree, ...(hash && { sha256: hash.digest('hex') }) };
    await this.#context.ledger.learn(id, facts);
    // Meanwhile it may have been removed, and may even have come again: that is another entry, which knows nothing yet.
    if (this.#context.catalog.get(id) === entry) this.#context.catalog.learn(entry, facts);
    return tree;
  }
}
