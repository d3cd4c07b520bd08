/**
 * One torrent of a client: where its pieces are kept, which peers are known and which are here, and, while pieces are
 * missing, their download. It dials nobody and listens nowhere: that is the client's (`swarm-client.ts`).
 */

import type { Bitfield } from '../../bytes/bitfield.ts';
import type { BufferPool } from '../../bytes/buffer-pool.ts';
import type { Endpoint } from '../../bytes/endpoint.ts';
import type { PeerId } from '../../bytes/ids.ts';
import { heldBytes, TorrentEntry, type TorrentRecord } from '../../storage/catalog/torrent-entry.ts';
import type { LentPiece } from '../../storage/fetch/fetch-piece.ts';
import type { WireConnection } from '../peers/connection.ts';
import type { PeerRequests } from '../peers/context.ts';
import { wireTorrent } from '../peers/make-torrent.ts';
import type { WireTorrent } from '../peers/torrent.ts';
import { Downloader } from './download/downloader.ts';
import type { RemotePeer } from './download/remote-peer.ts';

/** Where the pieces of a torrent are. */
export interface StoredPieces {
  /** Verified. Grows by what is written. */
  readonly have: Bitfield;
  /** Fills `into`, which is as long as the piece; it is hashed by the caller. */
  read(part: number, into: Uint8Array): Promise<void>;
  /** Keeps a piece that has hashed; absent where nothing is missing. */
  write?(part: number, bytes: Uint8Array): Promise<void>;
}

/** What its owner is told of a torrent. */
export interface TorrentEvents {
  /** Piece `index` was fetched and kept. */
  onPiece?(index: number): void;
  /** Nothing is missing any more. */
  onWhole?(): void;
  /** A piece could not be kept; nothing more is asked for. */
  onFailure?(error: unknown): void;
  /** For a while nobody who gives has had some of the missing pieces; or somebody has again. */
  onStarved?(starved: boolean): void;
  /** A tracker does not answer as it should; `reason` is for a user. */
  onTrackerFailure?(tracker: string, reason: string): void;
  /** What a tracker wants the user to read. */
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
  /** A piece is here now: peers are to be told. */
  readonly announce: (entry: TorrentEntry, index: number) => void;
  /** May take over a piece in memory, for peers that will ask for it; false if it does not. */
  readonly keep: (entry: TorrentEntry, index: number, piece: LentPiece) => boolean;
  /** It gave bytes that do not hash: it must not come again. It may have gone, and be here anew. */
  readonly onLiar: (connection: WireConnection) => void;
}

/** We ourselves, among the holders of a file. */
const ourselves = 'disk' as PeerId;
/** Addresses that are remembered; the oldest are forgotten. */
const knownMax = 2000;
/** Of some pieces no peer that is here gives any, for so long: then the owner is told. */
const starvedMs = 5_000;
/** The same when peers say that they have all of it, and none gives a byte. Some take turns of ten seconds (BEP 3). */
const stalledMs = 30_000;

export class ClientTorrent {
  readonly entry: TorrentEntry;
  readonly torrent: WireTorrent;
  readonly #source: TorrentSource;
  #pieces: StoredPieces;
  readonly #context: ClientTorrentContext;
  readonly #known = new Map<string, Endpoint>();
  readonly #connections = new Map<WireConnection, RemotePeer | undefined>();
  /** Also of those that have gone: some liars are found out later. */
  readonly #connectionOf = new WeakMap<RemotePeer, WireConnection>();
  #leecher: Downloader | undefined;
  #goneUploadedBytes = 0;
  #goneDownloadedBytes = 0;
  #starvedMs = 0;
  #stalledMs = 0;
  #lastBytes = 0;

  constructor(source: TorrentSource, context: ClientTorrentContext) {
    this.#source = source;
    this.#pieces = source.pieces;
    this.#context = context;
    this.entry = new TorrentEntry(source.file);
    this.entry.setHolding(ourselves, source.pieces.have, false);
    this.torrent = wireTorrent(this.entry);
    this.learn(source.peers ?? []);
    if (!source.pieces.have.full) this.#leecher = this.#openLeecher();
  }

  get have(): Bitfield {
    return this.#pieces.have;
  }

  /** The peers that are connected. */
  get connections(): IterableIterator<WireConnection> {
    return this.#connections.keys();
  }

  /** Bytes of blocks that were sent to peers, and that came from them, wanted or not. */
  get uploadedBytes(): number {
    return [...this.#connections.keys()].reduce(
      (sum, { uploadedBytes }) => sum + uploadedBytes,
      this.#goneUploadedBytes,
    );
  }

