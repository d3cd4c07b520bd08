/**
 * One torrent of a client: where its pieces are kept, which peers are known and which are connected, and, while pieces
 * are missing, their download. It dials nobody and listens nowhere: that is the client's (`swarm-client.ts`).
 */
import { createHash } from 'node:crypto';
import type { Bitfield } from '../../bytes/bitfield.ts';
import type { BufferPool } from '../../bytes/buffer-pool.ts';
import { type Endpoint, formatEndpoint } from '../../bytes/endpoint.ts';
import { bytesOfPieces, pieceHash, pieceSize } from '../../protocols/metainfo/types.ts';
import type { TorrentRecord } from '../../storage/catalog/torrent-entry.ts';
import type { LentPiece } from '../../storage/fetch/fetch-piece.ts';
import type { WireConnection } from '../peers/connection.ts';
import type { PeerRequests } from '../peers/context.ts';
import { wireTorrent } from '../peers/make-torrent.ts';
import type { WireContent, WireTorrent } from '../peers/torrent.ts';
import { Downloader, type DownloaderEvents } from './download/downloader.ts';

/** The pieces of a torrent, wherever they are kept. */
export interface StoredPieces {
  /** The verified pieces; it grows by what is written. */
  readonly have: Bitfield;
  /** Fills `into`, which is as long as the piece; the caller hashes it. */
  read(pieceIndex: number, into: Uint8Array): Promise<void>;
  /** Keeps a piece that has hashed; absent where nothing is missing. */
  write?(pieceIndex: number, bytes: Uint8Array): Promise<void>;
}

/** The news of a torrent, for its owner. */
export interface TorrentEvents extends Partial<DownloaderEvents> {
  /** For a while no peer that gives has had some of the missing pieces; or one has again. */
  onStarved?(starved: boolean): void;
  /** A tracker does not answer as it should; `reason` is for a user. */
  onTrackerFailure?(tracker: string, reason: string): void;
  /** A tracker has something for the user to read. */
  onTrackerWarning?(tracker: string, warning: string): void;
}

export interface TorrentSource {
  readonly file: TorrentRecord;
  readonly pieces: StoredPieces;
  /** Trackers (BEP 12). */
  readonly tiers: readonly (readonly string[])[];
  /** Peers that are known from elsewhere, such as a magnet link. */
  readonly peers?: readonly Endpoint[];
  readonly events: TorrentEvents;
}

export interface ClientTorrentContext {
  readonly pool: BufferPool;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Whether a peer is only asked for what no other has. */
  readonly isLastResort: (connection: WireConnection) => boolean;
  /** We have gained a piece: peers are to be told. */
  readonly announce: (torrent: ClientTorrent, pieceIndex: number) => void;
  /** May take over a piece in memory, for peers that will ask for it; false if it does not. */
  readonly keep: (torrent: ClientTorrent, pieceIndex: number, piece: LentPiece) => boolean;
  /** A peer gave bytes that do not hash, and must not come again. It may have gone, and be connected anew. */
  readonly onBadPeer: (connection: WireConnection) => void;
}

/** Addresses that are remembered; the oldest are forgotten. */
const knownMax = 2000;
/** The owner is told when no connected peer has had some of the missing pieces for this long. */
const starvedMs = 5_000;
/**
 * The owner is told when no byte has come for this long, though peers say that they have all of it. Some take turns of
 * ten seconds (BEP 3, "peer messages").
 */
const stalledMs = 30_000;

export class ClientTorrent implements WireContent {
  readonly record: TorrentRecord;
  /** The torrent under its v1 hash. */
  readonly torrent: WireTorrent;
  readonly #source: TorrentSource;
  #pieces: StoredPieces;
  readonly #context: ClientTorrentContext;
  readonly #known = new Map<string, Endpoint>();
  readonly #connections = new Set<WireConnection>();
  #downloader: Downloader | undefined;
  #goneUploadedBytes = 0;
  #goneDownloadedBytes = 0;
  #starvedMs = 0;
  #stalledMs = 0;
  #lastBytes = 0;

  constructor(source: TorrentSource, context: ClientTorrentContext) {
    this.#source = source;
    this.#pieces = source.pieces;
    this.#context = context;
    this.record = source.file;
    this.torrent = wireTorrent(this);
    this.learn(source.peers ?? []);
    if (!source.pieces.have.full) this.#downloader = this.#openDownloader();
  }

  /** The pieces that we have. */
  get have(): Bitfield {
    return this.#pieces.have;
  }

  /** Whether we have every piece. */
  get complete(): boolean {
    return this.have.full;
  }

  /** Whether we have piece `pieceIndex`. */
  has(pieceIndex: number): boolean {
    return this.have.has(pieceIndex);
  }

  /** The peers that are connected. */
  get connections(): ReadonlySet<WireConnection> {
    return this.#connections;
  }

