/** The URLs of a file at this server. */
import type { FileLinks } from '../../protocols/api/types.ts';
import { magnetLink, type TorrentExtras } from '../../protocols/metainfo/write.ts';
import { v2Fault } from '../../protocols/metainfo/write-v2.ts';
import type { TorrentEntry, TorrentRecord } from '../../storage/catalog/torrent-entry.ts';
import type { Site } from '../context/site.ts';

/** The URLs of a file and of its torrents. */
export function fileLinks({ record, infoHashV2 }: TorrentEntry, site: Site): FileLinks {
  const { id } = record;
  const { origin } = site;
  const isHybrid = record.pieceLayers !== undefined;
  const extras = torrentExtras(record, site, 1);
  return {
    info: `${origin}/file?id=${id}`,
    download: `${origin}/download?file=${id}`,
    torrent: `${origin}/file/${id}.torrent`,
    magnet: magnetLink({ v1: id, ...(isHybrid && { v2: infoHashV2 }) }, record, extras),
    ...(v2Fault(record) === undefined && { torrent_v2: `${origin}/torrent?file=${id}&version=2` }),
    ...(!isHybrid &&
      infoHashV2 !== undefined && {
        magnet_v2: magnetLink({ v2: infoHashV2 }, record, torrentExtras(record, site, 2)),
      }),
  };
}

/** The URL of the file at `path` in a torrent of several. */
export function containedFileLink({ id, name }: TorrentRecord, path: readonly string[], { origin }: Site): string {
  return `${origin}/download/${id}/${[name, ...path].map(encodeURIComponent).join('/')}`;
}

/** The keys of a torrent, v1 or v2, beside its info dictionary. */
export function torrentExtras(record: TorrentRecord, { origin, trackers }: Site, version: 1 | 2): TorrentExtras {
  const webSeeds = origin === '' ? [] : [webSeedUrl(record, origin, version)];
  return { creationDate: Math.floor(record.createdMs / 1000), trackers, webSeeds };
}

/**
 * The URL of a web seed (BEP 19), without `?`, which libtorrent refuses on a local address. To a URL that ends in a
 * slash clients append the torrent's name, and then the path of each file. A v2 torrent of one file is one of several
 * to libtorrent 2.0.8, which takes the padding of the last piece for a file.
 */
function webSeedUrl({ id, name, files }: TorrentRecord, origin: string, version: 1 | 2): string {
  const named = files === undefined && version === 1;
  return `${origin}/download/${id}/${named ? encodeURIComponent(name) : ''}`;
}
