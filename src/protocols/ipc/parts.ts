/**
 * The payload of a reply to LIST_PARTS: which pieces of which files a peer has.
 *
 *     file=3f786850e387550fdab836ed7e6dc881de23001b parts=0-41,43
 *     file=89e6c98d92887913cadf06b2adb97f26cde4849b parts=0-11 shared=1
 */
import { parseTorrentId, type TorrentId } from '../../bytes/ids.ts';
import type { HeldFile, PieceRange } from '../../bytes/pieces.ts';
import { atOnce } from '../../bytes/steps.ts';
import { parseDigits, parseVerbLine, VerbLineError } from '../../bytes/verb-line.ts';
import { IpcError } from './errors.ts';
import { ipcLimits } from './types.ts';

/** The text of ranges of pieces: `0-41,43`; empty for no piece at all. */
export function encodeParts(parts: readonly PieceRange[]): string {
  return parts.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}

/**
 * The ranges that `text` spells, rising and apart; neighbours (`0,1,2`, as a shell writes them) become one range.
 * Undefined when it is not a list of ranges, when they do not rise, or when an index is over the limit.
 */
export function parseParts(text: string): PieceRange[] | undefined {
  const ranges: { first: number; last: number }[] = [];
  if (text === '') return ranges;
  for (const item of text.split(',')) {
    const range = parseRange(item);
    const before = ranges.at(-1);
    if (range === undefined || (before !== undefined && range.first <= before.last)) return undefined;
    if (before !== undefined && range.first === before.last + 1) before.last = range.last;
    else ranges.push(range);
  }
  return ranges;
}

function parseRange(text: string): { first: number; last: number } | undefined {
  const [firstDigits = '', lastDigits = firstDigits, ...more] = text.split('-');
  const first = parseDigits(firstDigits);
  const last = parseDigits(lastDigits);
  if (first === undefined || last === undefined || more.length > 0) return undefined;
  return first <= last && last <= ipcLimits.partMax ? { first, last } : undefined;
}

const lineFeed = 0x0a;

/** The payload for `files`. */
export function encodeList(files: Iterable<HeldFile>): Uint8Array {
  let text = '';
  for (const { file, parts, shared, info } of files) {
    text += `file=${file} parts=${encodeParts(parts)}${shared ? ' shared=1' : ''}${info ? ' info=1' : ''}\n`;
  }
  return Buffer.from(text, 'latin1');
}

/** The files that the payload names, each at most once. Throws IpcError. */
export function parseList(payload: Uint8Array): HeldFile[] {
  return atOnce(readList(payload));
}

/** Reads as `parseList` does, in steps of a line: a list may have hundreds of thousands. */
export function* readList(payload: Uint8Array): Generator<undefined, HeldFile[]> {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  if (bytes.length === 0) return [];
  if (bytes.at(-1) !== lineFeed) throw badList('the last line does not end');
  const files = new Map<string, HeldFile>();
  for (let start = 0, end = 0; start < bytes.length; start = end + 1) {
    end = bytes.indexOf(lineFeed, start);
    const held = parseHeldFile(bytes.toString('latin1', start, end));
    if (files.has(held.file)) throw badList(`file ${held.file} comes twice`);
    files.set(held.file, held);
    yield undefined;
  }
  return [...files.values()];
}

/** The line as peers write it: a peer that has hundreds of thousands is to be read without the grammar's maps. */
const usualLine = /^file=([0-9a-f]{40}) parts=([0-9,-]*)( shared=1)?$/;

function parseHeldFile(line: string): HeldFile {
  const [, file, text = '', shared] = usualLine.exec(line) ?? [];
  const parts = file === undefined ? undefined : parseParts(text);
  if (parts !== undefined) return { file: file as TorrentId, parts, shared: shared !== undefined };
  try {
    const fields = parseVerbLine(`HAS ${line}`); // the grammar's verb, which these lines do without
    return {
      file: fields.value('file', 'a file id', parseTorrentId),
      parts: fields.value('parts', 'ranges that rise', parseParts),
      shared: fields.has('shared') && fields.text('shared') === '1',
      ...(fields.has('info') && fields.text('info') === '1' && { info: true }),
    };
  } catch (error) {
    if (error instanceof VerbLineError) throw badList(error.message);
    throw error;
  }
}

function badList(message: string): IpcError {
  return new IpcError('bad-request', `the list of parts: ${message}`, { code: 'bad-list' });
}
