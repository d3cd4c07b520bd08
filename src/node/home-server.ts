/**
 * What a node asks of its server: to list a torrent, for the torrent of an id, for all files. Failures come as the
 * HttpErrors that the node's own client is told.
 */
import { parseTorrentId, type TorrentId } from '../bytes/ids.ts';
import { pieceBytesMax } from '../bytes/pieces.ts';
import { ProtocolError } from '../bytes/protocol-error.ts';
import { type ClientResponse, type HttpCallOptions, httpCall } from '../io/net/http-client.ts';
import { HttpError } from '../protocols/http/errors.ts';
import { metainfoFromInfo } from '../protocols/metainfo/from-info.ts';
import { parseTorrent } from '../protocols/metainfo/read.ts';
import { type Metainfo, metainfoLimits } from '../protocols/metainfo/types.ts';
import { encodeTorrent } from '../protocols/metainfo/write.ts';
import type { NodeFileView } from './views.ts';

/** The longest silence of the server. */
const timeoutMs = 30_000;
/** Files asked for at a time, */
const pageFiles = 500;
/** and how often at most: a server that always says that there are more is not ours. */
const pagesMax = 2000;

/** What of a file in the server's list is used here. */
interface ListedFile {
  readonly id: string;
  readonly name: string;
  readonly length: number;
  readonly piece_length: number;
  readonly pieces: number;
}

interface ListedPage {
  readonly files: readonly ListedFile[];
  readonly next?: string;
}

export class HomeServer {
  readonly #url: URL;
  readonly #authorization: readonly (readonly [string, string])[];
  readonly #signal: AbortSignal | undefined;

  /** `token`: what a server on other than loopback wants for changes. `signal`: ends all that waits for an answer. */
  constructor(url: URL, token: string | undefined, signal?: AbortSignal) {
    this.#url = url;
    this.#signal = signal;
    this.#authorization = token === undefined ? [] : [['Authorization', `Bearer ${token}`]];
  }

  /** Its tracker. */
  get announceUrl(): string {
    return new URL('/announce', this.#url).href;
  }

  /** Has it list `file`, whose pieces are with us. Throws HttpError. */
  async list(file: Metainfo): Promise<void> {
    const extras = { creationDate: Math.floor(Date.now() / 1000), trackers: [this.announceUrl], webSeeds: [] };
    await this.#call('/torrent', { method: 'POST', body: encodeTorrent(file, extras) });
  }

  /** The file of that id. Throws HttpError; 404 when the server does not know it. */
  async file(id: TorrentId): Promise<Metainfo> {
    const { body } = await this.#call(`/torrent?file=${id}`, { method: 'GET' });
    const file = metainfoOf(body, id);
    if (file === undefined) throw nonsense(`another torrent than ${id}`);
    return file;
  }

  /** Bytes of the pieces into which files are cut here: what the server does. Throws HttpError. */
  async pieceLength(): Promise<number> {
    const { body } = await this.#call('/settings', { method: 'GET' });
    const pieceLength = fieldsIn(body).piece_size;
    if (!isCount(pieceLength) || pieceLength === 0 || pieceLength > pieceBytesMax)
      throw nonsense('no usable "piece_size"');
    return pieceLength;
  }

  /** All files that the server knows. Throws HttpError. */
  async files(): Promise<NodeFileView[]> {
    const files: NodeFileView[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < pagesMax; pages += 1) {
      const query = new URLSearchParams({ limit: String(pageFiles), ...(cursor !== undefined && { cursor }) });
      const page = await this.#page(query);
      files.push(...page.files.map(viewOf));
      cursor = page.next;
      if (cursor === undefined) return files;
    }
    throw nonsense('a list of files without an end');
  }

  async #page(query: URLSearchParams): Promise<ListedPage> {
    const { body } = await this.#call(`/files?${query}`, { method: 'GET' });
    const { files, next } = fieldsIn(body);
    if (!Array.isArray(files) || !files.every(isListedFile)) throw nonsense('no list of files');
    return { files, ...(typeof next === 'string' && { next }) };
  }

  async #call(path: string, options: Pick<HttpCallOptions, 'method' | 'body'>): Promise<ClientResponse<Buffer>> {
    const url = new URL(path, this.#url);
    const accept = ['Accept', 'application/json, application/x-bittorrent'] as const;
    const headers = [accept, ...this.#authorization];
    const bodyBytesMax = metainfoLimits.torrentBytesMax;
    const signal = this.#signal;
    const call = { ...options, headers, timeoutMs, ...(signal && { signal }) };
    const answer = await httpCall(url, { ...call, bodyBytesMax }).catch((cause: Error) => {
      signal?.throwIfAborted();
      throw unavailable(`no answer from the server at ${url.host}: ${cause.message}`, cause);
    });
    if (answer.status < 300) return answer;
    const message = `the server says: ${explanation(answer.body) ?? `status ${answer.status}`}`;
    if (answer.status === 404) throw new HttpError(404, 'no-such-file', message);
    if (answer.status >= 500) throw unavailable(message);
    throw new HttpError(502, 'refused', message);
  }
}

function unavailable(message: string, cause?: unknown): HttpError {
  return new HttpError(503, 'no-server', message, { cause, headers: [['Retry-After', '5']] });
}

/** What no server of ours says: there is another program, or a proxy, at its address. */
function nonsense(what: string): HttpError {
  return new HttpError(502, 'not-our-server', `the server at that address gave ${what}`);
}

/** The torrent in `body`; undefined when that is none, or not the one of `id`. */
function metainfoOf(body: Buffer, id: TorrentId): Metainfo | undefined {
  try {
    const { info, pieceLayers } = parseTorrent(body);
    return info.v1?.infoHash === id ? metainfoFromInfo(info, pieceLayers) : undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function fieldsIn(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString());
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // not JSON: it is told as any other shape is
  }
  throw nonsense('no JSON object');
}

function isListedFile(value: unknown): value is ListedFile {
  if (typeof value !== 'object' || value === null) return false;
  const { id, name, length, piece_length, pieces } = value as Record<string, unknown>;
  const isNamed = typeof id === 'string' && parseTorrentId(id) !== undefined && typeof name === 'string';
  return isNamed && [length, piece_length, pieces].every(isCount);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The `detail` of a problem (RFC 9457 3.1.4). */
function explanation(body: Buffer): string | undefined {
  try {
    const { detail } = fieldsIn(body);
    return typeof detail === 'string' ? detail : undefined;
  } catch {
    return undefined; // not JSON: the status says it
  }
}

function viewOf({ id, name, length, piece_length, pieces }: ListedFile): NodeFileView {
  return { name, piece_length: String(piece_length), pieces: String(pieces), length: String(length), hash: id };
}
