/** What the connections of the wire door share, what they tell it, and how long they wait. */
import type { Log } from '../../io/log.ts';
import type { RemoteAddress } from '../../io/peer-socket.ts';
import type { WireConnection } from './connection.ts';
import type { PieceCache } from './piece-cache.ts';
import type { WireTorrent } from './torrent.ts';

/** A peer that we dialled, and what for. */
export interface Dialled {
  readonly torrent: WireTorrent;
  readonly remote: RemoteAddress;
}

export interface ConnectionContext {
  /** Ours, 20 bytes. */
  readonly peerId: Buffer;
  /** The port of our wire door. */
  readonly port: number;
  readonly torrentOf: (infoHash: Buffer) => WireTorrent | undefined;
  readonly cache: PieceCache;
  readonly log: Log;
}

/** What the door is told. */
export interface ConnectionEvents {
  /** Both handshakes are done. Throws WireError when the peer is not wanted. */
  onOpen(connection: WireConnection): void;
  /** It became interested in our pieces, or is no more. */
  onInterest(connection: WireConnection): void;
  /** It has gained a piece; undefined: several. */
  onHave(connection: WireConnection, index: number | undefined): void;
  /** Called once, at the end. */
  onClose(connection: WireConnection): void;
}

export const connectionTimeouts = {
  /** From the first moment to the end of the handshakes. */
  handshakeMs: 10_000,
  /** Without a byte from the peer. Others send a keep-alive every two minutes (BEP 3). */
  silenceMs: 180_000,
  /** Without a byte to it: then we send one. */
  keepAliveMs: 100_000,
} as const;
