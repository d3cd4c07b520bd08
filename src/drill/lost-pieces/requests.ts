/**
 * The ways in which K5 asks for a file: whole, one range, several, by HTTP/1.0 and 1.1; and what a right answer to each
 * is, byte by byte. Pure.
 */
import { planByteranges } from '../../protocols/http/content/byteranges.ts';
import type { ByteRange } from '../../protocols/http/content/ranges.ts';
import { below, pick, type Random } from '../random.ts';

export interface FileRequest {
  readonly http: '1.0' | '1.1';
  /** The ranges that are asked for; none: the whole file. */
  readonly ranges: readonly ByteRange[];
}

/** The gap between two ranges of a request, so that they are not taken for one. */
const gapBytes = 100;

/**
 * A request for a file of `length` bytes whose answer begins within the first eighth of the file and runs to its end:
 * what is lost in the last three quarters is lost in mid-stream.
 */
export function someRequest(random: Random, length: number): FileRequest {
  const http = pick(random, ['1.0', '1.1'] as const);
  const eighth = Math.floor(length / 8);
  const start = below(random, eighth);
  const end = length - 1;
  const two = [
    { start, end: eighth },
    { start: eighth + gapBytes, end },
  ];
  return { http, ranges: pick(random, [[], [{ start, end }], two]) };
}

/**
 * The whole body of the right answer. The boundary between several ranges is the server's to choose; it is taken from
 * `received`, which begins with it.
 */
export function expectedBody(file: Buffer, { ranges }: FileRequest, received: Buffer): Buffer {
  const [first, ...others] = ranges;
  if (first === undefined) return file;
  if (others.length === 0) return file.subarray(first.start, first.end + 1);
  const [, boundary = ''] = /^--([0-9A-Za-z]{1,70})\r\n/.exec(received.subarray(0, 80).toString('latin1')) ?? [];
  const { parts, tail } = planByteranges(ranges, file.length, 'application/octet-stream', boundary);
  const pieces = parts.flatMap(({ head, range }) => [Buffer.from(head), file.subarray(range.start, range.end + 1)]);
  return Buffer.concat([...pieces, Buffer.from(tail)]);
}
