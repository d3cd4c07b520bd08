/**
 * One peer of a download: what it has, what it was asked for, how fast it gives. It asks for as many blocks as the
 * pipeline says; the picker says which, and the downloader takes what comes.
 */
import { Bitfield } from '../../../bytes/bitfield.ts';
import type { WireSession } from '../../../protocols/wire/session.ts';
import type { Block, OutgoingMessage, WireMessage } from '../../../protocols/wire/types.ts';
import { BlockQueue } from '../../peers/block-queue.ts';
import type { PeerRequests } from '../../peers/context.ts';
import type { PickerPeer } from './picker.ts';
import { Pipeline } from './pipeline.ts';

/** A `WireConnection`, as much of it as a download needs. */
export interface RemoteConnection {
  readonly session: WireSession;
  readonly requestsMax: number | undefined;
  send(message: OutgoingMessage): void;
  close(reason: string): void;
}

/** The news of a peer, for whoever brought it. */
export interface PeerEvents {
  /** The connection is over. */
  onClose(): void;
  /** The peer gave bytes that do not hash: the connection is to be closed, and the peer must not come again. */
  onBad(): void;
}

/** The download that a peer belongs to: says what to ask, and takes what comes. Peers are told apart by identity. */
export interface PeerOwner {
  /** The count of blocks that came from peers that are not of last resort. */
  readonly blocksOfOthers: number;
  /** The peer has gained a piece; several where `pieceIndex` is undefined. */
  onHave(peer: RemotePeer, pieceIndex: number | undefined): void;
  /** The next block to ask of the peer. */
  next(peer: RemotePeer): Block | undefined;
  /** Whether a block that the peer was asked for is still wanted of it. */
  wants(peer: RemotePeer, block: Block): boolean;
  /** The peer has given a block that it was asked for. The bytes are lent until this returns. */
  onBlock(peer: RemotePeer, block: Block, bytes: Uint8Array): void;
  /** The peer is not going to give these blocks. */
  release(peer: RemotePeer, blocks: readonly Block[]): void;
  /** The peer owes these blocks and gives none. */
  onSnubbed(peer: RemotePeer, blocks: readonly Block[]): void;
  /** The peer was snubbed, and has given a block. */
  onRecovered(peer: RemotePeer): void;
  /** The peer has gone, owing these blocks. */
  leave(peer: RemotePeer, blocks: readonly Block[]): void;
}

export const peerTimeouts = {
  /**
   * A peer that owes blocks and has given none for this long is snubbed: others are asked for the same blocks.
   * BitTorrent's own client waits a minute (Cohen, "Incentives Build Robustness in BitTorrent", anti-snubbing), since
   * being snubbed costs a peer its upload slot there. Here it costs nothing: the blocks are still taken should they
   * come, and a minute would hold up the end of the download.
   */
  snubMs: 10_000,
  /**
   * The connection with a peer that gives no block that it owes is closed after this long. A peer that chokes owes
   * none.
   */
  deadMs: 60_000,
  /** A block that has not come for this long, from a peer that gives others, was passed over: it is asked for anew. */
  blockMs: 30_000,
  /** A peer that has refused a block (BEP 6) is not asked for that piece for up to this long. */
  refusedMs: 10_000,
  /** A peer that has given nothing for this long, for whatever reason, makes room when others wait for it. */
  unproductiveMs: 30_000,
  /** A peer of last resort is asked for everything when the others have given nothing for this long. */
  reserveMs: 10_000,
} as const;

/** Pieces refused at a time above which a peer is asked for nothing: it might refuse all there are. */
const refusedMax = 100;

/**
 * Blocks that may come unasked, besides as many as were asked for: some cross with a `cancel`. With more the connection
 * is closed; BEP 6 would close it at the first.
 */
const unaskedMax = 64;

/** More is asked for when no more than this share of the requests is outstanding: the peer stays busy meanwhile. */
const askAt = 0.75;

export class RemotePeer implements PeerRequests, PickerPeer {
  readonly connection: RemoteConnection;
  readonly pieces: Bitfield;
  readonly lastResort: boolean;
  readonly #downloader: PeerOwner;
  readonly #events: PeerEvents;
  readonly #pipeline = new Pipeline();
  readonly #outstanding = new BlockQueue();
  readonly #refused = new Set<number>();
  #sinceRefusalMs = 0;
  /** Time without a block while some are owed. */
  #owingMs = 0;
  #snubbed = false;
  #closed = false;
  #dismissed = false;
  /** The count of blocks of others when it last rose. */
  #blocksOfOthers = 0;
  /** Time since the count of blocks of others last rose. */
  #othersIdleMs = 0;
  /** Time without a block. */
  #idleMs = 0;
  /** Blocks that came unasked, less those that may have crossed with a `cancel` or a choke. */
  #unasked = 0;

  constructor(downloader: PeerOwner, connection: RemoteConnection, events: PeerEvents, lastResort: boolean) {
    this.#downloader = downloader;
    this.connection = connection;
    this.#events = events;
    this.lastResort = lastResort;
    this.pieces = new Bitfield(connection.session.pieces.size);
  }

  /** Whether the peer owes blocks and gives none. */
  get snubbed(): boolean {
    return this.#snubbed;
  }

  /** Whether the peer has given nothing for long, and may make room for others. */
  get unproductive(): boolean {
    return this.#idleMs >= peerTimeouts.unproductiveMs;
  }

  /** The speed at which the peer gave lately. */
  get bytesPerSecond(): number {
    return this.#pipeline.bytesPerSecond;
  }

  get owes(): number {
    return this.#outstanding.size;
  }

  get inReserve(): boolean {
    return this.lastResort && this.#othersIdleMs < peerTimeouts.reserveMs;
  }

