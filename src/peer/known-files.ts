/** The server's files that could be a given file of the user's: found by length, told apart by SHA-256. */

import type { Attempt } from '../async/retry.ts';
import { parseTorrentId, type TorrentId } from '../bytes/ids.ts';
import { pieceBytesMax } from '../bytes/pieces.ts';
import { askServer } from './server-api.ts';

/** The fields of an entry of `GET /files` that matter here. */
export interface KnownFile {
  readonly id: TorrentId;
  readonly name: string;
  readonly length: number;
  readonly sha256: string;
  readonly pieceLength: number;
}

/** Entries on a page: the whole list of most servers in one response, and far from the most that one may hold. */
const pageEntries = 1000;

/** The server's files that are `length` bytes long, newest first. */
export async function findByLength(server: URL, length: number): Promise<Attempt<KnownFile[]>> {
  const found: KnownFile[] = [];
  let cursor: string | undefined;
  do {
    const url = new URL('/files', server);
    url.searchParams.set('limit', String(pageEntries));
    if (cursor !== undefined) url.searchParams.set('cursor', cursor);
    const response = await askServer(url);
    if (response.kind !== 'done') return response;
    const page = parsePage(response.value);
    if (page === undefined) return { kind: 'refused', message: `${server.origin}/files is no list of files` };
    found.push(...page.files.filter((file) => file.length === length));
    cursor = page.next;
  } while (cursor !== undefined);
  return { kind: 'done', value: found };
}

function parsePage(page: unknown): { files: KnownFile[]; next: string | undefined } | undefined {
  if (!isObject(page) || !Array.isArray(page.files)) return undefined;
  const next = typeof page.next === 'string' ? page.next : undefined;
  // An entry that cannot be shared (its SHA-256 is not known, or it is nothing we understand) is passed over.
  return { files: page.files.flatMap((entry) => parseEntry(entry) ?? []), next };
}

function parseEntry(entry: unknown): KnownFile | undefined {
  if (!isObject(entry)) return undefined;
  const { id, name, length, sha256, piece_length: pieceLength } = entry;
  const fileId = typeof id === 'string' ? parseTorrentId(id) : undefined;
  if (fileId === undefined || typeof name !== 'string' || typeof sha256 !== 'string') return undefined;
  if (!isCount(length) || !isCount(pieceLength) || pieceLength < 1 || pieceLength > pieceBytesMax) return undefined;
  return { id: fileId, name, length, sha256, pieceLength };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
