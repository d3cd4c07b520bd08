/**
 * What a client is told when pieces cannot be had: which, who had them, and why they are not there now. Pure.
 *
 *     nobody online has 3 of the pieces needed: 0-1, 7. They were with p1 (last seen 2026-11-23 20:31:07 UTC) and p2
 *     (7: did not hash). Not heard of since the server started: p3.
 */
import type { Bitfield } from '../../bytes/bitfield.ts';
import type { PeerId } from '../../bytes/ids.ts';
import { pieceRanges } from '../../bytes/pieces.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import type { KnownPeer } from '../../storage/fifo/peer-registry.ts';

/** So many are named; of the others only how many they are. */
const rangesMax = 20;
const holdersMax = 5;

/** Some of the pieces, and why they cannot be had from one that had them. */
interface Explanation {
  readonly parts: readonly number[];
  readonly why: string;
}

/** One or two sentences on the pieces `parts` of `entry`; `peers` are all that are known. */
export function explainMissing(entry: TorrentEntry, parts: readonly number[], peers: readonly KnownPeer[]): string {
  const holders = new Set([...entry.holdings.keys(), ...entry.losses.byHolder.keys()]);
  const were = [...holders].flatMap((id) => {
    const explanations = explain(entry, id, parts, peers);
    return explanations.length === 0 ? [] : `${id} (${explanations.map((each) => phrase(each, parts)).join('; ')})`;
  });
  const unheard = peers.filter(({ online, lastSeenMs }) => !online && lastSeenMs === null).map(({ id }) => id);
  return [
    `nobody online has ${parts.length} of the pieces needed: ${formatRanges(parts)}`,
    ...(were.length > 0 ? [`They were with ${enumerate(were)}`] : []),
    ...(unheard.length > 0 ? [`Not heard of since the server started: ${enumerate(unheard)}`] : []),
  ].join('. ');
}

function explain(
  { holdings, losses }: TorrentEntry,
  id: PeerId,
  parts: readonly number[],
  peers: readonly KnownPeer[],
): Explanation[] {
  const lost = losses.byHolder.get(id);
  return [
    { parts: among(parts, holdings.get(id)?.pieces), why: whyNotGiven(peers.find((peer) => peer.id === id)) },
    { parts: among(parts, lost?.corrupt), why: 'did not hash' },
    { parts: among(parts, lost?.['not-found']), why: 'no longer there' },
  ].filter((explanation) => explanation.parts.length > 0);
}

function whyNotGiven(peer: KnownPeer | undefined): string {
  if (peer === undefined || peer.online || peer.lastSeenMs === null) return 'could not give them';
  return `last seen ${new Date(peer.lastSeenMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function among(parts: readonly number[], pieces: Bitfield | undefined): number[] {
  return parts.filter((part) => pieces?.has(part));
}

/** Which pieces need not be said of one that had them all. */
function phrase({ parts, why }: Explanation, all: readonly number[]): string {
  return parts.length === all.length ? why : `${formatRanges(parts)}: ${why}`;
}

/** `0-383, 390`. */
function formatRanges(parts: readonly number[]): string {
  const ranges = pieceRanges(parts).map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
  const more = ranges.length - rangesMax;
  return more > 0 ? `${ranges.slice(0, rangesMax).join(', ')} and ${more} more ranges` : ranges.join(', ');
}

/** `a, b and c`. */
function enumerate(items: readonly string[]): string {
  const shown =
    items.length > holdersMax ? [...items.slice(0, holdersMax), `${items.length - holdersMax} more`] : items;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
