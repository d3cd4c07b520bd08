/** The server's files that could be a given file of the user's: found by length, told apart by SHA-256. */

import type { Attempt } from '../async/retry.ts';
import { parseTorrentId, type TorrentId } from '../bytes/ids.ts';
import { pieceBytesMax } from '../bytes/pieces.ts';
import { parseFile, parseFilesPage } from '../protocols/api/read.ts';
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
    const answer = await askServer(url);
    if (answer.kind !== 'done') return answer;
    const page = parseFilesPage(answer.value);
    if (page === undefined) return { kind: 'refused', message: `${server.origin}/files is no list of files` };
    // An entry that cannot be shared is passed over.
    const files = page.files.flatMap((entry) => parseEntry(entry) ?? []);
    found.push(...files.filter((file) => file.length === length));
    cursor = page.next;
  } while (cursor !== undefined);
  return { kind: 'done', value: found };
}

/** An entry that can be shared: undefined when its SHA-256 is not known, or its pieces are larger than ours may be. */
function parseEntry(entry: unknown): KnownFile | undefined {
  const file = parseFile(entry, 'id', 'name', 'length', 'sha256', 'piece_length');
  if (file === undefined || file.sha256 === null) return undefined;
  const { name, length, sha256, piece_length: pieceLength } = file;
  const id = parseTorrentId(file.id);
  if (id === undefined || pieceLength < 1 || pieceLength > pieceBytesMax) return undefined;
  return { id, name, length, sha256, pieceLength };
}
