/**
 * multipart/form-data (RFC 7578, RFC 2046 5.1), streamed: bodies of any size pass through as they come, nothing is
 * gathered but the head of a part. Knows where parts begin and end; `multipart-head.ts` parses the head of a part.
 *
 *     --B                                                       (part  {name: file, fileName: a.txt})
 *     Content-Disposition: form-data; name="file"; filename="a.txt"
 *
 *     Hello                                                     (data  Hello)
 *     --B--                                                     (part-end, end)
 */
import { HttpError } from '../errors.ts';
import type { MediaType } from './media-type.ts';
import { type PartHead, parsePartHead } from './multipart-head.ts';

export type MultipartEvent =
  | ({ readonly kind: 'part' } & PartHead)
  /** Some of the part's content, never empty; a view of the chunk that was received. */
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'part-end' }
  /** The last boundary; anything that follows is skipped. */
  | { readonly kind: 'end' };

export interface MultipartLimits {
  /** The most bytes of the head of one part. */
  readonly headBytesMax: number;
  readonly partsMax: number;
}

/**
 * The limits of a form. A head holds two field lines; a name of 255 bytes may be three times as long when it is
 * escaped. Each file is a part: a thousand is more than a browser's user picks, and few enough to remember until all
 * are stored.
 */
export const multipartLimits: MultipartLimits = { headBytesMax: 8192, partsMax: 1000 };

/** A boundary (RFC 2046 5.1.1): 1 to 70 of `bchars`, no space at the end. */
const boundaryForm = /^[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]$/;

/** The boundary that the body's `Content-Type` names. Throws a HttpError when there is none or it cannot be one. */
export function multipartBoundary(type: MediaType): string {
  const boundary = type.parameters.get('boundary');
  if (boundary !== undefined && boundaryForm.test(boundary)) return boundary;
  throw new HttpError(
    400,
    'multipart-boundary',
    'multipart/form-data needs a boundary of 1 to 70 characters of RFC 2046',
  );
}

/**
 * The rest of a boundary's line, and every beginning of it: `--` after the last part, then white space that transports
 * may have added (RFC 2046 5.1.1). With anything else the line is content that only begins like a boundary.
 */
const restOfLine = /^(?:-|(?:--)?[ \t]{0,64}(?:\r\n?)?)$/;

const lineBreak = Buffer.from('\r\n');
const emptyLine = Buffer.from('\r\n\r\n');

export class MultipartParser {
  readonly #limits: MultipartLimits;
  /** The boundary with the line break before it, which does not belong to the content (RFC 2046 5.1.1). */
  readonly #delimiter: Buffer;
  #state: 'content' | 'boundary-line' | 'head' | 'epilogue' = 'content';
  /** Whether the content belongs to a part, not to the preamble before the first boundary. */
  #inPart = false;
  /**
   * The number of bytes of the delimiter that the content ended with so far; there is no need to keep them. At the
   * start of the body or after a part's head the first two are assumed (`#assumed`): a boundary needs no line break of
   * its own there.
   */
  #matched = lineBreak.length;
  #assumed = lineBreak.length;
  /** The text after the boundary so far. */
  #rest = '';
  /**
   * The head of a part so far, after the line break of the boundary line, so that the empty line after a head without
   * fields is found too.
   */
  readonly #head: Buffer;
  #headLength = 0;
  #parts = 0;