  get downloadedBytes(): number {
    const here = [...this.#connections.keys()].map(({ downloadedBytes }) => downloadedBytes);
    return here.reduce((sum, bytes) => sum + bytes, this.#goneDownloadedBytes);
  }

  /** Those of them that were asked for: others are no progress, however many come. */
  get takenBytes(): number {
    return this.#leecher?.takenBytes ?? 0;
  }

  /** Bytes that are missing. */
  get leftBytes(): number {
    return this.entry.record.length - heldBytes(this.entry, ourselves);
  }

  /** Whether the owner was told that there is no source. */
  get starved(): boolean {
    return this.#starvedMs >= starvedMs || this.#stalledMs >= stalledMs;
  }

  /** Addresses at which there may be peers. */
  get known(): Iterable<Endpoint> {
    return this.#known.values();
  }

  /** Missing pieces that no peer who is here gives. */
  get unreachable(): number[] {
    return this.#leecher?.unreachable ?? [];
  }

  /** Addresses of peers, from wherever. */
  learn(peers: readonly Endpoint[]): void {
    for (const remote of peers) this.#known.set(`${remote.address} ${remote.port}`, remote);
    for (const key of this.#known.keys()) {
      if (this.#known.size <= knownMax) return;
      this.#known.delete(key);
    }
  }

  /** From now on the pieces, all of which are here, are read from there. */
  moveTo(pieces: StoredPieces): void {
    this.#pieces = pieces;
  }

  read(part: number, into: Uint8Array): Promise<void> {
    return this.#pieces.read(part, into);
  }

  onOpen(connection: WireConnection): PeerRequests {
    const peer = this.#leecher?.join(connection, this.#context.isLastResort(connection));
    this.#connections.set(connection, peer);
    if (peer !== undefined) this.#connectionOf.set(peer, connection);
    return peer ?? asksNothing;
  }

  onHave(connection: WireConnection, index: number | undefined): void {
    const peer = this.#connections.get(connection);
    if (peer !== undefined) this.#leecher?.onHave(peer, index);
  }

  onClose(connection: WireConnection): void {
    this.#connections.delete(connection);
    // Two that have everything do not dial each other again.
    if (this.have.full && connection.session.pieces.full) this.#forget(connection);
    this.#goneUploadedBytes += connection.uploadedBytes;
    this.#goneDownloadedBytes += connection.downloadedBytes;
  }

  /** A piece that was taken to be here is not: it is asked for. */
  lost(index: number): void {
    this.entry.removePiece(ourselves, index);
    this.#leecher?.lost(index);
  }

  /** Says that `ms` have passed. */
  passed(ms: number): void {
    const wasStarved = this.starved;
    const { takenBytes } = this;
    this.#starvedMs = this.unreachable.length > 0 ? this.#starvedMs + ms : 0;
    this.#stalledMs = this.have.full || takenBytes !== this.#lastBytes ? 0 : this.#stalledMs + ms;
    this.#lastBytes = takenBytes;
    if (this.starved !== wasStarved) this.#source.events.onStarved?.(this.starved);
  }

  /** Lets go of the peers of which nothing comes: others wait. */
  makeRoom(): void {
    if (this.have.full) return;
    for (const [connection, peer] of this.#connections)
      if (peer?.fruitless) connection.close('it gives nothing, and others wait');
  }

  /** Asks for nothing more, and lets go of all peers. */
  stop(): void {
    this.#leecher?.stop();
    for (const connection of this.#connections.keys()) connection.close('we have done with this torrent');
  }

  /** Whether anybody waits for pieces of ours. */
  get #isServing(): boolean {
    for (const { session } of this.#connections.keys()) if (session.peerInterested) return true;
    return false;
  }

  #forget({ remoteAddress, remotePort, listenPort }: WireConnection): void {
    for (const port of [remotePort, listenPort ?? remotePort]) this.#known.delete(`${remoteAddress} ${port}`);
  }

  #openLeecher(): Downloader {
    const { file, pieces, events } = this.#source;
    const { pool, random, announce, keep, onLiar } = this.#context;
    return new Downloader({
      file,
      have: pieces.have,
      write: async (index, bytes) => await pieces.write?.(index, bytes),
      keep: (index, piece) => this.#isServing && keep(this.entry, index, piece),
      pool,
      random,
      events: {
        onPiece: (index) => {
          this.entry.addPiece(ourselves, index);
          announce(this.entry, index);
          events.onPiece?.(index);
        },
        onWhole: () => events.onWhole?.(),
        onLiar: (peer) => onLiar(this.#connectionOf.get(peer) as WireConnection),
        onFailure: (error) => events.onFailure?.(error),
      },
    });
  }
}

/** For a peer that came when nothing was missing. */
const asksNothing: PeerRequests = { onPiece() {}, onReject() {}, onChoke() {}, passed() {}, fail() {} };
