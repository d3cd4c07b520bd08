/** The server's health, for programs that monitor it: `GET /healthz`, `/readyz` and `/metrics`. */

import { inSlices } from '../../async/in-slices.ts';
import type { DirectoryCounters } from '../../directory/counters.ts';
import type { Handler, HttpRequest } from '../../http/handler.ts';
import { textResponse } from '../../http/responses.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import type { DomainContext } from '../context/context.ts';
import type { TrackerCounters, TrackerRequest } from '../context/tracker-counters.ts';
import { withStorageErrors } from '../requests/storage-errors.ts';

/** The phase of the server's life, set by the code that starts and stops it. */
export interface Health {
  phase: 'starting' | 'ready' | 'draining';
}

type Context = Pick<
  DomainContext,
  'catalog' | 'ledger' | 'registry' | 'counters' | 'transfers' | 'seeding' | 'tracker' | 'directory'
>;

/** Makes the handlers of `/healthz`, `/readyz` and `/metrics`. */
export function createHealthHandlers(context: Context, health: Health): Record<'alive' | 'ready' | 'metrics', Handler> {
  return {
    alive: () => textResponse(200, 'ok\n'),
    ready: async () => {
      await withStorageErrors('nothing can be kept', () => context.ledger.check());
      if (health.phase === 'ready') return textResponse(200, `ready\n${warningOf(context)}`);
      throw new HttpError(503, 'not-ready', `the server is ${health.phase}`, { headers: [['Retry-After', '1']] });
    },
    metrics: async () => textResponse(200, await renderMetrics(context), 'text/plain; version=0.0.4; charset=utf-8'),
  };
}

/** A line for a server that works, with something that somebody should know. */
function warningOf({ ledger }: Context): string {
  const { older } = ledger;
  if (older === undefined) return '';
  return `warning: the metadata (epoch ${older.told}) is older than what a peer has seen (${older.seen})\n`;
}

/**
 * Paths that are still served while the last requests are being finished. `/events` has nothing to tell then; but a
 * browser whose EventSource is refused never comes back (WHATWG HTML, 9.2.3), one whose stream ends does.
 */
const answeredToTheEnd: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics', '/events']);

/** Throws HttpError 503 (RFC 9110 15.6.4) for a request that comes when the server is stopping. */
export function checkPhase({ phase }: Health, { path }: Pick<HttpRequest, 'path'>): void {
  if (phase !== 'draining' || answeredToTheEnd.has(path)) return;
  const message = 'the server is stopping and takes nothing new';
  throw new HttpError(503, 'draining', message, { headers: [['Retry-After', '5']] });
}

/** Files that are counted in a step: well under a millisecond. */
const filesAtOnce = 500;

/** The number of files in each state, and of unreadable copies. What comes or goes meanwhile may be counted or not. */
function* countFiles(entries: Iterable<TorrentEntry>) {
  const states = { available: 0, partial: 0, unavailable: 0 };
  let unreadable = 0;
  let count = 0;
  for (const { state, losses } of entries) {
    states[state] += 1;
    for (const id of losses.byHolder.keys()) unreadable += losses.unreadableCount(id);
    count += 1;
    if (count % filesAtOnce === 0) yield undefined;
  }
  return { states, unreadable };
}

/** The counts in Prometheus' text format. Labels are of a fixed set: never a file, a peer or an address. */
async function renderMetrics(context: Context): Promise<string> {
  const { catalog, registry, counters, transfers, seeding, tracker, directory } = context;
  const { states, unreadable } = await inSlices(countFiles(catalog.entries()));
  const peers = registry.all();
  const online = peers.filter((peer) => peer.online).length;
  const kinds = { upload: 0, download: 0, seed: 0, copy: 0 };
  seeding.look();
  for (const { kind } of transfers.all()) kinds[kind] += 1;
  return [
    family('rivulet_files', 'gauge', 'Files listed, by state.'),
    ...Object.entries(states).map(([state, count]) => `rivulet_files{state="${state}"} ${count}`),
    family('rivulet_peers', 'gauge', 'Storage peers known, by state.'),
    `rivulet_peers{state="online"} ${online}`,
    `rivulet_peers{state="offline"} ${peers.length - online}`,
    family('rivulet_metadata_older', 'gauge', 'Whether the metadata is older than what a peer has seen.'),
    `rivulet_metadata_older ${Number(context.ledger.older !== undefined)}`,
    family('rivulet_transfers', 'gauge', 'Transfers under way, by kind.'),
    ...Object.entries(kinds).map(([kind, count]) => `rivulet_transfers{kind="${kind}"} ${count}`),
    family('rivulet_unreadable_pieces', 'gauge', 'Copies of pieces that holders keep and could not read.'),
    `rivulet_unreadable_pieces ${unreadable}`,
    family('rivulet_corrupt_pieces_total', 'counter', 'Copies of pieces that did not hash when they were read.'),
    `rivulet_corrupt_pieces_total ${counters.corruptPieces}`,
    family('rivulet_scrubbed_pieces_total', 'counter', 'Copies of pieces that were verified where they are kept.'),
    `rivulet_scrubbed_pieces_total ${counters.scrubbedPieces}`,
    family('rivulet_scrubbed_bytes_total', 'counter', 'Bytes of those copies.'),
    `rivulet_scrubbed_bytes_total ${counters.scrubbedBytes}`,
    family('rivulet_tracker_swarms', 'gauge', 'Torrents that the tracker knows peers of.'),
    `rivulet_tracker_swarms ${tracker.swarmCount}`,
    family('rivulet_tracker_peers', 'gauge', 'BitTorrent peers that have announced themselves.'),
    `rivulet_tracker_peers ${tracker.peerCount}`,
    ...requestLines('announces', counters.tracker),
    ...requestLines('scrapes', counters.tracker),
    family('rivulet_directory_users', 'gauge', 'Users registered in the directory.'),
    `rivulet_directory_users ${directory.userCount}`,
    family('rivulet_directory_files', 'gauge', 'Files registered in the directory.'),
    `rivulet_directory_files ${directory.fileCount}`,
    ...directoryLines(counters.directory),
    family('rivulet_repaired_pieces_total', 'counter', 'Copies made of pieces that had too few.'),
    `rivulet_repaired_pieces_total ${counters.repairedPieces}`,
    family('rivulet_moved_pieces_total', 'counter', 'Copies moved from one peer to another, to balance them.'),
    `rivulet_moved_pieces_total ${counters.movedPieces}`,
    family('process_resident_memory_bytes', 'gauge', 'Resident memory.'),
    `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
    '',
  ].join('\n');
}

function requestLines(request: TrackerRequest, counters: TrackerCounters): string[] {
  const name = `rivulet_tracker_${request}_total`;
  const lines = Object.entries(counters[request]).flatMap(([protocol, outcomes]) =>
    Object.entries(outcomes).map(([outcome, count]) => `${name}{protocol="${protocol}",outcome="${outcome}"} ${count}`),
  );
  return [family(name, 'counter', `Tracker ${request}, by protocol and outcome.`), ...lines];
}

function directoryLines(counters: DirectoryCounters): string[] {
  const name = 'rivulet_directory_commands_total';
  const lines = Object.entries(counters).flatMap(([command, outcomes]) =>
    Object.entries(outcomes).map(([outcome, count]) => `${name}{command="${command}",outcome="${outcome}"} ${count}`),
  );
  return [family(name, 'counter', 'Lines that clients of the directory sent, by command and outcome.'), ...lines];
}

function family(name: string, type: 'gauge' | 'counter', help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}`;
}
