/**
 * Holders give and take pieces: FIFO peers, the server's own temp store, BitTorrent wire peers. The rest of the server
 * knows them only by these interfaces. Every implementation passes the same contract suite (`holder.testing.ts`).
 */
import { CodedError } from '../../bytes/coded-error.ts';
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import type { HeldFile, PieceToStore } from '../../bytes/pieces.ts';

export type { HeldFile, PieceToStore };

/** The reason why a holder did not do what it was asked. */
export type HolderErrorCode =
  | 'not-found' // it does not have that piece (any more)
  | 'no-space' // its disk is full
  | 'corrupt' // its copy does not hash, or what we sent it did not
  | 'io' // its disk failed
  | 'stale' // it has seen later metadata than ours, and drops nothing on our word
  | 'unsupported' // a peer of another make: it does not know that request
  | 'protocol' // it broke the protocol; the session is over
  | 'timeout' // no sign of life for too long, or one request never answered; the session is over
  | 'gone'; // it went away

/** The error of a holder. */
export class HolderError extends CodedError<HolderErrorCode> {}

/** A holder that gives pieces. */
export interface Holder {
  readonly id: PeerId;
  readonly kind: 'fifo' | 'temp' | 'wire';
  /** Whether the holder owes replies and has been silent for a while: others are asked first. */
  readonly stalled?: boolean;
  /**
   * Reads piece `pieceIndex` of `file` straight into `into`, which is exactly as long as the piece. Nobody else may
   * touch `into` until the promise settles. What was read is *not* verified here: the caller hashes it. `onStall` is
   * called once if the holder is `stalled` while it owes the piece. Fails with a HolderError.
   */
  getPiece(file: TorrentId, pieceIndex: number, into: Uint8Array, onStall?: () => void): Promise<void>;
}

/** A holder that gives pieces and takes them. */
export interface StoringHolder extends Holder {
  /** The number of bytes that it can still take, as of the last time it said so; 0 for one that takes none. */
  readonly freeBytes: number;
  /** Asks the holder anew how much it can take. Fails with a HolderError. */
  measureFreeBytes(): Promise<number>;
  /**
   * Settles once the piece is written (not yet durable). `piece.bytes` may be reused then. Fails with a HolderError.
   */
  storePiece(file: TorrentId, piece: PieceToStore): Promise<void>;
  /** Settles once everything stored for `file` is on stable storage. Fails with a HolderError. */
  sync(file: TorrentId): Promise<void>;
  /** Forgets `file` and frees its space. Unknown files are no error. A lent file is only forgotten, never deleted. */
  drop(file: TorrentId): Promise<void>;
  /**
   * Drops one piece: no longer listed or given once this settles; durable, and its space freed, after the next `sync`.
   * A piece that it does not have is no error; of a lent file nothing is dropped. Fails with a HolderError:
   * `unsupported` by a peer that can only drop all of a file.
   */
  dropPiece(file: TorrentId, pieceIndex: number): Promise<void>;
  /**
   * Has the holder read a piece from its disk and hash it; the piece is not sent, unless the holder can do no better.
   * Fails with a HolderError: `corrupt` when the piece does not have `sha1` (40 lower-case hex digits), `not-found`.
   */
  verifyPiece(file: TorrentId, pieceIndex: number, sha1: string): Promise<void>;
  /** The number of files that it was told to drop and can bring back, as of the last time it said so. */
  readonly asideFiles?: number;
  /**
   * Brings back, durably, what it put aside of `file`. Answers what it has of the file then; undefined when nothing was
   * put aside. Fails with a HolderError.
   */
  restore?(file: TorrentId): Promise<HeldFile | undefined>;
  /** The files whose info dictionary it lacks, as far as it said so and can keep it. */
  readonly lackingInfo?: Iterable<TorrentId>;
  /** Keeps the info dictionary of a file that it has pieces of. Fails with a HolderError. */
  storeInfo?(file: TorrentId, info: Uint8Array): Promise<void>;
  /** The info dictionary of a file, not verified here. Fails with a HolderError: `not-found`. */
  getInfo?(file: TorrentId): Promise<Uint8Array>;
  /** The pieces that the holder has: of all files, or of one. */
  list(file?: TorrentId): Promise<HeldFile[]>;
}

/** The server's own store, which can give up at once what is safe with others. */
export interface TempStore extends StoringHolder {
  /** Forgets `file` and frees its space; nothing of it is put aside. */
  release(file: TorrentId): Promise<void>;
}

/** Whether `id` is that of a wire peer: an address and a port. No storage peer can be called so. */
export function isWireHolder(id: PeerId): boolean {
  return id.includes(':');
}

/** The name of the server's own temp store among the holders; no peer can register under it. */
export const tempHolderId = 'temp' as PeerId;
