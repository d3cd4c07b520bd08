/** What the connections of the wire door share, and what they tell whom. */
import type { Log } from '../../io/log.ts';
import type { Block, WireMessage } from '../../protocols/wire/types.ts';
import type { PieceCache } from './piece-cache.ts';
import type { WireTorrent } from './torrent.ts';

/** What is asked of one peer, and what becomes of its answers. It is told of all that comes, once it is checked. */
export interface PeerRequests {
  /** The bytes are lent until this returns. */
  onPiece(message: Extract<WireMessage, { kind: 'piece' }>): void;
  /** BEP 6. */
  onReject(block: Block): void;
  /** The peer chokes us, or does no more. */
  onChoke(): void;
  /** `ms` have passed. */
  passed(ms: number): void;
  /** The connection is over. */
  fail(reason: string): void;
}

export interface ConnectionContext {
  /** Ours, 20 bytes. */
  readonly peerId: Buffer;
  /** The port of our wire door. */
  readonly port: number;
  readonly torrentOf: (infoHash: Buffer) => WireTorrent | undefined;
  readonly cache: PieceCache;
  /** Settles when `bytes` more may be sent, by all connections together; undefined: at any speed. */
  readonly pace?: ((bytes: number) => Promise<void>) | undefined;
  readonly log: Log;
}
