/**
 * What a node asks of its server: to list a torrent, for the torrent of an id, for all files. Failures come as the
 * HttpErrors that the node's own client is told.
 */
import type { FileId } from '../bytes/ids.ts';
import { type HttpAnswer, type HttpCallOptions, httpCall } from '../io/http-client.ts';
import { HttpError } from '../protocols/http/errors.ts';
import { metainfoFromInfo } from '../protocols/metainfo/from-info.ts';
import { parseTorrent } from '../protocols/metainfo/read.ts';
import { type Metainfo, metainfoLimits } from '../protocols/metainfo/types.ts';
import { encodeTorrent } from '../protocols/metainfo/write.ts';
import type { NodeFileView } from './views.ts';

/** The longest silence of the server. */
const timeoutMs = 30_000;
/** Files asked for at a time. */
const pageFiles = 500;

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

  /** `token`: what a server on other than loopback wants for changes. */
  constructor(url: URL, token: string | undefined) {
    this.#url = url;
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
  async file(id: FileId): Promise<Metainfo> {
    const { body } = await this.#call(`/torrent?file=${id}`, { method: 'GET' });
    const { info, pieceLayers } = parseTorrent(body);
    const file = info.v1?.infoHash === id ? metainfoFromInfo(info, pieceLayers) : undefined;
    if (file === undefined) throw new HttpError(502, 'other-torrent', `the server gave another torrent than ${id}`);
    return file;
  }

  /** Bytes of the pieces into which files are cut here: what the server does. Throws HttpError. */
  async pieceLength(): Promise<number> {
    const { body } = await this.#call('/settings', { method: 'GET' });
    return (JSON.parse(body.toString()) as { piece_size: number }).piece_size;
  }

  /** All files that the server knows. Throws HttpError. */
  async files(): Promise<NodeFileView[]> {
    const files: NodeFileView[] = [];
    let cursor: string | undefined;
    do {
      const query = new URLSearchParams({ limit: String(pageFiles), ...(cursor !== undefined && { cursor }) });
      const page = await this.#page(query);
      files.push(...page.files.map(viewOf));
      cursor = page.next;
    } while (cursor !== undefined);
    return files;
  }

  async #page(query: URLSearchParams): Promise<ListedPage> {
    const { body } = await this.#call(`/files?${query}`, { method: 'GET' });
    return JSON.parse(body.toString()) as ListedPage;
  }

  async #call(path: string, options: Pick<HttpCallOptions, 'method' | 'body'>): Promise<HttpAnswer<Buffer>> {
    const url = new URL(path, this.#url);
    const accept = ['Accept', 'application/json, application/x-bittorrent'] as const;
    const headers = [accept, ...this.#authorization];
    const bodyBytesMax = metainfoLimits.torrentBytesMax;
    const answer = await httpCall(url, { ...options, headers, timeoutMs, bodyBytesMax }).catch((cause: Error) => {
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

/** The `detail` of a problem (RFC 9457 3.1.4). */
function explanation(body: Buffer): string | undefined {
  try {
    const { detail } = JSON.parse(body.toString()) as { detail?: unknown };
    return typeof detail === 'string' ? detail : undefined;
  } catch {
    return undefined; // not JSON: the status says it
  }
}

function viewOf({ id, name, length, piece_length, pieces }: ListedFile): NodeFileView {
  return { name, piece_length: String(piece_length), pieces: String(pieces), length: String(length), hash: id };
}