  constructor(boundary: string, limits: MultipartLimits = multipartLimits) {
    this.#limits = limits;
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
    this.#head = Buffer.alloc(lineBreak.length + limits.headBytesMax + emptyLine.length);
    lineBreak.copy(this.#head);
  }

  /** The events that `chunk` brings. Events are made while they are asked for: ask for all. Throws a HttpError. */
  *receive(chunk: Uint8Array): Generator<MultipartEvent, void> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let offset = 0;
    while (offset < bytes.length && this.#state !== 'epilogue') {
      if (this.#state === 'content') offset = yield* this.#readContent(bytes, offset);
      else if (this.#state === 'boundary-line') offset = yield* this.#readBoundaryLine(bytes, offset);
      else offset = yield* this.#readHead(bytes, offset);
    }
  }

  /** The events at the end of the body. Throws a HttpError when the last boundary has not come. */
  *end(): Generator<MultipartEvent, void> {
    // The last line may end with the body instead of a line break.
    if (this.#state === 'boundary-line' && this.#rest.startsWith('--')) yield* this.#endContent(true);
    if (this.#state === 'epilogue') return;
    throw new HttpError(400, 'multipart-cut', 'the form ends before its last boundary');
  }

  /** Takes content from `offset` on; returns, like the other readers, the offset of the first byte it did not take. */
  *#readContent(bytes: Buffer, offset: number): Generator<MultipartEvent, number> {
    if (this.#matched > 0) {
      const size = Math.min(this.#delimiter.length - this.#matched, bytes.length - offset);
      if (bytes.compare(this.#delimiter, this.#matched, this.#matched + size, offset, offset + size) === 0) {
        this.#match(this.#matched + size);
        return offset + size;
      }
      // It was content. No other delimiter can begin within: CR stands only at a delimiter's start.
      yield* this.#content(this.#delimiter.subarray(this.#assumed, this.#matched));
    }
    this.#assumed = 0;
    const found = bytes.indexOf(this.#delimiter, offset);
    const end = found === -1 ? bytes.length - this.#tailLength(bytes, offset) : found;
    yield* this.#content(bytes.subarray(offset, end));
    const matched = Math.min(this.#delimiter.length, bytes.length - end);
    this.#match(matched);
    return end + matched;
  }

  /** The number of bytes at the end of `bytes` that may be the beginning of a delimiter. */
  #tailLength(bytes: Buffer, offset: number): number {
    const tail = bytes.subarray(Math.max(offset, bytes.length - this.#delimiter.length + 1));
    const start = tail.lastIndexOf('\r');
    if (start === -1) return 0;
    const length = tail.length - start;
    return tail.compare(this.#delimiter, 0, length, start) === 0 ? length : 0;
  }

  #match(length: number): void {
    const complete = length === this.#delimiter.length;
    this.#matched = complete ? 0 : length;
    if (complete) this.#state = 'boundary-line';
    this.#rest = '';
  }

  *#readBoundaryLine(bytes: Buffer, offset: number): Generator<MultipartEvent, number> {
    for (let next = offset; next < bytes.length; next += 1) {
      const rest = this.#rest + String.fromCharCode(bytes[next] ?? 0);
      if (!restOfLine.test(rest)) {
        this.#state = 'content';
        yield* this.#content(Buffer.concat([this.#delimiter.subarray(this.#assumed), Buffer.from(this.#rest)]));
        return next;
      }
      this.#rest = rest;
      if (rest.endsWith('\n')) {
        yield* this.#endContent(rest.startsWith('--'));
        return next + 1;
      }
    }
    return bytes.length;
  }

  *#endContent(last: boolean): Generator<MultipartEvent, void> {
    if (this.#inPart) yield { kind: 'part-end' };
    this.#state = last ? 'epilogue' : 'head';
    this.#headLength = lineBreak.length;
    if (last) yield { kind: 'end' };
  }

  *#readHead(bytes: Buffer, offset: number): Generator<MultipartEvent, number> {
    const before = this.#headLength;
    this.#headLength += bytes.copy(this.#head, before, offset);
    const seen = this.#head.subarray(0, this.#headLength);
    // The end may have begun up to three bytes ago.
    const end = seen.indexOf(emptyLine, Math.max(0, before - emptyLine.length + 1));
    if (end === -1) {
      if (this.#headLength < this.#head.length) return bytes.length;
      throw new HttpError(413, 'multipart-head', `the head of a part has at most ${this.#limits.headBytesMax} bytes`);
    }
    yield* this.#beginPart(parsePartHead(seen.subarray(lineBreak.length, Math.max(lineBreak.length, end))));
    return offset + end + emptyLine.length - before;
  }

  *#beginPart(head: PartHead): Generator<MultipartEvent, void> {
    this.#parts += 1;
    if (this.#parts > this.#limits.partsMax) {
      throw new HttpError(413, 'multipart-parts', `a form has at most ${this.#limits.partsMax} parts`);
    }
    this.#state = 'content';
    this.#inPart = true;
    this.#matched = lineBreak.length;
    this.#assumed = lineBreak.length;
    yield { kind: 'part', ...head };
  }

  *#content(bytes: Buffer): Generator<MultipartEvent, void> {
    if (this.#inPart && bytes.length > 0) yield { kind: 'data', bytes };
  }
}
