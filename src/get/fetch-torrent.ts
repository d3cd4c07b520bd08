/**
 * Fetches a `.torrent` over HTTP: by the id of a file of a Rivulet server, by its own URL, or by the URL of a file's
 * page or download at any Rivulet server, as a browser shows it.
 *
 *     GET /download/ID/film.iso       the file itself is not what is asked for, but:
 *     GET /file?id=ID                 {..., "links": {"torrent": "http://host/file/ID.torrent"}}
 *     GET /file/ID.torrent            d8:announce...
 */
import { parseTorrentId, type TorrentId } from '../bytes/ids.ts';
import { printable } from '../bytes/printable.ts';
import { refusalOf, streamFrom, streamFromServer } from '../cli/server-call.ts';
import type { ClientResponse } from '../io/net/http-client.ts';
import { parseJson, parseTorrentLink } from '../protocols/api/read.ts';
import { parseMediaType } from '../protocols/http/content/media-type.ts';
import type { Torrent } from '../protocols/metainfo/types.ts';
import { bytesOf, failure, readTorrent } from './read-torrent.ts';

export interface FetchedTorrent {
  readonly torrent: Torrent;
  /** The URL that the torrent came from, after redirects. */
  readonly origin: string;
}

/** A response, and the URL that it came from, after redirects. */
interface Response extends ClientResponse<AsyncGenerator<Buffer, void>> {
  readonly url: URL;
}

const redirectsMax = 5;

/** The torrent of the file `id` of the server at the URL `server`. Throws CommandError, or the reason of `signal`. */
export async function fetchTorrentOf(server: string, id: TorrentId, signal?: AbortSignal): Promise<FetchedTorrent> {
  const path = `/torrent?file=${id}`;
  const { body } = await streamFromServer(server, { ...callFor(signal), path });
  const origin = new URL(path, server).href;
  const torrent = await readTorrent(body, origin);
  if (torrent.info.v1?.infoHash === id) return { torrent, origin };
  throw failure(origin, `this is the torrent of another file, ${torrent.info.v1?.infoHash}`);
}

/** The torrent that is at `url`, or belongs to the file whose page or download that is. Throws as `fetchTorrentOf`. */
export async function fetchTorrent(url: URL, signal?: AbortSignal): Promise<FetchedTorrent> {
  const page = pageOfDownload(url);
  const link = page && (await torrentLink(await get(page, signal)));
  if (link !== undefined) return torrentOf(await get(link, signal));
  const response = await get(url, signal);
  if (!isJson(response)) return torrentOf(response);
  const linkOfPage = await torrentLink(response);
  if (linkOfPage === undefined) throw failure(response.url.href, 'neither a torrent nor the page of a file');
  return torrentOf(await get(linkOfPage, signal));
}

function callFor(signal: AbortSignal | undefined) {
  return { method: 'GET', accept: 'application/x-bittorrent, application/json;q=0.5', ...(signal && { signal }) };
}

/** The torrent in a response. */
async function torrentOf({ url, ...response }: Response): Promise<FetchedTorrent> {
  if (response.status !== 200) throw await refusalOf(url, response);
  if (!hasType(response, 'text/html')) return { torrent: await readTorrent(response.body, url.href), origin: url.href };
  await leave(response.body);
  throw failure(url.href, 'a web page; it takes the URL of a .torrent, or of a file at a Rivulet server');
}

/** Asks for `start`, and follows redirects (RFC 9110 15.4) to what is none. */
async function get(start: URL, signal: AbortSignal | undefined): Promise<Response> {
  let url = start;
  for (let redirects = 0; ; redirects += 1) {
    const response = await streamFrom(url, callFor(signal));
    const location = redirectStatuses.has(response.status) ? response.headers.get('location') : undefined;
    if (location === undefined) return { ...response, url };
    await leave(response.body);
    if (redirects === redirectsMax) throw failure(start.href, `leads on and on, over ${redirectsMax} times`);
    url = redirected(url, location);
  }
}

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

function redirected(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const fault = to === undefined ? 'that is no URL' : schemeFault(to);
  if (to === undefined || fault !== undefined)
    throw failure(from.href, `leads to "${printable(location.slice(0, 200))}": ${fault}`);
  return to;
}

/** Why nothing can be fetched from `url`; undefined when it can. */
export function schemeFault({ protocol, href }: URL): string | undefined {
  if (protocol === 'http:') return undefined;
  if (protocol !== 'https:') return `only http: URLs can be fetched, not ${printable(protocol)}`;
  return `there is no TLS here; fetch the .torrent yourself (curl -LO ${printable(href)}) and give its path`;
}

/** The page of the file whose download at a Rivulet server `url` would be; undefined for other URLs. */
function pageOfDownload(url: URL): URL | undefined {
  const { pathname, searchParams } = url;
  const parameter = (key: string) => (pathname === '/download' ? searchParams.get(key) : null);
  const id = parseTorrentId(/^\/download\/([^/]+)/.exec(pathname)?.[1] ?? parameter('file') ?? '');
  const name = parameter('name');
  if (id === undefined && name === null) return undefined;
  return new URL(`/file?${new URLSearchParams(id === undefined ? { name: name ?? '' } : { id })}`, url);
}

/**
 * The URL of the torrent of a file, from what its server says of the file as JSON; undefined for other responses. The
 * URL is always at the server that answered: the name by which it knows itself may be one that only others can reach.
 */
async function torrentLink(response: Response): Promise<URL | undefined> {
  const { url, body } = response;
  if (!isJson(response)) {
    await leave(body);
    return undefined;
  }
  const link = parseTorrentLink(parseJson((await bytesOf(body, url.href)).toString()));
  if (link === undefined || !URL.canParse(link, url.href)) return undefined;
  const { pathname, search } = new URL(link, url);
  return Object.assign(new URL(url), { pathname, search, hash: '' });
}

function isJson(response: Response): boolean {
  return response.status === 200 && hasType(response, 'application/json');
}

function hasType({ headers }: Pick<Response, 'headers'>, essence: string): boolean {
  return parseMediaType(headers.get('content-type') ?? '')?.essence === essence;
}

/** Closes the connection: the rest of the body is of no use. */
async function leave(body: AsyncIterable<Buffer>): Promise<void> {
  for await (const _ of body) break;
}
