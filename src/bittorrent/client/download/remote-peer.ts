/**
 * One peer of a download: what it has, what it was asked for, how fast it gives. It asks for as many blocks as the
 * pipeline says; which, the picker says; what becomes of them is the leecher's business.
 */
import { Bitfield } from '../../../bytes/bitfield.ts';
import type { WireSession } from '../../../protocols/wire/session.ts';
import type { Block, OutgoingMessage, WireMessage } from '../../../protocols/wire/types.ts';
import type { PeerRequests } from '../../peers/context.ts';
import { OutstandingBlocks } from '../../peers/outstanding-blocks.ts';
import type { PickerPeer } from './picker.ts';
import { Pipeline } from './pipeline.ts';

/** As much of a `WireConnection` as a download needs. */
export interface RemoteConnection {
  readonly session: WireSession;
  readonly requestsMax: number | undefined;
  readonly remoteAddress: string;
  readonly remotePort: number;
  send(message: OutgoingMessage): void;
  close(reason: string): void;
}

/** The download that a peer is of: says what to ask, and takes what comes. `RemotePeer`s are told apart by identity. */
export interface PeerOwner {
  /** Blocks that came, but from peers of last resort. */
  readonly blocksOfOthers: number;
  /** The next block to ask of the peer. */
  next(peer: RemotePeer): Block | undefined;
  /** Whether a block that the peer was asked for is still wanted of it. */
  wants(peer: RemotePeer, block: Block): boolean;
  /** It has given a block that it was asked for. The bytes are lent. */
  onBlock(peer: RemotePeer, block: Block, bytes: Uint8Array): void;
  /** It is not going to give these. */
  release(peer: RemotePeer, blocks: readonly Block[]): void;
  /** It owes these and gives none. */
  onSnubbed(peer: RemotePeer, blocks: readonly Block[]): void;
  onRecovered(peer: RemotePeer): void;
  /** It has gone, owing these. */
  leave(peer: RemotePeer, blocks: readonly Block[]): void;
}

export const peerTimeouts = {
  /** A peer that owes blocks and has given none for so long is passed over: others are asked for the same. */
  snubMs: 10_000,
  /** One that still gives none is let go. Peers that choke owe nothing. */
  deadMs: 60_000,
  /** A block that has not come for so long was passed over, by a peer that gives others: it is asked for anew. */
  blockMs: 30_000,
  /** So long, or not quite, a peer is not asked for a piece of which it has refused a block (BEP 6). */
  refusedMs: 10_000,
  /** One that has given nothing for so long, for whatever reason, makes room when others wait for it. */
  fruitlessMs: 30_000,
  /** When the others have given nothing for so long, one of last resort no longer stands back. */
  standBackMs: 10_000,
} as const;

/** Who refuses so many pieces meanwhile is asked for nothing more until then: it might refuse all there are. */
const refusedMax = 100;

/**
 * Blocks that may come unasked, besides as many as were asked for: some cross with a `cancel`. More, and the peer is let
 * go; BEP 6 would at the first.
 */
const unaskedMax = 64;

/** More is asked for when no more than so much of what may be under way is: that keeps the peer busy meanwhile. */
const askAt = 0.75;

export class RemotePeer implements PeerRequests, PickerPeer {
  readonly connection: RemoteConnection;
  readonly pieces: Bitfield;
  readonly lastResort: boolean;
  readonly #leecher: PeerOwner;
  readonly #pipeline = new Pipeline();
  readonly #owed = new OutstandingBlocks();
  readonly #refused = new Set<number>();
  #sinceRefusalMs = 0;
  /** Time without a block while some are owed. */
  #owingMs = 0;
  #snubbed = false;
  #dismissed = false;
  /** What the others had given, and for how long that has been all. */
  #othersGave = 0;
  #othersIdleMs = 0;
  /** Time without a block. */
  #fruitlessMs = 0;
  /** Blocks that came unasked, less those that may. */
  #unasked = 0;

  constructor(leecher: PeerOwner, connection: RemoteConnection, lastResort: boolean) {
    this.#leecher = leecher;
    this.connection = connection;
    this.lastResort = lastResort;
    this.pieces = new Bitfield(connection.session.pieces.size);
  }

  /** It owes blocks and gives none. */
  get snubbed(): boolean {
    return this.#snubbed;
  }

  /** It has given nothing for long, and may make room for others. */
  get fruitless(): boolean {
    return this.#fruitlessMs >= peerTimeouts.fruitlessMs;
  }

  /** What it gave lately. */
  get bytesPerSecond(): number {
    return this.#pipeline.bytesPerSecond;
  }

  get owes(): number {
    return this.#owed.size;
  }

  get standsBack(): boolean {
    return this.lastResort && this.#othersIdleMs < peerTimeouts.standBackMs;
  }

  refuses(index: number): boolean {
    return this.#refused.has(index);
  }

