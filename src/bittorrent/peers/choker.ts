/**
 * Choosing the peers that may ask for blocks (BEP 3, "peer messages"): those that use their slots keep them, the others
 * pass them on, so that idle peers, however many, keep nobody from a slot. Pure.
 */

/** A peer that is interested. */
export interface Candidate<Peer> {
  readonly peer: Peer;
  /** Whether the peer has a slot now. */
  readonly unchoked: boolean;
  /** Milliseconds since the peer last got or lost a slot, or came to be interested. */
  readonly sinceMs: number;
  /** Whether the peer never had a slot. */
  readonly newcomer: boolean;
  /** The merit of the peer since the last round: bytes that it gave us, or took from us where we need nothing. */
  readonly recentBytes: number;
  /** Milliseconds since a byte of a block went either way, or since the peer got its slot. */
  readonly idleMs: number;
}

export interface SlotRules {
  /** Peers that have a slot at a time. */
  readonly slots: number;
  /** Slots that go round among those that wait, at each round, whatever the merit of the others. */
  readonly turns: number;
  /** The time after which a slot that is not used goes to who waits. */
  readonly idleMs: number;
}

/** Between two rounds: who uses its slot keeps it. */
export function passOnIdle<Peer>(interested: readonly Candidate<Peer>[], { slots, idleMs }: SlotRules): Set<Peer> {
  const keeping = interested.filter((one) => one.unchoked && one.idleMs < idleMs);
  return fill(keeping, interested, slots);
}

/** A round: those with the most merit keep their slots or get one; some slots go round. */
export function chooseUnchoked<Peer>(interested: readonly Candidate<Peer>[], rules: SlotRules): Set<Peer> {
  const { slots, turns, idleMs } = rules;
  const best = byMerit(interested.filter(({ recentBytes }) => recentBytes > 0)).slice(0, slots - turns);
  // Who has just got its slot has not had the time to show what it can do with it.
  const fresh = interested.filter((one) => one.unchoked && one.sinceMs < idleMs);
  return fill([...new Set([...best, ...fresh])], interested, slots);
}

/** `keeping`, then those that wait by turn, then the rest of those that have a slot by merit: `slots` of them. */
function fill<Peer>(keeping: Candidate<Peer>[], interested: readonly Candidate<Peer>[], slots: number): Set<Peer> {
  const kept = new Set(keeping);
  const others = interested.filter((one) => !kept.has(one));
  const waiting = inTurn(others.filter(({ unchoked }) => !unchoked));
  const rest = byMerit(others.filter(({ unchoked }) => unchoked));
  return new Set([...keeping, ...waiting, ...rest].slice(0, slots).map(({ peer }) => peer));
}

/**
 * Orders the waiting by their turns: by turns the latest newcomer and who has waited longest. A crowd that
 * came before does not keep a newcomer waiting, nor a stream of newcomers who came before.
 */
function inTurn<Peer>(waiting: readonly Candidate<Peer>[]): Candidate<Peer>[] {
  const longest = [...waiting].sort((one, other) => other.sinceMs - one.sinceMs);
  const newest = longest.filter(({ newcomer }) => newcomer).reverse();
  const turns = longest.flatMap((one, place) => [newest[place] ?? one, one]);
  return [...new Set(turns)];
}

/** Most merit first; among equals, who has been idle for the shortest time. */
function byMerit<Peer>(candidates: readonly Candidate<Peer>[]): Candidate<Peer>[] {
  return [...candidates].sort((one, other) => other.recentBytes - one.recentBytes || one.idleMs - other.idleMs);
}
