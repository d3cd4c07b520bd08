/**
 * One peer of a download: what it has, what it was asked for, how fast it gives. It asks for as many blocks as the
 * pipeline says; which, the picker says; what becomes of them is the leecher's business.
 */
import { Bitfield } from '../../bytes/bitfield.ts';
import type { WireSession } from '../../protocols/wire/session.ts';
import type { Block, OutgoingMessage, WireMessage } from '../../protocols/wire/types.ts';
import type { PeerRequests } from '../wire/context.ts';
import type { Leecher } from './leecher.ts';
import type { PickerPeer } from './picker.ts';
import { Pipeline } from './pipeline.ts';

/** As much of a `WireConnection` as a download needs. */
export interface LeechConnection {
  readonly session: WireSession;
  readonly requestsMax: number | undefined;
  readonly remoteAddress: string;
  readonly remotePort: number;
  send(message: OutgoingMessage): void;
  close(reason: string): void;
}

export const leechTimeouts = {
  /** A peer that owes blocks and has given none for so long is passed over: others are asked for the same. */
  snubMs: 10_000,
  /** One that still gives none is let go. Peers that choke owe nothing. */
  deadMs: 60_000,
  /** For so long a peer is not asked again for a piece of which it has refused a block (BEP 6). */
  refusedMs: 10_000,
} as const;

export class LeechPeer implements PeerRequests, PickerPeer {
  readonly connection: LeechConnection;
  readonly pieces: Bitfield;
  readonly lastResort: boolean;
  readonly #leecher: Leecher;
  readonly #pipeline = new Pipeline();
  /** Asked for and neither given nor refused. */
  readonly #asked = new Map<number, Block>();
  readonly #refused = new Set<number>();
  #sinceRefusalMs = 0;
  /** Time without a block while some are owed. */
  #owingMs = 0;
  #snubbed = false;
  #dismissed = false;

  constructor(leecher: Leecher, connection: LeechConnection, lastResort: boolean) {
    this.#leecher = leecher;
    this.connection = connection;
    this.lastResort = lastResort;
    this.pieces = new Bitfield(connection.session.pieces.size);
  }

  /** It owes blocks and gives none. */
  get snubbed(): boolean {
    return this.#snubbed;
  }

  /** What it gave lately. */
  get bytesPerSecond(): number {
    return this.#pipeline.bytesPerSecond;
  }

  refuses(index: number): boolean {
    return this.#refused.has(index);
  }

  /** Asks for what there is to ask for, as much as may be under way. */
  ask(): void {
    const { session, requestsMax } = this.connection;
    if (session.peerChoking || this.#dismissed) return;
    const depth = this.#pipeline.depth(requestsMax);
    while (this.#asked.size < depth) {
      const block = this.#leecher.next(this);
      if (block === undefined) return;
      if (this.#asked.size === 0) this.#owingMs = 0;
      this.#asked.set(keyOf(block), block);
      this.connection.send({ kind: 'request', ...block });
    }
  }

  /** It is asked for nothing any more. */
  dismiss(): void {
    this.#dismissed = true;
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
    if (this.#forget(block)) this.connection.send({ kind: 'cancel', ...block });
  }

  /** A block that was not asked for, or is not waited for any more, is thrown away. */
  onPiece({ index, begin, bytes }: Extract<WireMessage, { kind: 'piece' }>): void {
    const block = { index, begin, length: bytes.length };
    if (!this.#forget(block)) return;
    this.#owingMs = 0;
    this.#pipeline.received(bytes.length);
    if (this.#snubbed) this.#recover();
    this.#leecher.onBlock(this, block, bytes);
    this.ask();
  }

  onReject(block: Block): void {
    if (!this.#forget(block)) return;
    // Between two chokes it merely says that it forgot (BEP 6); else it does not have the piece, or not for us.
    if (!this.connection.session.peerChoking) this.#refused.add(block.index);
    this.#leecher.release(this, [block]);
    this.ask();
  }

  /** BEP 3: a peer that chokes has forgotten what it was asked. With BEP 6 it says so again for each block. */
  onChoke(): void {
    if (this.connection.session.peerChoking) this.#releaseAll();
    else this.ask();
  }

  passed(ms: number): void {
    this.#pipeline.passed(ms);
    this.#owingMs = this.#asked.size === 0 ? 0 : this.#owingMs + ms;
    this.#sinceRefusalMs += ms;
    if (this.#sinceRefusalMs >= leechTimeouts.refusedMs) {
      this.#sinceRefusalMs = 0;
      this.#refused.clear();
    }
    if (this.#owingMs >= leechTimeouts.deadMs) this.connection.close('it gives nothing');
    else if (this.#owingMs >= leechTimeouts.snubMs && !this.#snubbed) this.#snub();
    this.ask();
  }

  fail(): void {
    this.#releaseAll();
    this.#leecher.leave(this);
  }

  /** What it owes may still come, and is taken; but others are asked for it. */
  #snub(): void {
    this.#snubbed = true;
    this.#pipeline.close();
    this.#leecher.onSnubbed(this, [...this.#asked.values()]);
  }

  #recover(): void {
    this.#snubbed = false;
    this.#leecher.onRecovered(this);
  }

  /** Waits for it no more; false when it did not. */
  #forget(block: Block): boolean {
    const key = keyOf(block);
    return this.#asked.get(key)?.length === block.length && this.#asked.delete(key);
  }

  #releaseAll(): void {
    const blocks = [...this.#asked.values()];
    this.#asked.clear();
    this.#leecher.release(this, blocks);
  }
}

/** No two blocks that are asked for have the same: a piece has at most 2^24 bytes. */
function keyOf({ index, begin }: Block): number {
  return index * 2 ** 24 + begin;
}
