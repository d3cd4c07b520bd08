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

/** Called for each copy that turned out not to be there, or not to hash. */
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
   * Decides what the failure of one holder to give, or to verify, a piece says about its copy. A holder that went away,
   * or whose disk failed, may still have it. `topic`: the log topic of the one who asked.
   */
  judge(entry: TorrentEntry, pieceIndex: number, holder: PeerId, error: unknown, topic: LogTopic): void {
    const code = error instanceof HolderError ? error.code : 'io';
    this.#log.warn(topic, `piece ${pieceIndex}: ${errorText(error)}`, { file: entry.record.id, holder, code });
    if (code !== 'not-found' && code !== 'corrupt') return;
    const held = entry.holdings.get(holder);
    if (!held?.pieces.has(pieceIndex)) return; // somebody else saw it first, or the holder was told to drop it
    // A lent file that changed is lent no more, none of its pieces.
    if (code === 'not-found' && held.kind !== 'stored') entry.loseHolder(holder);
    else entry.losePiece(holder, pieceIndex, code);
    this.#onLost(code, holder, entry.record.id, pieceIndex);
  }
}
