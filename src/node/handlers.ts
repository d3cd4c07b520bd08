/**
 * The node's HTTP API: one handler for each path and method.
 *
 *     curl -d '{"name": "/home/ann/plan.txt"}' localhost:9001/upload
 *     curl -d '{"hash": "c9e1..."}' localhost:9002/download
 */
import { isAbsolute } from 'node:path';
import { parseTorrentId } from '../bytes/ids.ts';
import type { Route } from '../http/dispatcher.ts';
import type { Handler, HttpRequest } from '../http/handler.ts';
import { fieldsOfJson } from '../http/json-fields.ts';
import { json, textResponse } from '../http/responses.ts';
import { readSmallBody } from '../http/small-body.ts';
import type { NodeFilesView, NodeTransfersView } from '../protocols/api/node-types.ts';
import { HttpError } from '../protocols/http/errors.ts';
import type { HomeServer } from './home-server.ts';
import type { NodeFiles } from './node-files.ts';
import { fileView, transferView } from './views.ts';

/** Bytes of a request's body: a path has at most 4096 bytes (PATH_MAX). */
const bodyBytesMax = 16 * 1024;

/** The collaborators of the handlers. */
export interface NodeContext {
  readonly files: NodeFiles;
  readonly home: HomeServer;
}

/** All paths of a node. */
export function createRoutes(context: NodeContext): Route[] {
  return [
    { path: '/upload', methods: { POST: upload(context) } },
    { path: '/download', methods: { POST: download(context) } },
    { path: '/files', methods: { GET: list(context) } },
    { path: '/files/*', methods: { GET: file(context), DELETE: remove(context) } },
    { path: '/transfers', methods: { GET: transfers(context) } },
    { path: '/healthz', methods: { GET: () => textResponse(200, 'ok\n') } },
  ];
}

/** `POST /upload {"name": "/path/some.txt"}`: 201, or 200 when the file is shared already. */
function upload({ files }: NodeContext): Handler {
  return async (request) => {
    const path = await readField(request, 'name');
    if (path === undefined || !isAbsolute(path) || path.includes('\0'))
      throw new HttpError(400, 'bad-name', `"name" must be the absolute path of a file; it is ${quote(path)}`);
    const shared = await files.share(path);
    const response = json(shared.isNew ? 201 : 200, fileView(shared.file));
    const location = ['Location', `/files/${encodeURIComponent(shared.file.name)}`] as const;
    return { ...response, headers: [...response.headers, location] };
  };
}

/** `POST /download {"hash": ID}`: responds when the file is complete and verified. */
function download({ files }: NodeContext): Handler {
  return async (request) => {
    const hash = await readField(request, 'hash');
    const id = parseTorrentId(hash ?? '');
    if (id === undefined) throw badHash(hash);
    return json(200, fileView(await files.download(id)));
  };
}

/** `GET /files`: all files that the server lists. */
function list({ home }: NodeContext): Handler {
  return async () => {
    const files = await home.files();
    return json(200, { count: String(files.length), files } satisfies NodeFilesView);
  };
}

/** `GET /files/NAME`: a complete file of this node. */
function file({ files }: NodeContext): Handler {
  return async ({ path }) => {
    const name = path.slice('/files/'.length);
    const complete = await files.completeNamed(name);
    if (complete !== undefined) return json(200, fileView(complete));
    const running = files.downloadNamed(name)?.torrent;
    const state = running && `; of its ${running.have.size} pieces ${running.have.count} are here`;
    throw new HttpError(404, 'no-such-file', `this node has no whole file called "${name}"${state ?? ''}`);
  };
}

/** `DELETE /files/NAME[?hash=ID]`: ends the sharing or the download; `hash` chooses one of several. */
function remove({ files }: NodeContext): Handler {
  return async ({ path, query }) => {
    const name = path.slice('/files/'.length);
    const hash = query.get('hash');
    const id = parseTorrentId(hash ?? '');
    if (hash !== undefined && id === undefined) throw badHash(hash);
    if (await files.remove(name, id)) return { status: 204, headers: [], body: null };
    throw new HttpError(404, 'no-such-file', `this node has no file called "${name}"`);
  };
}

function transfers({ files }: NodeContext): Handler {
  return () => {
    const transfers = files.torrents.map(transferView);
    return json(200, { count: String(transfers.length), transfers } satisfies NodeTransfersView);
  };
}

/** The field `name` of the JSON in the body, whatever its Content-Type: programs that send JSON seldom say so. */
async function readField(request: HttpRequest, name: string): Promise<string | undefined> {
  return fieldsOfJson(await readSmallBody(request, bodyBytesMax), `"${name}"`).get(name);
}

function badHash(hash: string | undefined): HttpError {
  return new HttpError(400, 'bad-hash', `"hash" must be 40 hex digits; it is ${quote(hash)}`);
}

function quote(value: string | undefined): string {
  return value === undefined ? 'missing' : `"${value}"`;
}
