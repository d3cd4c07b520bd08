/**
 * The server of a node, by its HTTP API: lists a torrent, gives the torrent of an id, and the list of all files.
 * Failures are HttpErrors, with which the node responds to its own client.
 */
import type { TorrentId } from '../bytes/ids.ts';
import { pieceBytesMax } from '../bytes/pieces.ts';
import { ProtocolError } from '../bytes/protocol-error.ts';
import { type ClientResponse, type HttpCallOptions, httpCall } from '../io/net/http-client.ts';
import type { NodeFileView } from '../protocols/api/node-types.ts';
import { type FilesPage, parseFile, parseFilesPage, parseJson, parseSettings } from '../protocols/api/read.ts';
import { problemDetail } from '../protocols/http/content/problem.ts';
import { HttpError } from '../protocols/http/errors.ts';
import { metainfoFromInfo } from '../protocols/metainfo/from-info.ts';
import { parseTorrent } from '../protocols/metainfo/read.ts';
import { type Metainfo, metainfoLimits } from '../protocols/metainfo/types.ts';
import { encodeTorrent } from '../protocols/metainfo/write.ts';
import { type ListedFile, listedFileView } from './views.ts';

/** The longest silence of the server. */
const timeoutMs = 30_000;
/** Files on one page of the server's list. */
const pageFiles = 500;
/** Pages of the server's list at most: a server whose list has more pages is no Rivulet server. */
const pagesMax = 2000;

/** A client of the server. */
export class HomeServer {
  readonly #url: URL;
  readonly #authorization: readonly (readonly [string, string])[];
  readonly #signal: AbortSignal | undefined;

  /** `token` authorizes changes at a server that strangers can reach; `signal` ends all calls. */
  constructor(url: URL, token: string | undefined, signal?: AbortSignal) {
    this.#url = url;
    this.#signal = signal;
    this.#authorization = token === undefined ? [] : [['Authorization', `Bearer ${token}`]];
  }

  /** The announce URL of the server's tracker. */
  get announceUrl(): string {
    return new URL('/announce', this.#url).href;
  }

  /** Has the server list `file`, whose pieces this node has. Throws HttpError. */
  async list(file: Metainfo): Promise<void> {
    const extras = { creationDate: Math.floor(Date.now() / 1000), trackers: [this.announceUrl], webSeeds: [] };
    await this.#call('/torrent', { method: 'POST', body: encodeTorrent(file, extras) });
  }

  /** The torrent of that id. Throws HttpError; 404 when the server does not know the id. */
  async file(id: TorrentId): Promise<Metainfo> {
    const { body } = await this.#call(`/torrent?file=${id}`, { method: 'GET' });
    const file = metainfoOf(body, id);
    if (file === undefined) throw notOurs(`another torrent than ${id}`);
    return file;
  }

  /** Bytes of a piece, by the server's settings, for files that are shared from here. Throws HttpError. */
  async pieceLength(): Promise<number> {
    const { body } = await this.#call('/settings', { method: 'GET' });
    const pieceLength = parseSettings(objectIn(body))?.piece_size;
    if (pieceLength === undefined || pieceLength === 0 || pieceLength > pieceBytesMax)
      throw notOurs('no usable "piece_size"');
    return pieceLength;
  }

  /** All files that the server lists. Throws HttpError. */
  async files(): Promise<NodeFileView[]> {
    const files: NodeFileView[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < pagesMax; pages += 1) {
      const query = new URLSearchParams({ limit: String(pageFiles), ...(cursor !== undefined && { cursor }) });
      const page = await this.#page(query);
      files.push(...page.files.map(listedFile).map(listedFileView));
      cursor = page.next;
      if (cursor === undefined) return files;
    }
    throw notOurs('a list of files without an end');
  }

  async #page(query: URLSearchParams): Promise<FilesPage> {
    const { body } = await this.#call(`/files?${query}`, { method: 'GET' });
    const page = parseFilesPage(objectIn(body));
    if (page === undefined) throw notOurs('no list of files');
    return page;
  }

  async #call(path: string, options: Pick<HttpCallOptions, 'method' | 'body'>): Promise<ClientResponse<Buffer>> {
    const url = new URL(path, this.#url);
    const accept = ['Accept', 'application/json, application/x-bittorrent'] as const;
    const headers = [accept, ...this.#authorization];
    const bodyBytesMax = metainfoLimits.torrentBytesMax;
    const signal = this.#signal;
    const call = { ...options, headers, timeoutMs, ...(signal && { signal }) };
    const response = await httpCall(url, { ...call, bodyBytesMax }).catch((cause: Error) => {
      signal?.throwIfAborted();
      throw unavailable(`no answer from the server at ${url.host}: ${cause.message}`, cause);
    });
    if (response.status < 300) return response;
    const message = `the server says: ${problemDetail(parseJson(response.body.toString())) ?? `status ${response.status}`}`;
    if (response.status === 404) throw new HttpError(404, 'no-such-file', message);
    if (response.status >= 500) throw unavailable(message);
    throw new HttpError(502, 'refused', message);
  }
}

function unavailable(message: string, cause?: unknown): HttpError {
  return new HttpError(503, 'no-server', message, { cause, headers: [['Retry-After', '5']] });
}

/** The error of a response that no Rivulet server gives: another program, or a proxy, is at the server's address. */
function notOurs(what: string): HttpError {
  return new HttpError(502, 'not-our-server', `the server at that address gave ${what}`);
}

/** The torrent in `body`; undefined when it is none, or not that of `id`. */
function metainfoOf(body: Buffer, id: TorrentId): Metainfo | undefined {
  try {
    const { info, pieceLayers } = parseTorrent(body);
    return info.v1?.infoHash === id ? metainfoFromInfo(info, pieceLayers) : undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function objectIn(body: Buffer): object {
  const value = parseJson(body.toString());
  if (typeof value !== 'object' || value === null) throw notOurs('no JSON object');
  return value;
}

function listedFile(value: unknown): ListedFile {
  const file = parseFile(value, 'id', 'name', 'length', 'piece_length', 'pieces');
  if (file === undefined) throw notOurs('no list of files');
  return file;
}