  refuses(pieceIndex: number): boolean {
    return this.#refused.has(pieceIndex);
  }

  /** Sends as many requests as may be outstanding and as there are blocks to ask for. */
  ask(): void {
    const { session, requestsMax } = this.connection;
    if (session.peerChoking || !session.amInterested || this.#closed || this.#dismissed) return;
    if (this.#refused.size >= refusedMax) return;
    const depth = this.#pipeline.depth(requestsMax);
    // Many at a time: to send one request costs about as much as to take the block that it brings.
    if (this.#outstanding.size > askAt * depth) return;
    while (this.#outstanding.size < depth) {
      const block = this.#downloader.next(this);
      if (block === undefined) return;
      // A block that has been outstanding since the peer was snubbed will come without a second request.
      if (this.#outstanding.add(block)) this.connection.send({ kind: 'request', ...block });
    }
  }

  /** The peer gave bytes that do not hash: dismisses it, and tells whoever brought it; once. */
  ban(): void {
    if (this.#dismissed) return;
    this.dismiss();
    this.#events.onBad();
  }

  /** Asks the peer for nothing any more, and takes nothing from it. */
  dismiss(): void {
    this.#dismissed = true;
    this.#releaseAll();
  }

  /** Tells the peer whether we want anything that it has. */
  beInterested(interested: boolean): void {
    const { session } = this.connection;
    if (session.amInterested === interested) return;
    const kind = interested ? 'interested' : 'not-interested';
    this.connection.send({ kind });
    session.sent(kind);
  }

  /** Takes back a request. Some peers answer a `cancel` and some do not, so nothing more is waited for. */
  cancel(block: Block): void {
    if (!this.#outstanding.remove(block)) return;
    this.#unasked -= 1; // it may be on its way
    this.connection.send({ kind: 'cancel', ...block });
  }

  onHave(pieceIndex: number | undefined): void {
    this.#downloader.onHave(this, pieceIndex);
  }

  /** Takes a block; one that was not asked for, or is not waited for any more, is thrown away. */
  onPiece({ index, begin, bytes }: Extract<WireMessage, { kind: 'piece' }>): void {
    const block = { index, begin, length: bytes.length };
    if (!this.#outstanding.remove(block)) {
      this.#onUnasked();
      return;
    }
    this.#unasked -= 1;
    this.#owingMs = 0;
    this.#idleMs = 0;
    this.#pipeline.received(bytes.length);
    if (this.#snubbed) this.#recover();
    this.#downloader.onBlock(this, block, bytes);
    this.ask();
  }

  /**
   * The peer has no such piece, or not for us. Of a peer that chokes nothing is outstanding: its rejects mean no more.
   */
  onReject(block: Block): void {
    if (!this.#outstanding.remove(block)) return;
    this.#refused.add(block.index);
    this.#downloader.release(this, [block]);
    this.ask();
  }

  /** The peer chokes us, and so has forgotten all requests (with BEP 6 it rejects each besides); or it does no more. */
  onChoke(): void {
    if (this.connection.session.peerChoking) {
      this.#owingMs = 0;
      this.#pipeline.reopen();
      this.#releaseAll();
    } else this.ask();
  }

  tick(ms: number): void {
    this.#pipeline.tick(ms, this.#outstanding.size === 0);
    this.#outstanding.tick(ms);
    this.#idleMs += ms;
    this.#watchOthers(ms);
    this.#forgetRefusals(ms);
    const before = this.#owingMs;
    this.#owingMs = this.#outstanding.size === 0 ? 0 : before + ms;
    if (this.#owingMs >= peerTimeouts.deadMs) {
      this.connection.close('it gives nothing');
      return;
    }
    this.#giveUp(this.#outstanding.overdue(peerTimeouts.blockMs));
    if (before < peerTimeouts.snubMs && this.#owingMs >= peerTimeouts.snubMs) this.#snub();
    this.ask();
  }

  onClose(): void {
    this.#closed = true;
    this.#downloader.leave(this, this.#outstanding.clear());
    this.#events.onClose();
  }

  /** Notes whether others give anything: they may say that they have everything, and choke us for ever. */
  #watchOthers(ms: number): void {
    const { blocksOfOthers } = this.#downloader;
    this.#othersIdleMs = blocksOfOthers === this.#blocksOfOthers ? this.#othersIdleMs + ms : 0;
    this.#blocksOfOthers = blocksOfOthers;
  }

  #forgetRefusals(ms: number): void {
    this.#sinceRefusalMs += ms;
    if (this.#sinceRefusalMs < peerTimeouts.refusedMs) return;
    this.#sinceRefusalMs = 0;
    this.#refused.clear();
  }

  /** Waits for these blocks no longer: other peers are asked first. */
  #giveUp(blocks: readonly Block[]): void {
    for (const block of blocks) {
      this.cancel(block);
      this.#refused.add(block.index);
    }
    this.#downloader.release(this, blocks);
  }

  #onUnasked(): void {
    this.#unasked += 1;
    if (this.#unasked > unaskedMax) this.connection.close('it gives what it was not asked for');
  }

  /** Has others asked for the outstanding blocks, which may still come, and are taken. */
  #snub(): void {
    this.#snubbed = true;
    this.#pipeline.close();
    this.#downloader.onSnubbed(this, [...this.#outstanding]);
  }

  /** Takes back the requests for blocks that have come from others meanwhile. */
  #recover(): void {
    this.#snubbed = false;
    this.#downloader.onRecovered(this);
    for (const block of this.#outstanding) if (!this.#downloader.wants(this, block)) this.cancel(block);
  }

  #releaseAll(): void {
    const blocks = this.#outstanding.clear();
    this.#unasked -= blocks.length; // they may be on their way
    this.#downloader.release(this, blocks);
  }
}