  /** Bytes of blocks that were sent to peers. */
  get uploadedBytes(): number {
    return [...this.#connections].reduce((sum, { uploadedBytes }) => sum + uploadedBytes, this.#goneUploadedBytes);
  }

  /** Bytes of blocks that came from peers, wanted or not. */
  get downloadedBytes(): number {
    const connected = [...this.#connections].map(({ downloadedBytes }) => downloadedBytes);
    return connected.reduce((sum, bytes) => sum + bytes, this.#goneDownloadedBytes);
  }

  /** Bytes of blocks that came and were asked for: others are no progress, however many come. */
  get takenBytes(): number {
    return this.#downloader?.takenBytes ?? 0;
  }

  /** Bytes that are missing. */
  get leftBytes(): number {
    return this.record.length - bytesOfPieces(this.record, this.have);
  }

  /** Whether the owner was told that there is no source. */
  get starved(): boolean {
    return this.#starvedMs >= starvedMs || this.#stalledMs >= stalledMs;
  }

  /** Addresses at which there may be peers. */
  get known(): Iterable<Endpoint> {
    return this.#known.values();
  }

  /** Missing pieces that no connected peer gives. */
  get unreachable(): number[] {
    return this.#downloader?.unreachable ?? [];
  }

  /** Remembers addresses of peers, from wherever. */
  learn(peers: readonly Endpoint[]): void {
    for (const remote of peers) this.#known.set(formatEndpoint(remote), remote);
    for (const key of this.#known.keys()) {
      if (this.#known.size <= knownMax) return;
      this.#known.delete(key);
    }
  }

  /** Has the pieces, all of which we have, read from elsewhere from now on. */
  moveTo(pieces: StoredPieces): void {
    this.#pieces = pieces;
  }

  /** Reads a piece from the disk, where it may have been changed: no peer gets a byte of it that does not hash. */
  async read(pieceIndex: number): Promise<LentPiece> {
    const { pool } = this.#context;
    const size = pieceSize(this.record, pieceIndex);
    const buffer = pool.take(size);
    const bytes = buffer.subarray(0, size);
    const release = (): void => pool.give(buffer);
    try {
      await this.#pieces.read(pieceIndex, bytes);
      const digest = createHash('sha1').update(bytes).digest();
      if (digest.compare(pieceHash(this.record, pieceIndex)) !== 0)
        throw new Error(`piece ${pieceIndex} is not what it was`);
      return { bytes, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** A peer has shaken hands: returns what is asked of it, and is told of it. */
  onOpen(connection: WireConnection): PeerRequests {
    this.#connections.add(connection);
    const events = {
      onClose: () => this.#onClose(connection),
      onBad: () => this.#context.onBadPeer(connection),
    };
    const lastResort = this.#context.isLastResort(connection);
    return this.#downloader?.join(connection, events, lastResort) ?? { ...asksNothing, onClose: events.onClose };
  }

  /** A piece that was counted as ours turns out not to be: it is asked for. */
  lost(pieceIndex: number): void {
    this.#downloader?.lost(pieceIndex);
  }

  /** Time passes: `ms` milliseconds. */
  tick(ms: number): void {
    const wasStarved = this.starved;
    const { takenBytes } = this;
    this.#starvedMs = this.unreachable.length > 0 ? this.#starvedMs + ms : 0;
    this.#stalledMs = this.complete || takenBytes !== this.#lastBytes ? 0 : this.#stalledMs + ms;
    this.#lastBytes = takenBytes;
    if (this.starved !== wasStarved) this.#source.events.onStarved?.(this.starved);
  }

  /** Closes the connections over which nothing comes: other peers wait. */
  makeRoom(): void {
    if (!this.complete) this.#downloader?.makeRoom();
  }

  /** Asks for nothing more, and closes all connections. */
  stop(): void {
    this.#downloader?.stop();
    for (const connection of this.#connections) connection.close('we have done with this torrent');
  }

  /** Whether any peer waits for pieces of ours. */
  get #isServing(): boolean {
    for (const { session } of this.#connections) if (session.peerInterested) return true;
    return false;
  }

  #onClose(connection: WireConnection): void {
    this.#connections.delete(connection);
    // Two that have everything do not dial each other again.
    if (this.complete && connection.session.pieces.full) this.#forget(connection);
    this.#goneUploadedBytes += connection.uploadedBytes;
    this.#goneDownloadedBytes += connection.downloadedBytes;
  }

  #forget({ remote: { address, port }, listenPort = port }: WireConnection): void {
    for (const each of [port, listenPort]) this.#known.delete(formatEndpoint({ address, port: each }));
  }

  #openDownloader(): Downloader {
    const { file, pieces, events } = this.#source;
    const { pool, random, announce, keep } = this.#context;
    return new Downloader({
      file,
      have: pieces.have,
      write: async (pieceIndex, bytes) => await pieces.write?.(pieceIndex, bytes),
      keep: (pieceIndex, piece) => this.#isServing && keep(this, pieceIndex, piece),
      pool,
      random,
      events: {
        ...events,
        onPiece: (pieceIndex) => {
          announce(this, pieceIndex);
          events.onPiece?.(pieceIndex);
        },
      },
    });
  }
}

/** The requests to a peer that came when nothing was missing. */
const asksNothing: Omit<PeerRequests, 'onClose'> = {
  onHave() {},
  onPiece() {},
  onReject() {},
  onChoke() {},
  tick() {},
};
