/**
 * Gives out a file's `.torrent`, and takes in `.torrent`s of others.
 *
 *     GET /torrent?file=ID (or ?name=NAME), GET /file/ID.torrent
 *     GET /torrent?file=ID&version=2     the same bytes as a v2 torrent (BEP 52)
 *     POST /torrent                      a `.torrent`, raw or in a form's field "torrent" or "file"
 */

import { inSlices } from '../../async/in-slices.ts';
import type { Handler, HttpRequest, HttpResponse } from '../../http/handler.ts';
import { wantsPage } from '../../http/responses.ts';
import { readSmallBody } from '../../http/small-body.ts';
import { encodeContentDisposition } from '../../protocols/http/content/disposition.ts';
import { type MediaType, parseMediaType } from '../../protocols/http/content/media-type.ts';
import { MultipartParser, multipartBoundary } from '../../protocols/http/content/multipart.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import { MetainfoError, v2OnlyError } from '../../protocols/metainfo/errors.ts';
import { readTorrent } from '../../protocols/metainfo/read.ts';
import { metainfoLimits, type Torrent } from '../../protocols/metainfo/types.ts';
import { encodeTorrent } from '../../protocols/metainfo/write.ts';
import { encodeTorrentV2, v2Fault } from '../../protocols/metainfo/write-v2.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import type { ServerContext } from '../context/context.ts';
import { findById, findFile } from '../requests/find-file.ts';
import { readFormFiles } from '../requests/form-files.ts';
import { assertReachable, fetchFailure } from '../requests/reachable.ts';
import { withStorageErrors } from '../requests/storage-errors.ts';
import { seeOther, uploadResponse } from '../requests/upload-responses.ts';
import { torrentExtras } from '../views/links.ts';

type Context = Pick<ServerContext, 'catalog' | 'intake' | 'registry' | 'trees' | 'siteOf'>;

const { torrentBytesMax } = metainfoLimits;

/** Makes the handlers of `/torrent` and `/file/ID.torrent`. */
export function createTorrentHandler(context: Context): Record<'byQuery' | 'byPath' | 'post', Handler> {
  return {
    byQuery: (request) => {
      const entry = findFile(context.catalog, request, 'file');
      switch (request.query.get('version') ?? '1') {
        case '1':
          return torrent(context, request, entry);
        case '2':
          return torrentV2(context, request, entry);
        default:
          throw new HttpError(400, 'bad-version', '"version" must be 1 or 2');
      }
    },
    byPath: (request) => {
      const id = /^\/file\/([^/]+)\.torrent$/.exec(request.path)?.[1];
      if (id === undefined) throw new HttpError(404, 'no-such-page', `there is nothing at ${request.path}`);
      return torrent(context, request, findById(context.catalog, id));
    },
    post: (request) => withStorageErrors('nothing was kept', () => post(context, request)),
  };
}

function torrent({ siteOf }: Pick<Context, 'siteOf'>, request: HttpRequest, { record }: TorrentEntry): HttpResponse {
  return torrentFile(`${record.name}.torrent`, encodeTorrent(record, torrentExtras(record, siteOf(request), 1)));
}

/** The v2 torrent of `entry`. The first request for one takes as long as reading the complete file, to hash it. */
async function torrentV2(context: Context, request: HttpRequest, entry: TorrentEntry): Promise<HttpResponse> {
  const { record } = entry;
  // A hybrid has a v2 swarm already: a second one would only divide it.
  if (record.pieceLayers !== undefined) return torrent(context, request, entry);
  const fault = v2Fault(record);
  if (fault !== undefined) throw new HttpError(409, 'no-v2', `there is no v2 torrent of it: the file ${fault}`);
  if (record.tree === undefined && record.length > 0)
    assertReachable(context.registry, entry, [{ start: 0, end: record.length - 1 }]);
  const tree = await context.trees.of(entry).catch((error: unknown) => {
    throw fetchFailure(context.registry, entry, error);
  });
  const bytes = encodeTorrentV2(record, tree, torrentExtras(record, context.siteOf(request), 2));
  return torrentFile(`${record.name}.v2.torrent`, bytes);
}

function torrentFile(name: string, body: Buffer): HttpResponse {
  return {
    status: 200,
    headers: [
      ['Content-Type', 'application/x-bittorrent'],
      ['Content-Disposition', encodeContentDisposition('attachment', name)],
      ['Cache-Control', 'no-cache'],
    ],
    body,
  };
}

async function post(context: Context, request: HttpRequest): Promise<HttpResponse> {
  const type = parseMediaType(request.headers.get('content-type') ?? '');
  const isForm = type?.essence === 'multipart/form-data';
  const bytes = isForm ? await readFormTorrent(request, type) : await readSmallBody(request, torrentBytesMax);
  const listed = await context.intake.list(await parse(bytes));
  if (listed === undefined) {
    const { code, message } = v2OnlyError('a torrent');
    throw new HttpError(400, code, message);
  }
  const site = context.siteOf(request);
  return isForm && wantsPage(request) ? seeOther([listed]) : uploadResponse(listed, site);
}

async function readFormTorrent(request: HttpRequest, type: MediaType): Promise<Buffer> {
  const parser = new MultipartParser(multipartBoundary(type));
  for await (const { content } of readFormFiles(parser, request.body, ['torrent', 'file'])) {
    return await readSmallBody({ body: content }, torrentBytesMax);
  }
  throw new HttpError(400, 'no-file', 'the form holds no file; it should be in a field named "torrent"');
}

async function parse(bytes: Buffer): Promise<Torrent> {
  try {
    return await inSlices(readTorrent(bytes));
  } catch (error) {
    if (!(error instanceof MetainfoError)) throw error;
    throw new HttpError(400, error.code, `this is no torrent that can be taken: ${error.message}`, { cause: error });
  }
}
