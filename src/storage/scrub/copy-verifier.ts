/**
 * Has a holder read one of its pieces from its disk and hash it. A copy that is bad is treated as a download would
 * treat it. The scrub, the verification at once and the rebalancer stand on this; they decide when to look at which
 * copy.
 */
import { createHash } from 'node:crypto';
import type { PeerId } from '../../bytes/ids.ts';
import { pieceHash, pieceSize } from '../../protocols/metainfo/types.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { TorrentEntry } from '../catalog/torrent-entry.ts';
import { keeps } from '../catalog/unreadable.ts';
import type { LostCopies } from '../fetch/lost-copies.ts';
import { HolderError, type StoringHolder } from '../holders/holder.ts';

/** A holder, as far as verifying is concerned. */
export type VerifiedHolder = Pick<StoringHolder, 'id' | 'stalled' | 'verifyPiece' | 'getPiece'>;

/** Verifies copies of the files that are listed in a catalog. */
export class CopyVerifier {
  readonly #catalog: Pick<Catalog, 'get'>;
  readonly #lostCopies: LostCopies;
  readonly #onVerified: (bytes: number) => void;

  /** `onVerified` is called for each copy that was looked at, good or bad, with its size. */
  constructor(catalog: Pick<Catalog, 'get'>, lostCopies: LostCopies, onVerified: (bytes: number) => void = () => {}) {
    this.#catalog = catalog;
    this.#lostCopies = lostCopies;
    this.#onVerified = onVerified;
  }

  /**
   * Verifies the copy of one piece that `holder` has. Answers what is wrong with it; undefined when it is good, and
   * when it is none of ours any more: the file was deleted, or the piece moved, meanwhile.
   */
  async verify(entry: TorrentEntry, pieceIndex: number, holder: VerifiedHolder): Promise<HolderError | undefined> {
    if (!this.#keeps(entry, pieceIndex, holder.id)) return undefined;
    const size = pieceSize(entry.record, pieceIndex);
    const sha1 = Buffer.from(pieceHash(entry.record, pieceIndex)).toString('hex');
    try {
      await holder.verifyPiece(entry.record.id, pieceIndex, sha1);
      this.#onVerified(size);
      if (entry.losses.fault(holder.id, pieceIndex) === 'unreadable') await this.#readAgain(entry, pieceIndex, holder);
      return undefined;
    } catch (error) {
      if (!this.#keeps(entry, pieceIndex, holder.id)) return undefined;
      const fault = error instanceof HolderError ? error : new HolderError('io', String(error), { cause: error });
      if (!endsSession(fault)) this.#onVerified(size);
      this.#lostCopies.judge(entry, pieceIndex, holder.id, fault, 'swarm');
      return fault;
    }
  }

  /** Has the holder give a piece that it could not read before: only then does it count again. */
  async #readAgain(entry: TorrentEntry, pieceIndex: number, holder: VerifiedHolder): Promise<void> {
    const bytes = new Uint8Array(pieceSize(entry.record, pieceIndex));
    await holder.getPiece(entry.record.id, pieceIndex, bytes);
    if (createHash('sha1').update(bytes).digest().compare(pieceHash(entry.record, pieceIndex)) !== 0)
      throw new HolderError('corrupt', `${holder.id} gave bytes that do not hash`);
    this.#lostCopies.readWell(entry, pieceIndex, holder.id);
  }

  /** Whether the file is still listed, and the holder still has the piece, be it one that could not be read. */
  #keeps(entry: TorrentEntry, pieceIndex: number, holder: PeerId): boolean {
    return this.#catalog.get(entry.record.id) === entry && keeps(entry, holder, pieceIndex);
  }
}

/** Whether an error says nothing of the copy, but that the holder cannot be asked any more. */
export function endsSession({ code }: HolderError): boolean {
  return code === 'gone' || code === 'timeout' || code === 'protocol';
}
