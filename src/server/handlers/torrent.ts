/**
 * TorrentHandler: a file's `.torrent`, by `GET /torrent?file=ID` (or `?name=`) and `GET /file/ID.torrent`.
 */
import { encodeContentDisposition } from '../../protocols/http/content/disposition.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import { encodeTorrent } from '../../protocols/metainfo/write.ts';
import type { FileEntry } from '../../swarm/file-entry.ts';
import type { ServerContext } from '../context.ts';
import type { Handler, HttpRequest, HttpResponse } from '../exchange.ts';
import { findById, findFile } from '../find-file.ts';
import { webSeedUrl } from '../links.ts';

export function createTorrentHandler({ catalog }: ServerContext): { byQuery: Handler; byPath: Handler } {
  return {
    byQuery: (request) => torrent(request, findFile(catalog, request, 'file')),
    byPath: (request) => {
      const id = /^\/file\/([^/]+)\.torrent$/.exec(request.path)?.[1];
      if (id === undefined) throw new HttpError(404, 'no-such-page', `there is nothing at ${request.path}`);
      return torrent(request, findById(catalog, id));
    },
  };
}

function torrent({ authority }: HttpRequest, { record }: FileEntry): HttpResponse {
  const webSeeds = authority === '' ? [] : [webSeedUrl(record, authority)];
  return {
    status: 200,
    headers: [
      ['Content-Type', 'application/x-bittorrent'],
      ['Content-Disposition', encodeContentDisposition('attachment', `${record.name}.torrent`)],
      ['Cache-Control', 'no-cache'],
      ['X-Content-Type-Options', 'nosniff'],
    ],
    body: encodeTorrent(record, { creationDate: Math.floor(record.createdMs / 1000), webSeeds }),
  };
}
