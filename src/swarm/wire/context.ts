/** What the connections of the wire door share, and how long they wait. */
import type { Log } from '../../io/log.ts';
import type { RemoteAddress } from '../../io/peer-socket.ts';
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

export const connectionTimeouts = {
  /** From the first moment to the end of the handshakes. */
  handshakeMs: 10_000,
  /** Without a byte from the peer. Others send a keep-alive every two minutes (BEP 3). */
  silenceMs: 180_000,
  /** Without a byte to it: then we send one. */
  keepAliveMs: 100_000,
} as const;
