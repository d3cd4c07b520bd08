/**
 * The lines of the files beside the data that say what the data is. Pure: text, no disk.
 *
 * Every line stands for itself and ends with a check over all before it (the first 8 digits of its SHA-1), so that one
 * that was half written, or damaged since, is told from a good one and drops only itself:
 *
 *     piece 41 10747904 262144 356a192b7913b04c54574d18c28d46e6395428ab f18f8e8f
 *     gone 41 c4516feb
 *     shared 734003200 1795168800123456789 %2Fhome%2Fann%2Fdebian.iso af3ef8a4
 */
import { createHash } from 'node:crypto';
import { type PieceRecord, pieceBytesMax } from '../../bytes/pieces.ts';

/** The user's own file as it was when its pieces were hashed. */
export interface SharedOrigin {
  /** The path, absolute, with no symbolic link in it. */
  readonly path: string;
  readonly size: number;
  /** The time of the last change of the content, in nanoseconds. */
  readonly modifiedNs: bigint;
}

/** The longest line: a path of 4096 bytes (the system's PATH_MAX), each as `%XX`, and the rest. */
export const indexLineBytesMax = 3 * 4096 + 128;

/** The line of a piece: its index, its first byte in the data file, its size, its hash. */
export function encodePieceLine({ pieceIndex, offset, size, sha1 }: PieceRecord): string {
  return withCheck(`piece ${pieceIndex} ${offset} ${size} ${sha1}`);
}

/** The piece that `line` (without its LF) tells of; undefined when it is damaged or tells of something else. */
export function parsePieceLine(line: string): PieceRecord | undefined {
  const [, pieceIndex, offset, size, sha1] = pieceForm.exec(checked(line) ?? '') ?? [];
  if (pieceIndex === undefined || offset === undefined || size === undefined || sha1 === undefined) return undefined;
  const record = { pieceIndex: Number(pieceIndex), offset: Number(offset), size: Number(size), sha1 };
  return record.pieceIndex <= partMax && record.size <= pieceBytesMax ? record : undefined;
}

/** The line which says that a piece is no longer kept, and that earlier lines for it are void. */
export function encodeGoneLine(pieceIndex: number): string {
  return withCheck(`gone ${pieceIndex}`);
}

/** The index of the piece that `line` says is gone; undefined when it is damaged or tells of something else. */
export function parseGoneLine(line: string): number | undefined {
  const [, digits] = goneForm.exec(checked(line) ?? '') ?? [];
  const pieceIndex = Number(digits ?? Number.NaN);
  return pieceIndex <= partMax ? pieceIndex : undefined;
}

export function encodeSharedLine({ path, size, modifiedNs }: SharedOrigin): string {
  return withCheck(`shared ${size} ${modifiedNs} ${encodeURIComponent(path)}`);
}

/** The file that `line` tells of; undefined when it is damaged or tells of something else. */
export function parseSharedLine(line: string): SharedOrigin | undefined {
  const [, size, modifiedNs, path] = sharedForm.exec(checked(line) ?? '') ?? [];
  if (size === undefined || modifiedNs === undefined || path === undefined) return undefined;
  return { path: decodeURIComponent(path), size: Number(size), modifiedNs: BigInt(modifiedNs) };
}

// Digits are counted before they become a Number: 15 of them are always exact.
const pieceForm = /^piece (0|[1-9]\d{0,9}) (0|[1-9]\d{0,14}) ([1-9]\d{0,8}) ([0-9a-f]{40})$/;
const goneForm = /^gone (0|[1-9]\d{0,9})$/;
const sharedForm = /^shared (0|[1-9]\d{0,14}) (0|[1-9]\d{0,19}) (\S+)$/;
const checkDigits = 8;
/** Piece indices are 32 bits wide on every wire (BEP 3). */
const partMax = 2 ** 32 - 1;

function withCheck(text: string): string {
  return `${text} ${checkOf(text)}\n`;
}

/** The line without its check; undefined when they do not match. */
function checked(line: string): string | undefined {
  const text = line.slice(0, -(checkDigits + 1));
  return line === `${text} ${checkOf(text)}` ? text : undefined;
}

function checkOf(text: string): string {
  return createHash('sha1').update(text).digest('hex').slice(0, checkDigits);
}
