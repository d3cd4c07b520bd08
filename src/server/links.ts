/** Where a file can be had, as URLs of the host that the request came to. */
import { magnetLink } from '../protocols/metainfo/write.ts';
import type { FileRecord } from '../swarm/file-entry.ts';
import type { FileLinks } from './views.ts';

export function fileLinks(file: FileRecord, authority: string): FileLinks {
  const base = authority === '' ? '' : `http://${authority}`;
  const webSeeds = authority === '' ? [] : [webSeedUrl(file, authority)];
  return {
    info: `${base}/file?id=${file.id}`,
    download: `${base}/download?file=${file.id}`,
    torrent: `${base}/file/${file.id}.torrent`,
    magnet: magnetLink(file.id, file, { webSeeds }),
  };
}

/** The whole file under its own name; without `?`, since libtorrent refuses that on a local address (BEP 19). */
export function webSeedUrl(file: FileRecord, authority: string): string {
  return `http://${authority}/download/${file.id}/${encodeURIComponent(file.name)}`;
}
