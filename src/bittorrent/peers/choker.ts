/**
 * Choosing the peers that may ask for blocks: a fixed number of slots for those that give or take the most, and one
 * that goes round, so that a newcomer gets to show what it can take (BEP 3, "peer messages", optimistic unchoking).
 * Pure.
 */

export interface Candidate<Peer> {
  readonly peer: Peer;
  /** The merit of the peer since the last round: bytes that it gave us, or took from us where we need nothing. */
  readonly recentBytes: number;
  /** The number of the round in which the peer last had the optimistic slot; -1 for never. */
  readonly lastOptimistic: number;
}

export interface Choice<Peer> {
  readonly unchoked: ReadonlySet<Peer>;
  /** The unchoked peer that got in by turn. */
  readonly optimistic: Peer | undefined;
}

/**
 * Chooses among the interested: `slots` by merit, and one more by turn: who has waited longest, by `random` (from 0 to
 * below 1) where several have.
 */
export function chooseUnchoked<Peer>(
  interested: readonly Candidate<Peer>[],
  slots: number,
  random: () => number,
): Choice<Peer> {
  const byMerit = [...interested].sort((a, b) => b.recentBytes - a.recentBytes);
  const unchoked = new Set(byMerit.slice(0, slots).map(({ peer }) => peer));
  const waiting = byMerit.slice(slots);
  const longest = Math.min(...waiting.map(({ lastOptimistic }) => lastOptimistic));
  const next = waiting.filter(({ lastOptimistic }) => lastOptimistic === longest);
  const optimistic = next[Math.floor(random() * next.length)]?.peer;
  if (optimistic !== undefined) unchoked.add(optimistic);
  return { unchoked, optimistic };
}