  /** Asks for what there is to ask for, as much as may be under way. */
  ask(): void {
    const { session, requestsMax } = this.connection;
    if (session.peerChoking || !session.amInterested || this.#dismissed || this.#refused.size >= refusedMax) return;
    const depth = this.#pipeline.depth(requestsMax);
    // Many at a time: to send one request costs about as much as to take the block that it brings.
    if (this.#owed.size > askAt * depth) return;
    while (this.#owed.size < depth) {
      const block = this.#leecher.next(this);
      if (block === undefined) return;
      // What it has owed since it was snubbed will come without being asked for twice.
      if (this.#owed.add(block)) this.connection.send({ kind: 'request', ...block });
    }
  }

  /** It is asked for nothing any more, and what it gives is not taken. */
  dismiss(): void {
    this.#dismissed = true;
    this.#releaseAll();
  }

  /** Says whether we want anything that it has. */
  beInterested(interested: boolean): void {
    const { session } = this.connection;
    if (session.amInterested === interested) return;
    const kind = interested ? 'interested' : 'not-interested';
    this.connection.send({ kind });
    session.sent(kind);
  }

  /** The block has come from another. Some answer a `cancel` and some do not, so nothing more is waited for. */
  cancel(block: Block): void {
    if (!this.#owed.remove(block)) return;
    this.#unasked -= 1; // it may be on its way
    this.connection.send({ kind: 'cancel', ...block });
  }

  /** A block that was not asked for, or is not waited for any more, is thrown away. */
  onPiece({ index, begin, bytes }: Extract<WireMessage, { kind: 'piece' }>): void {
    const block = { index, begin, length: bytes.length };
    if (!this.#owed.remove(block)) {
      this.#onUnasked();
      return;
    }
    this.#unasked -= 1;
    this.#owingMs = 0;
    this.#fruitlessMs = 0;
    this.#pipeline.received(bytes.length);
    if (this.#snubbed) this.#recover();
    this.#leecher.onBlock(this, block, bytes);
    this.ask();
  }

  onReject(block: Block): void {
    if (!this.#owed.remove(block)) return;
    // It does not have the piece, or not for us. Of a peer that chokes nothing is waited for: its rejects mean no more.
    this.#refused.add(block.index);
    this.#leecher.release(this, [block]);
    this.ask();
  }

  /** BEP 3: a peer that chokes has forgotten what it was asked. With BEP 6 it says so again for each block. */
  onChoke(): void {
    if (this.connection.session.peerChoking) {
      this.#owingMs = 0;
      this.#pipeline.reopen();
      this.#releaseAll();
    } else this.ask();
  }

  passed(ms: number): void {
    this.#pipeline.passed(ms, this.#owed.size === 0);
    this.#owed.passed(ms);
    this.#fruitlessMs += ms;
    this.#standBack(ms);
    this.#forgetRefusals(ms);
    const before = this.#owingMs;
    this.#owingMs = this.#owed.size === 0 ? 0 : before + ms;
    if (this.#owingMs >= peerTimeouts.deadMs) {
      this.connection.close('it gives nothing');
      return;
    }
    this.#passOver(this.#owed.overdue(peerTimeouts.blockMs));
    if (before < peerTimeouts.snubMs && this.#owingMs >= peerTimeouts.snubMs) this.#snub();
    this.ask();
  }

  fail(): void {
    this.#dismissed = true;
    this.#leecher.leave(this, this.#owed.clear());
  }

  /** Others may say that they have everything, and choke us for ever. */
  #standBack(ms: number): void {
    const { blocksOfOthers } = this.#leecher;
    this.#othersIdleMs = blocksOfOthers === this.#othersGave ? this.#othersIdleMs + ms : 0;
    this.#othersGave = blocksOfOthers;
  }

  #forgetRefusals(ms: number): void {
    this.#sinceRefusalMs += ms;
    if (this.#sinceRefusalMs < peerTimeouts.refusedMs) return;
    this.#sinceRefusalMs = 0;
    this.#refused.clear();
  }

  /** These are not waited for any more: others are asked first. */
  #passOver(blocks: readonly Block[]): void {
    for (const block of blocks) {
      this.cancel(block);
      this.#refused.add(block.index);
    }
    this.#leecher.release(this, blocks);
  }

  #onUnasked(): void {
    this.#unasked += 1;
    if (this.#unasked > unaskedMax) this.connection.close('it gives what it was not asked for');
  }

  /** What it owes may still come, and is taken; but others are asked for it. */
  #snub(): void {
    this.#snubbed = true;
    this.#pipeline.close();
    this.#leecher.onSnubbed(this, [...this.#owed]);
  }

  /** Much of what it owes may have come from others meanwhile. */
  #recover(): void {
    this.#snubbed = false;
    this.#leecher.onRecovered(this);
    for (const block of this.#owed) if (!this.#leecher.wants(this, block)) this.cancel(block);
  }

  #releaseAll(): void {
    const blocks = this.#owed.clear();
    this.#unasked -= blocks.length; // they may be on their way
    this.#leecher.release(this, blocks);
  }
}
