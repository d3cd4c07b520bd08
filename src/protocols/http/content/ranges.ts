/**
 * Range requests (RFC 9110 14): the bytes of a representation that `Range` asks for, and their name in a response. The
 * caller decides whether `Range` counts at all (GET only, after the conditions hold, 14.2).
 *
 *     Range: bytes=0-99,200-   of 1000 bytes   ->   0 to 99 and 200 to 999
 */

/** The bytes `start` to `end`, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export type RangeRequest =
  /** No range that counts: the complete representation, 200. */
  | { readonly kind: 'none' }
  /** No satisfiable range: 416, with `encodeUnsatisfiedRange`. */
  | { readonly kind: 'unsatisfiable' }
  /** Ranges for 206, one as it is, several as multipart/byteranges (`byteranges.ts`). Never empty or overlapping. */
  | { readonly kind: 'ranges'; readonly ranges: readonly ByteRange[] };

export interface RangeLimits {
  readonly rangesMax: number;
}

/**
 * The limit on ranges. Download managers ask for some ten at once, PDF readers for some thirty. Each costs us the head
 * of a part and a read (17.15: many small ranges are an attack), so a request with more gets everything.
 */
export const rangeLimits: RangeLimits = { rangesMax: 64 };

const none: RangeRequest = { kind: 'none' };

/**
 * The ranges that `header` (the value of `Range`) asks for of a representation of `length` bytes. Another unit, or a
 * set that does not parse, is ignored (14.2).
 */
export function resolveRange(
  header: string | undefined,
  length: number,
  limits: RangeLimits = rangeLimits,
): RangeRequest {
  // 14.1: unit names are case-insensitive.
  const set = /^bytes=(.*)$/i.exec(header ?? '')?.[1];
  if (set === undefined) return none;
  // 5.6.1: white space around elements is SP and HTAB; empty elements are skipped.
  const specs = set
    .split(',')
    .map((spec) => spec.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((spec) => spec !== '');
  if (specs.length === 0 || specs.length > limits.rangesMax) return none;
  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    const range = resolveSpec(spec, length);
    if (range === 'malformed' || range === 'empty') return none;
    if (range !== 'unsatisfiable') ranges.push(range);
  }
  return ranges.length === 0 ? { kind: 'unsatisfiable' } : { kind: 'ranges', ranges: coalesce(ranges) };
}

/**
 * One range (14.1.2): `int-range = first-pos "-" [ last-pos ]`, `suffix-range = "-" suffix-length`. Positions are
 * BigInts until they are known to lie in the representation: 9007199254740993-9007199254740992 runs backwards, and no
 * rounding may hide that.
 */
function resolveSpec(spec: string, length: number): ByteRange | 'malformed' | 'unsatisfiable' | 'empty' {
  const match = /^([0-9]*)-([0-9]*)$/.exec(spec);
  if (match === null || spec === '-') return 'malformed';
  const [, first = '', last = ''] = match;
  if (first === '') return resolveSuffix(BigInt(last), length);
  const start = BigInt(first);
  if (last !== '' && BigInt(last) < start) return 'malformed';
  if (start >= length) return 'unsatisfiable';
  return { start: Number(start), end: last === '' ? length - 1 : atMost(BigInt(last), length - 1) };
}

function resolveSuffix(suffix: bigint, length: number): ByteRange | 'unsatisfiable' | 'empty' {
  if (suffix === 0n) return 'unsatisfiable';
  // The last bytes of nothing are nothing, which is satisfiable (14.1.2), yet no Content-Range could name it.
  if (length === 0) return 'empty';
  return { start: length - atMost(suffix, length), end: length - 1 };
}

function atMost(value: bigint, limit: number): number {
  return value > limit ? limit : Number(value);
}

/**
 * Joins ranges that overlap or touch (14.2, 15.3.7.2), so that a response is never longer than everything plus the
 * heads of its parts. The order of the request is kept: a joined range stands in the place of its first.
 */
function coalesce(ranges: readonly ByteRange[]): ByteRange[] {
  const rising = ranges.map((range, position) => ({ ...range, position })).sort((a, b) => a.start - b.start);
  const merged: { start: number; end: number; position: number }[] = [];
  for (const range of rising) {
    const before = merged.at(-1);
    if (before !== undefined && range.start <= before.end + 1) {
      before.end = Math.max(before.end, range.end);
      before.position = Math.min(before.position, range.position);
    } else merged.push(range);
  }
  return merged.sort((a, b) => a.position - b.position).map(({ start, end }) => ({ start, end }));
}

/** The value of `Content-Range` with 206, or in a part: `bytes 0-99/1000` (14.4). */
export function encodeContentRange({ start, end }: ByteRange, length: number): string {
  return `bytes ${start}-${end}/${length}`;
}

// The value of `Content-Range` with 416: `bytes */1000` (14.4). No doc comment, which the value would end.
export function encodeUnsatisfiedRange(length: number): string {
  return `bytes */${length}`;
}
