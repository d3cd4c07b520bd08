/** From the domain to the views of the API (`protocols/api/types.ts`). */

import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import type {
  ContainedFileView,
  FileDetailView,
  FileHeadView,
  FileHolderView,
  FileView,
  PeerKind,
  PeersView,
  PeerView,
  TransfersView,
  TransferView,
  UploadView,
} from '../../protocols/api/types.ts';
import { encodeParts } from '../../protocols/ipc/parts.ts';
import type { Catalog } from '../../storage/catalog/catalog.ts';
import { type Holding, heldBytes, type TorrentEntry, type TorrentRecord } from '../../storage/catalog/torrent-entry.ts';
import { keptCount } from '../../storage/catalog/unreadable.ts';
import { isWireHolder, tempHolderId } from '../../storage/holders/holder.ts';
import type { Transfer } from '../../storage/holders/transfers.ts';
import type { DomainContext } from '../context/context.ts';
import type { Site } from '../context/site.ts';
import { containedFileLink, fileLinks } from './links.ts';

/** The view of one file. */
export function fileView(entry: TorrentEntry): FileView {
  const { record } = entry;
  return {
    id: record.id,
    name: record.name,
    length: record.length,
    sha256: record.sha256,
    piece_length: record.pieceLength,
    pieces: entry.pieces,
    available_pieces: entry.availablePieces,
    replicas: entry.replicas,
    seeds: entry.seeds,
    state: entry.state,
    created: new Date(record.createdMs).toISOString(),
  };
}

/** The view of one file with its links; `namesakes` are all files of its name. */
export function fileHeadView(entry: TorrentEntry, namesakes: readonly TorrentEntry[], site: Site): FileHeadView {
  const others: TorrentId[] = namesakes.filter((other) => other !== entry).map(({ record }) => record.id);
  return {
    ...fileView(entry),
    links: fileLinks(entry, site),
    ...(entry.record.files && { files: containedFiles(entry.record, site) }),
    ...(others.length > 0 && { same_name: others }),
  };
}

/**
 * The view of one file for the server's own page. Links that the browser follows from there have no origin: the content
 * policy allows no other origin than the page's, which differs from the site's with `http.public_url` or behind a proxy
 * that speaks https. Links that are carried elsewhere, to the page itself and the magnet links, keep their origin.
 */
export function filePageView(entry: TorrentEntry, namesakes: readonly TorrentEntry[], site: Site): FileHeadView {
  const view = fileHeadView(entry, namesakes, { ...site, origin: '' });
  const { info, magnet, magnet_v2 } = fileLinks(entry, site);
  return { ...view, links: { ...view.links, info, magnet, ...(magnet_v2 !== undefined && { magnet_v2 }) } };
}

/** The view of one file with the pieces of each online holder. */
export function fileDetailView(entry: TorrentEntry, namesakes: readonly TorrentEntry[], site: Site): FileDetailView {
  const online = [...entry.holdings].filter(([id, holding]) => holding.online && keptCount(entry, id) > 0);
  return {
    ...fileHeadView(entry, namesakes, site),
    piece_map: entry.copies(),
    peers: online.map(([id, holding]) => fileHolderView(entry, id, holding)),
    parts: Object.fromEntries(online.map(([id, { pieces }]) => [id, encodeParts([...pieces.ranges()])])),
  };
}

function fileHolderView({ losses }: TorrentEntry, id: PeerId, { pieces }: Readonly<Holding>): FileHolderView {
  const unreadable = losses.unreadableCount(id);
  return { id, kind: kindOf(id), pieces: pieces.count, seed: pieces.full, ...(unreadable > 0 && { unreadable }) };
}

/** The files in a torrent, without padding files (BEP 47). */
function containedFiles(record: TorrentRecord, site: Site): ContainedFileView[] {
  const wanted = (record.files ?? []).filter(({ padding }) => !padding);
  return wanted.map(({ path, length }) => ({
    path: path.join('/'),
    length,
    download: containedFileLink(record, path, site),
  }));
}

/** The view of a file that was uploaded. */
export function uploadView(entry: TorrentEntry, site: Site): UploadView {
  const { id, name, length, piece_length, pieces, state } = fileView(entry);
  const { sha256 } = entry.record;
  return { id, name, length, sha256, piece_length, pieces, state, links: fileLinks(entry, site) };
}

