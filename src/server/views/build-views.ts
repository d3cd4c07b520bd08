/** From the domain to the JSON views of the API. */
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import type {
  ContainedFileView,
  FileDetailView,
  FileHeadView,
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
import { heldBytes, type TorrentEntry, type TorrentRecord } from '../../storage/catalog/torrent-entry.ts';
import { isWireHolder, tempHolderId } from '../../storage/holders/holder.ts';
import type { Transfer } from '../../storage/holders/transfers.ts';
import type { DomainContext } from '../context/context.ts';
import type { Site } from '../context/site.ts';
import { fileLinks, innerFileLink } from './links.ts';

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

export function fileHeadView(entry: TorrentEntry, namesakes: readonly TorrentEntry[], site: Site): FileHeadView {
  const others: TorrentId[] = namesakes.filter((other) => other !== entry).map(({ record }) => record.id);
  return {
    ...fileView(entry),
    links: fileLinks(entry, site),
    ...(entry.record.files && { files: innerFiles(entry.record, site) }),
    ...(others.length > 0 && { same_name: others }),
  };
}

/**
 * The same for our own page. What a browser fetches from there is at a path without origin: our content policy allows
 * nothing else, and `http.public_url`, or a proxy in front of us that speaks https, makes another origin of what the
 * site says. What is carried elsewhere, the link to the page and the magnet links, is as it is for everybody.
 */
export function filePageView(entry: TorrentEntry, namesakes: readonly TorrentEntry[], site: Site): FileHeadView {
  const view = fileHeadView(entry, namesakes, { ...site, origin: '' });
  const { info, magnet, magnet_v2 } = fileLinks(entry, site);
  return { ...view, links: { ...view.links, info, magnet, ...(magnet_v2 !== undefined && { magnet_v2 }) } };
}

export function fileDetailView(entry: TorrentEntry, namesakes: readonly TorrentEntry[], site: Site): FileDetailView {
  const online = [...entry.holdings].filter(([, holding]) => holding.online && holding.pieces.count > 0);
  return {
    ...fileHeadView(entry, namesakes, site),
    piece_map: entry.copies(),
    peers: online.map(([id, { pieces }]) => ({ id, kind: kindOf(id), pieces: pieces.count, seed: pieces.full })),
    parts: Object.fromEntries(online.map(([id, { pieces }]) => [id, encodeParts([...pieces.ranges()])])),
  };
}

/** Paddings are left out: nobody wants them. */
function innerFiles(record: TorrentRecord, site: Site): ContainedFileView[] {
  const wanted = (record.files ?? []).filter(({ padding }) => !padding);
  return wanted.map(({ path, length }) => ({
    path: path.join('/'),
    length,
    download: innerFileLink(record, path, site),
  }));
}

export function uploadView(entry: TorrentEntry, site: Site): UploadView {
  const { id, name, length, piece_length, pieces, state } = fileView(entry);
  const { sha256 } = entry.record;
  return { id, name, length, sha256, piece_length, pieces, state, links: fileLinks(entry, site) };
}

/** p2 before p10. */
export const byId = new Intl.Collator('en', { numeric: true });

export type PeersContext = Pick<DomainContext, 'registry' | 'catalog' | 'wireHolders' | 'scrubber' | 'counters'>;

/**
 * Every storage peer, by id, the temp store while it has something, and the BitTorrent peers that are connected. Who
 * has added up what they hold can give the `totals`: with many files that is most of the work.
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

interface ListedPeer {
  readonly id: PeerId;
  readonly online: boolean;
  /** Of its FIFOs, where it has any. */
  readonly directory: string | null;
  readonly lastSeenMs: number | null;
}

function peerView({ counters, scrubber }: PeersContext, peer: ListedPeer, held: HoldingTotal): PeerView {
  const { id, online, directory, lastSeenMs } = peer;
  return {
    id,
    kind: kindOf(id),
    state: online ? 'online' : 'offline',
    ipc_path: directory,
    ...held,
    last_seen: timestamp(lastSeenMs),
    verified: timestamp(scrubber.verifiedMs(id)),
    corrupt_pieces: counters.corruptPiecesOf(id),
  };
}

function timestamp(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** What one holder has, of all files together. */
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

/** What is on its way now, the oldest first. */
export function transfersView(context: Pick<DomainContext, 'catalog' | 'seeding' | 'transfers'>): TransfersView {
  const { catalog, seeding, transfers } = context;
  seeding.look();
  const views = Array.from(transfers.all(), (transfer) => transferView(transfer, catalog));
  return { count: views.length, transfers: views };
}

/** The pieces of an upload are copied before it is listed: until then nothing can be asked of its id. */
function transferView(transfer: Transfer, catalog: Catalog): TransferView {
  const { id, kind, name, peer, bytes, length, startedMs } = transfer;
  const file = transfer.file !== null && catalog.get(transfer.file) !== undefined ? transfer.file : null;
  const bytes_per_second = Math.round(transfer.measureSpeed());
  const started = new Date(startedMs).toISOString();
  return { id: `${id}`, kind, file, name, peer, bytes, length, bytes_per_second, started };
}

export function kindOf(id: PeerId): PeerKind {
  if (isWireHolder(id)) return 'wire';
  return id === tempHolderId ? 'temp' : 'fifo';
}
