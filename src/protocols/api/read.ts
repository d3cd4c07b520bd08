/**
 * The views as other programs read them. Whatever responds may be a server of another version, or no Rivulet at all, so
 * nothing is taken for granted: each reader gives the fields that are used somewhere, and undefined when the JSON does
 * not have them.
 *
 *     parseFile(parseJson('{"id":"c9e1...","length":5,"x":1}'), 'id', 'length')     { id: 'c9e1...', length: 5 }
 */
import { parseTorrentId } from '../../bytes/ids.ts';
import type { NodeFileView } from './node-types.ts';
import type { FileLinks, FileView, SettingsView, UploadView } from './types.ts';
import type { VerifyLine, VerifyProgressView, VerifySummaryView } from './verify-types.ts';

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

/** The JSON value in `text`; undefined when `text` is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a page, say: to a reader of views one wrong shape is like another
  }
}

/** A field of a file that some program reads. */
export type FileField = keyof typeof fileChecks;

const fileChecks = {
  id: isTorrentId,
  name: isText,
  length: isCount,
  sha256: isTextOrNull,
  piece_length: isCount,
  pieces: isCount,
} as const satisfies { readonly [Name in keyof FileView]?: Check };

/** The named fields of the file in `value`; undefined when one of them is missing or of another type. */
export function parseFile<Name extends FileField>(
  value: unknown,
  ...names: readonly Name[]
): Pick<FileView, Name> | undefined {
  if (!isObject(value) || !names.every((name) => fileChecks[name](value[name]))) return undefined;
  return Object.fromEntries(names.map((name) => [name, value[name]])) as unknown as Pick<FileView, Name>;
}

/** A page of `GET /files`, whose files are read with `parseFile`; undefined when `value` is none. */
export interface FilesPage {
  readonly files: readonly unknown[];
  /** The `cursor` of the next page; undefined on the last. */
  readonly next: string | undefined;
}

/** The page of `GET /files` in `value`; undefined when that is none. */
export function parseFilesPage(value: unknown): FilesPage | undefined {
  if (!isObject(value) || !Array.isArray(value.files)) return undefined;
  return { files: value.files, next: typeof value.next === 'string' ? value.next : undefined };
}

/** The part of an upload's response that `rivulet put` shows. */
export type UploadRead = Pick<UploadView, 'id' | 'name' | 'sha256'> & {
  readonly links: Pick<FileLinks, 'info' | 'download' | 'torrent' | 'magnet'>;
};

/** The uploaded file in `value`; undefined when that is none. */
export function parseUpload(value: unknown): UploadRead | undefined {
  const file = parseFile(value, 'id', 'name', 'sha256');
  const links = isObject(value) && isObject(value.links) ? value.links : {};
  const { info, download, torrent, magnet } = links;
  if (file === undefined || ![info, download, torrent, magnet].every(isText)) return undefined;
  return { ...file, links: { info, download, torrent, magnet } as UploadRead['links'] };
}

/** The URL of a file's torrent, of the response of `GET /file` in `value`; undefined when that has none. */
export function parseTorrentLink(value: unknown): string | undefined {
  if (!isObject(value) || !isObject(value.links)) return undefined;
  const { torrent } = value.links;
  return typeof torrent === 'string' ? torrent : undefined;
}

/** The settings in `value`; undefined when that is none. */
export function parseSettings(value: unknown): SettingsView | undefined {
  if (!isObject(value)) return undefined;
  const { piece_size } = value;
  return isCount(piece_size) ? { piece_size } : undefined;
}

/** The id of the file that a node responds with; undefined when `value` has none. */
export function parseNodeFile(value: unknown): Pick<NodeFileView, 'hash'> | undefined {
  if (!isObject(value)) return undefined;
  const { hash } = value;
  return typeof hash === 'string' ? { hash } : undefined;
}

/** The line of `POST /verify_peers` in `value`; undefined when that is none. Counts of a progress may be missing. */
export function parseVerifyLine(value: unknown): VerifyLine | undefined {
  if (!isObject(value)) return undefined;
  if (isObject(value.progress)) return { progress: progressOf(value.progress) };
  if (value.summary !== undefined) return isSummary(value.summary) ? { summary: value.summary } : undefined;
  const { peer, file, name, part, parts, problem, message, healed, unverified } = value;
  if (!isText(problem) || !isText(message) || !isTextOrNull(peer)) return undefined;
  if (file === undefined) return isCount(unverified) ? (value as unknown as VerifyLine) : undefined;
  const isOfPiece = isCount(part) && isText(peer);
  const isOfFile = isText(file) && isText(name) && (isOfPiece || isText(parts));
  const isHealed = healed === undefined || typeof healed === 'boolean';
  return isOfFile && isHealed ? (value as unknown as VerifyLine) : undefined;
}

function progressOf(fields: Fields): VerifyProgressView {
  const count = (value: unknown): number => (isCount(value) ? value : 0);
  const { pieces, pieces_total, bytes, bytes_total } = fields;
  return {
    pieces: count(pieces),
    pieces_total: count(pieces_total),
    bytes: count(bytes),
    bytes_total: count(bytes_total),
  };
}

const summaryCounts = ['peers', 'files', 'pieces', 'bytes', 'bad', 'healed', 'unhealed', 'unverified'] as const;

function isSummary(value: unknown): value is VerifySummaryView {
  if (!isObject(value) || !summaryCounts.every((name) => isCount(value[name]))) return false;
  return typeof value.seconds === 'number' && Array.isArray(value.offline) && value.offline.every(isText);
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string';
}

function isTorrentId(value: unknown): boolean {
  return typeof value === 'string' && parseTorrentId(value) !== undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
