/**
 * What becomes of a copy that turned out to be bad, whoever found it: a download, repair, or the scrub. It is counted
 * on no more, which lets repair see what is lacking; storing the piece again in its place is how a holder is mended.
 */
import { errorText } from '../../bytes/coded-error.ts';
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import type { Log } from '../../io/log.ts';
import type { Loss } from '../catalog/losses.ts';
import type { TorrentEntry } from '../catalog/torrent-entry.ts';
import { HolderError } from '../holders/holder.ts';

export interface LostCopiesContext {
  readonly log: Log;
  /** Called for each copy that turned out not to be there, or not to hash. */
  readonly onLost: (how: Loss, holder: PeerId, file: TorrentId, pieceIndex: number) => void;
}

/**
 * Decides what the failure of one holder to give, or to verify, piece `pieceIndex` says about its copy. A holder that went
 * away, or whose disk failed, may still have it.
 */
export function dismissCopy(
  { log, onLost }: LostCopiesContext,
  entry: TorrentEntry,
  pieceIndex: number,
  holder: PeerId,
  error: unknown,
): void {
  const code = error instanceof HolderError ? error.code : 'io';
  log.warn('assemble', `piece ${pieceIndex}: ${errorText(error)}`, {
    file: entry.record.id,
    holder,
    code,
  });
  if (code !== 'not-found' && code !== 'corrupt') return;
  const held = entry.holdings.get(holder);
  if (!held?.pieces.has(pieceIndex)) return; // somebody else saw it first, or the holder was told to give it up
  // A lent file that changed is lent no more, as a whole.
  if (code === 'not-found' && held.kind !== 'stored') entry.loseHolder(holder);
  else entry.losePiece(holder, pieceIndex, code);
  onLost(code, holder, entry.record.id, pieceIndex);
}
