/**
 * Notes copies that turned out to be bad, whoever found them: a download, repair, or the scrub. A lost copy is counted
 * on no more, which lets repair see what is lacking; storing the piece again in its place is how a holder is repaired.
 */
import { errorText } from '../../bytes/coded-error.ts';
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import type { Log, LogTopic } from '../../io/log.ts';
import type { Loss } from '../catalog/losses.ts';
import type { TorrentEntry } from '../catalog/torrent-entry.ts';
import { HolderError } from '../holders/holder.ts';

/** Called for each copy that turned out not to be there, not to hash, or not to be readable. */
export type OnLost = (how: Loss, holder: PeerId, file: TorrentId, pieceIndex: number) => void;

/** Judges failed copies, and notes lost ones. */
export class LostCopies {
  readonly #log: Log;
  readonly #onLost: OnLost;

  constructor(log: Log, onLost: OnLost) {
    this.#log = log;
    this.#onLost = onLost;
  }

  /**
   * Decides what the failure of one holder to give, or to verify, a piece says about its copy. A holder that went away
   * may still have it; one whose disk gives an I/O error may, too, but nobody may count on that. `topic`: the log topic
   * of the one who asked.
   */
  judge(entry: TorrentEntry, pieceIndex: number, holder: PeerId, error: unknown, topic: LogTopic): void {
    const code = error instanceof HolderError ? error.code : 'io';
    this.#log.warn(topic, `piece ${pieceIndex}: ${errorText(error)}`, { file: entry.record.id, holder, code });
    const loss = error instanceof HolderError ? lossOf(error) : undefined;
    if (loss === undefined) return;
    const held = entry.holdings.get(holder);
    if (!held?.pieces.has(pieceIndex)) return; // somebody else saw it first, or the holder was told to drop it
    // A lent file that changed is lent no more, none of its pieces.
    if (loss === 'not-found' && held.kind !== 'stored') entry.loseHolder(holder);
    else entry.losePiece(holder, pieceIndex, loss);
    this.#onLost(loss, holder, entry.record.id, pieceIndex);
  }

  /** Notes that a copy was read and hashed: one that could not be read before counts again. */
  readWell(entry: TorrentEntry, pieceIndex: number, holder: PeerId): void {
    const held = entry.holdings.get(holder);
    if (held === undefined || entry.losses.fault(holder, pieceIndex) !== 'unreadable') return;
    entry.addPiece(holder, pieceIndex, held.kind);
    this.#log.info('swarm', `piece ${pieceIndex} can be read again`, { file: entry.record.id, holder });
  }
}

/** The loss that an error means; undefined for one that says nothing of the copy. */
function lossOf({ code }: HolderError): Loss | undefined {
  if (code === 'io') return 'unreadable';
  return code === 'not-found' || code === 'corrupt' ? code : undefined;
}
