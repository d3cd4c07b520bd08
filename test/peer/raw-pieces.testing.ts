/** Pieces for the tests of storage peers, and what one does with them in a RawSession. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import type { RawSession } from './raw-session.testing.ts';

export interface Piece {
  readonly file: string;
  readonly part: number;
  readonly bytes: Buffer;
}

/** A piece of random bytes, of a file that no other test has. */
export function samplePiece(size: number): Piece {
  return { file: randomBytes(20).toString('hex'), part: 0, bytes: randomBytes(size) };
}

/** The line of the request that stores it; the bytes follow. */
export function storeLine({ file, part, bytes }: Piece, seq = 1): string {
  const place = `file=${file} part=${part} offset=${part * 262_144}`;
  return `STORE_PART ${place} size=${bytes.length} sha1=${sha1Of(bytes)} seq=${seq}\n`;
}

/** Stores the piece, and gives it back. */
export async function stored(session: RawSession, piece: Piece): Promise<Piece> {
  const { verb, keys } = await session.ask(storeLine(piece), piece.bytes);
  assert.deepEqual([verb, keys], ['OK', { seq: '1' }]);
  return piece;
}

/** The indices that LIST_PARTS names for one file. */
export async function partsOf(session: RawSession, file: string): Promise<number[]> {
  const { verb, payload } = await session.ask(`LIST_PARTS file=${file} seq=5\n`);
  assert.equal(verb, 'OK');
  if (payload?.length === 0) return [];
  const ranges = /^file=([0-9a-f]{40}) parts=([0-9,-]+)\n$/.exec(payload?.toString() ?? '');
  assert.equal(ranges?.[1], file, `a line about this file alone, not ${payload}`);
  return (ranges[2] as string).split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

export function sha1Of(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}
