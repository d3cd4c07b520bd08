/**
 * The explanation for a client when pieces cannot be had: their numbers, their last holders, and the reasons. Pure.
 *
 *     nobody online has 3 of the pieces needed: 0-1, 7. They were with p1 (last seen 2026-11-23 20:31:07 UTC) and p2
 *     (7: did not hash). Not heard of since the server started: p3.
 */
import type { Bitfield } from '../../bytes/bitfield.ts';
import type { PeerId } from '../../bytes/ids.ts';
import { pieceRanges } from '../../bytes/pieces.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import type { KnownPeer } from '../../storage/fifo/known-peers.ts';

/** The most ranges that are named; of the others only the number is told. */
const rangesMax = 20;
/** The most holders that are named; of the others only the number is told. */
const holdersMax = 5;

/** Some of the pieces, and the reason why one of their holders cannot give them. */
interface Explanation {
  readonly pieces: readonly number[];
  readonly why: string;
}

/** One or two sentences on the missing `pieces` of `entry`; `peers` are all that are known. */
export function explainMissing(entry: TorrentEntry, pieces: readonly number[], peers: readonly KnownPeer[]): string {
  const holders = new Set([...entry.holdings.keys(), ...entry.losses.byHolder.keys()]);
  const were = [...holders].flatMap((id) => {
    const explanations = explain(entry, id, pieces, peers);
    return explanations.length === 0 ? [] : `${id} (${explanations.map((each) => phrase(each, pieces)).join('; ')})`;
  });
  const unheard = peers.filter(({ online, lastSeenMs }) => !online && lastSeenMs === null).map(({ id }) => id);
  return [
    `nobody online has ${pieces.length} of the pieces needed: ${formatRanges(pieces)}`,
    ...(were.length > 0 ? [`They were with ${enumerate(were)}`] : []),
    ...(unheard.length > 0 ? [`Not heard of since the server started: ${enumerate(unheard)}`] : []),
  ].join('. ');
}

function explain(
  { holdings, losses }: TorrentEntry,
  id: PeerId,
  missing: readonly number[],
  peers: readonly KnownPeer[],
): Explanation[] {
  const lost = losses.byHolder.get(id);
  return [
    { pieces: among(missing, holdings.get(id)?.pieces), why: whyNotGiven(peers.find((peer) => peer.id === id)) },
    { pieces: among(missing, lost?.corrupt), why: 'did not hash' },
    { pieces: among(missing, lost?.['not-found']), why: 'no longer there' },
    { pieces: among(missing, lost?.unreadable), why: 'could not be read' },
  ].filter((explanation) => explanation.pieces.length > 0);
}

function whyNotGiven(peer: KnownPeer | undefined): string {
  if (peer === undefined || peer.online || peer.lastSeenMs === null) return 'could not give them';
  return `last seen ${new Date(peer.lastSeenMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function among(missing: readonly number[], held: Bitfield | undefined): number[] {
  return missing.filter((pieceIndex) => held?.has(pieceIndex));
}

/** The explanation in words; without the pieces when it is for all of them. */
function phrase({ pieces, why }: Explanation, all: readonly number[]): string {
  return pieces.length === all.length ? why : `${formatRanges(pieces)}: ${why}`;
}

/** Ranges in words: `0-383, 390`. */
function formatRanges(pieces: readonly number[]): string {
  const ranges = pieceRanges(pieces).map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
  const more = ranges.length - rangesMax;
  return more > 0 ? `${ranges.slice(0, rangesMax).join(', ')} and ${more} more ranges` : ranges.join(', ');
}

/** A list in words: `a, b and c`. */
function enumerate(items: readonly string[]): string {
  const shown =
    items.length > holdersMax ? [...items.slice(0, holdersMax), `${items.length - holdersMax} more`] : items;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
