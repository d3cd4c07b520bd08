/**
 * The protocol of a mini-server: one request, one reply, and the connection ends.
 *
 *     download "/home/ada/my plan.txt" 1024     from byte 1024 on
 *     OK 5000 9f86d081884c7d659a2feaa0c5…       size and SHA-256 of the complete file; then bytes 1024 to 4999
 *
 * A path without quotes may hold spaces; if it ends in a space and digits it must be quoted, or these are the offset.
 */
import { parseDigits } from '../../bytes/verb-line.ts';
import { DirectoryError } from './errors.ts';
import { checkPath, encodePath, takeQuoted } from './paths.ts';
import { firstWord, parseOutcome } from './read.ts';
import { type DownloadHead, type DownloadRequest, directoryLimits, type Outcome } from './types.ts';

const usage = 'expected download PATH or download PATH OFFSET';

/** The request in `line`. Throws a DirectoryError. */
export function parseDownload(line: string): DownloadRequest {
  const { first, rest } = firstWord(line);
  if (first.toLowerCase() !== 'download') {
    throw new DirectoryError('unknown-command', `this is a mini-server; ${usage}`);
  }
  const { path, offset } = rest.startsWith('"') ? quotedTarget(rest) : plainTarget(rest);
  if (path === '') throw new DirectoryError('bad-request', usage);
  return { path: checkPath(path), offset: offset === '' ? 0 : readOffset(offset) };
}

function quotedTarget(text: string) {
  const { value, rest } = takeQuoted(text);
  if (rest !== '' && !/^ +\S+$/.test(rest)) throw new DirectoryError('bad-request', usage);
  return { path: value, offset: rest.trim() };
}

function plainTarget(text: string) {
  const [, path, offset] = /^(.*\S) +(\d+)$/.exec(text) ?? [];
  return path === undefined || offset === undefined ? { path: text, offset: '' } : { path, offset };
}

function readOffset(text: string): number {
  const offset = parseDigits(text);
  if (offset === undefined) throw new DirectoryError('bad-offset', `"${text.slice(0, 40)}" is no offset in bytes`);
  return offset;
}

/** The request as a line, without its end. */
export function encodeDownload({ path, offset }: DownloadRequest): string {
  return `download ${encodePath(path)}${offset === 0 ? '' : ` ${offset}`}`;
}

/** The head of a reply as a line, without its end. */
export function encodeDownloadHead({ size, sha256 }: DownloadHead): string {
  return `OK ${size} ${sha256}`;
}

/** The head, or the refusal, in the first line of a reply. Throws a DirectoryError for any other line. */
export function parseDownloadHead(line: string): DownloadHead | Extract<Outcome, { kind: 'err' }> {
  const [, digits = '', sha256] = /^OK (\d+) ([0-9a-f]{64})$/.exec(line) ?? [];
  const size = parseDigits(digits);
  if (size !== undefined && sha256 !== undefined) return { size, sha256 };
  const outcome = parseOutcome(line);
  if (outcome?.kind === 'err') return outcome;
  throw new DirectoryError('bad-line', `expected OK SIZE SHA256, not "${line.slice(0, 80)}"`);
}

/** Takes the head off a reply; all bytes after it are the file. */
export class DownloadReader {
  #line = '';
  #done = false;

  /** Gives `head` once, when its line is complete, and the `bytes` of the file in `chunk`. */
  receive(chunk: Buffer): { readonly head?: ReturnType<typeof parseDownloadHead>; readonly bytes: Buffer } {
    if (this.#done) return { bytes: chunk };
    const end = chunk.indexOf('\n');
    this.#line += chunk.toString('latin1', 0, end < 0 ? undefined : end);
    if (this.#line.length > directoryLimits.lineBytesMax) throw new DirectoryError('too-long', 'no line, but a flood');
    if (end < 0) return { bytes: chunk.subarray(chunk.length) };
    this.#done = true;
    const line = Buffer.from(this.#line, 'latin1').toString().replace(/\r$/, '');
    return { head: parseDownloadHead(line), bytes: chunk.subarray(end + 1) };
  }
}