/** The order of peers' ids: p2 before p10. */
export const byId = new Intl.Collator('en', { numeric: true });

/** The collaborators of `peersView`. */
export type PeersContext = Pick<DomainContext, 'registry' | 'catalog' | 'wireHolders' | 'scrubber' | 'counters'>;

/**
 * All storage peers, by id, the temp store while it has pieces, and the BitTorrent peers that are connected. A caller
 * that keeps the `totals` up to date gives them: to add them up is most of the work when there are many files.
 */
export function peersView(
  context: PeersContext,
  now: number,
  totals: ReadonlyMap<PeerId, HoldingTotal> = holdingTotals(context.catalog.entries()),
): PeersView {
  const { registry, wireHolders } = context;
  const here = { online: true, directory: null, lastSeenMs: now };
  const listed: ListedPeer[] = [
    ...registry.all().sort((a, b) => byId.compare(a.id, b.id)),
    ...(totals.has(tempHolderId) ? [{ id: tempHolderId, ...here }] : []),
    ...Array.from(wireHolders.all(), ({ id }) => ({ id, ...here })),
  ];
  const peers = listed.map((peer) => peerView(context, peer, totals.get(peer.id) ?? nothingHeld));
  return { count: peers.length, peers };
}

/** A holder of any kind. */
interface ListedPeer {
  readonly id: PeerId;
  readonly online: boolean;
  /** The folder of the FIFOs; null for a holder without FIFOs. */
  readonly directory: string | null;
  readonly lastSeenMs: number | null;
}

function peerView({ counters, scrubber, catalog }: PeersContext, peer: ListedPeer, held: HoldingTotal): PeerView {
  const { id, online, directory, lastSeenMs } = peer;
  const unreadable = catalog.unreadableAt(id);
  return {
    id,
    kind: kindOf(id),
    state: online ? 'online' : 'offline',
    ipc_path: directory,
    ...held,
    last_seen: timestamp(lastSeenMs),
    verified: timestamp(scrubber.verifiedMs(id)),
    corrupt_pieces: counters.corruptPiecesOf(id),
    ...(unreadable > 0 && { unreadable_pieces: unreadable }),
  };
}

function timestamp(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** The totals of one holder over all files. */
export interface HoldingTotal {
  readonly files: number;
  readonly pieces: number;
  readonly bytes: number;
}

const nothingHeld: HoldingTotal = { files: 0, pieces: 0, bytes: 0 };

function holdingTotals(entries: Iterable<TorrentEntry>): Map<PeerId, HoldingTotal> {
  const totals = new Map<PeerId, HoldingTotal>();
  for (const entry of entries) {
    for (const [id, { pieces }] of entry.holdings) {
      if (pieces.count === 0) continue;
      const before = totals.get(id) ?? nothingHeld;
      totals.set(id, {
        files: before.files + 1,
        pieces: before.pieces + pieces.count,
        bytes: before.bytes + heldBytes(entry, id),
      });
    }
  }
  return totals;
}

/** All transfers under way, the oldest first. */
export function transfersView(context: Pick<DomainContext, 'catalog' | 'seeding' | 'transfers'>): TransfersView {
  const { catalog, seeding, transfers } = context;
  seeding.look();
  const views = Array.from(transfers.all(), (transfer) => transferView(transfer, catalog));
  return { count: views.length, transfers: views };
}

/** The view of one transfer. An upload has no id before it is listed, although its pieces are copied before that. */
function transferView(transfer: Transfer, catalog: Catalog): TransferView {
  const { id, kind, name, peer, bytes, length, startedMs } = transfer;
  const file = transfer.file !== null && catalog.get(transfer.file) !== undefined ? transfer.file : null;
  const bytes_per_second = Math.round(transfer.measureSpeed());
  const started = new Date(startedMs).toISOString();
  return { id: `${id}`, kind, file, name, peer, bytes, length, bytes_per_second, started };
}

/** The kind of the holder `id`. */
export function kindOf(id: PeerId): PeerKind {
  if (isWireHolder(id)) return 'wire';
  return id === tempHolderId ? 'temp' : 'fifo';
}
