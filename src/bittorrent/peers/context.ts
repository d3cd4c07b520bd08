/** The context that the connections of one listener share, and the object that takes the news of one peer. */
import type { Trace } from '../../bytes/trace.ts';
import type { Log } from '../../io/log.ts';
import type { Block, WireMessage } from '../../protocols/wire/types.ts';
import type { PeerOutputOptions } from './peer-output.ts';
import type { PieceCache } from './piece-cache.ts';
import type { WireTorrent } from './torrent.ts';

/** The requests to one peer: told by the connection of all that the peer says, once that is checked. */
export interface PeerRequests {
  /** The peer has gained piece `pieceIndex`; several where that is undefined. */
  onHave(pieceIndex: number | undefined): void;
  /** The peer gives a block, whose bytes are lent until this returns. */
  onPiece(message: Extract<WireMessage, { kind: 'piece' }>): void;
  /** The peer does not give a block (BEP 6, "Reject Request"). */
  onReject(block: Block): void;
  /** The peer chokes us, or does no more. */
  onChoke(): void;
  /** Time passes: `ms` milliseconds. */
  tick(ms: number): void;
  /** The connection is over. Called once. */
  onClose(reason: string): void;
}

export interface ConnectionContext {
  /** Our own peer id, 20 bytes. */
  readonly peerId: Buffer;
  /** The port on which we listen. */
  readonly port: number;
  readonly torrentOf: (infoHash: Buffer) => WireTorrent | undefined;
  readonly cache: PieceCache;
  /** Settles when `bytes` more may be sent, by all connections together; undefined: at any speed. */
  readonly pace?: ((bytes: number) => Promise<void>) | undefined;
  /** The number of connections that share the memory for what waits to be taken. */
  readonly connections: () => number;
  /** Differences from `outputLimits`. */
  readonly limits?: PeerOutputOptions['limits'];
  readonly log: Log;
  /** Takes the annotated bytes of every connection, line by line. */
  readonly trace?: Trace | undefined;
}
