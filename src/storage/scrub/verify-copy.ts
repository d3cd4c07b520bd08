/**
 * Has a holder read one of its pieces from its disk and hash it. What turns out to be bad is treated as a download
 * would treat it. The scrub and the verification at once both stand on this; when to look at what is theirs to decide.
 */
import type { PeerId } from '../../bytes/ids.ts';
import { pieceHash, pieceSize } from '../../protocols/metainfo/types.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { TorrentEntry } from '../catalog/torrent-entry.ts';
import { dismissCopy, type LostCopiesContext } from '../fetch/lost-copies.ts';
import { HolderError, type StoringHolder } from '../holders/holder.ts';

/** A holder, as far as verifying is concerned. */
export type VerifiedHolder = Pick<StoringHolder, 'id' | 'stalled' | 'verifyPiece'>;

export interface VerifyContext extends LostCopiesContext {
  readonly catalog: Pick<Catalog, 'entries' | 'get'>;
  /** Those that are online, the temp store among them. */
  readonly holders: () => readonly VerifiedHolder[];
  /** Called for each copy that was looked at, good or bad. */
  readonly onLooked: (bytes: number) => void;
}

/**
 * Verifies the copy of piece `pieceIndex` that `holder` has. Answers what is wrong with it; undefined when it is good, and
 * when it is none of ours any more: the file was deleted, or the piece moved, under our hands.
 */
export async function verifyCopy(
  context: Omit<VerifyContext, 'holders'>,
  entry: TorrentEntry,
  pieceIndex: number,
  holder: VerifiedHolder,
): Promise<HolderError | undefined> {
  if (!counts(context, entry, pieceIndex, holder.id)) return undefined;
  const size = pieceSize(entry.record, pieceIndex);
  const sha1 = Buffer.from(pieceHash(entry.record, pieceIndex)).toString('hex');
  try {
    await holder.verifyPiece(entry.record.id, pieceIndex, sha1);
    context.onLooked(size);
    return undefined;
  } catch (error) {
    if (!counts(context, entry, pieceIndex, holder.id)) return undefined;
    const fault = error instanceof HolderError ? error : new HolderError('io', String(error), { cause: error });
    if (!endsSession(fault)) context.onLooked(size);
    dismissCopy(context, entry, pieceIndex, holder.id, fault);
    return fault;
  }
}

/** Whether an error says nothing of the copy, but that the holder cannot be asked any more. */
export function endsSession({ code }: HolderError): boolean {
  return code === 'gone' || code === 'timeout' || code === 'protocol';
}

/** Whether the file is still listed, and the holder still counted on for the piece. */
function counts(
  { catalog }: Pick<VerifyContext, 'catalog'>,
  entry: TorrentEntry,
  pieceIndex: number,
  holder: PeerId,
): boolean {
  return catalog.get(entry.record.id) === entry && entry.holdings.get(holder)?.pieces.has(pieceIndex) === true;
}
