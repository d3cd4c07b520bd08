/**
 * The slots of a listener: which of its peers may ask for blocks. Owner of the rule that a slot has to be used: who
 * exchanges no block for a few seconds passes it on to who waits (libtorrent's round-robin seed choker does so too:
 * https://www.libtorrent.org/reference-Settings.html, `seed_choking_algorithm`). `choker.ts` chooses. Pure.
 */
import { type Candidate, chooseUnchoked, passOnIdle, type SlotRules } from './choker.ts';

/** A peer whose handshake is done, as much as its slot depends on. */
export interface SlotPeer {
  readonly session: { readonly peerInterested: boolean; readonly amChoking: boolean };
  readonly torrent: { readonly content: { readonly complete: boolean } };
  /** Bytes of blocks that it gave us since it came. */
  readonly downloadedBytes: number;
  /** Bytes of blocks that it took from us. */
  readonly takenBytes: number;
  choke(choked: boolean): void;
}

export const slotRules = {
  slots: 20,
  /** As many as a newcomer needs to get in within a round or two of a busy server; BEP 3 has one for each four. */
  turns: 5,
  /** Longer than a slow peer takes to ask, and a slow disk to answer; short for who waits. */
  idleMs: 5_000,
} as const satisfies SlotRules;

/** Often enough to follow a change, seldom enough for TCP to get going (BEP 3, "peer messages"). */
export const chokeRoundMs = 10_000;

interface Held {
  interested: boolean;
  newcomer: boolean;
  sinceMs: number;
  idleMs: number;
  exchangedBefore: number;
  /** The merit at the last round. */
  meritBefore: number;
}

export class UploadSlots<Peer extends SlotPeer> {
  readonly #rules: SlotRules;
  readonly #peers = new Map<Peer, Held>();
  #sinceRoundMs = 0;

  constructor(rules: SlotRules = slotRules) {
    this.#rules = rules;
  }

  add(peer: Peer): void {
    this.#peers.set(peer, {
      interested: false,
      newcomer: true,
      sinceMs: 0,
      idleMs: 0,
      exchangedBefore: 0,
      meritBefore: 0,
    });
  }

  remove(peer: Peer): void {
    this.#peers.delete(peer);
  }

  /** A peer became interested, or is no more. Gives a free slot at once: nobody should wait for nothing. */
  onInterest(peer: Peer): void {
    const held = this.#peers.get(peer);
    if (held === undefined) return;
    const { peerInterested } = peer.session;
    // Who says it again has not begun to wait just now.
    if (peerInterested && !held.interested) held.sinceMs = 0;
    held.interested = peerInterested;
    if (!peerInterested) this.#set(peer, held, false);
    else if (this.#unchoked < this.#rules.slots) this.#set(peer, held, true);
  }

  /** Time passes: `ms` milliseconds. */
  tick(ms: number): void {
    for (const [peer, held] of this.#peers) {
      const exchanged = peer.downloadedBytes + peer.takenBytes;
      held.sinceMs += ms;
      held.idleMs = exchanged > held.exchangedBefore ? 0 : held.idleMs + ms;
      held.exchangedBefore = exchanged;
    }
    this.#sinceRoundMs += ms;
    if (this.#sinceRoundMs >= chokeRoundMs) this.#round();
    else this.#apply(passOnIdle(this.#candidates(), this.#rules));
  }

  #round(): void {
    this.#sinceRoundMs = 0;
    this.#apply(chooseUnchoked(this.#candidates(), this.#rules));
    for (const [peer, held] of this.#peers) held.meritBefore = meritOf(peer);
  }

  get #unchoked(): number {
    let count = 0;
    for (const { session } of this.#peers.keys()) if (!session.amChoking) count += 1;
    return count;
  }

  #candidates(): Candidate<Peer>[] {
    return [...this.#peers]
      .filter(([{ session }]) => session.peerInterested)
      .map(([peer, { newcomer, sinceMs, idleMs, meritBefore }]) => ({
        peer,
        unchoked: !peer.session.amChoking,
        sinceMs,
        newcomer,
        recentBytes: meritOf(peer) - meritBefore,
        idleMs,
      }));
  }

  #apply(unchoked: ReadonlySet<Peer>): void {
    for (const [peer, held] of [...this.#peers]) this.#set(peer, held, unchoked.has(peer));
  }

  #set(peer: Peer, held: Held, unchoked: boolean): void {
    if (peer.session.amChoking !== unchoked) return;
    held.sinceMs = 0;
    if (unchoked) {
      held.newcomer = false;
      held.idleMs = 0;
    }
    peer.choke(!unchoked);
  }
}

/** The merit of a peer: what it gave us while we download, what it took from us when we have everything. */
function meritOf({ torrent, downloadedBytes, takenBytes }: SlotPeer): number {
  return torrent.content.complete ? takenBytes : downloadedBytes;
}
