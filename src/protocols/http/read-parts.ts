/**
 * The parts that requests and responses have in common, as generators: `yield null` means that more bytes are needed, a
 * body event is passed on, and the value that was read is returned.
 *
 *   5;name=value CRLF hello CRLF 0 CRLF Trailer: a CRLF CRLF      a chunked body (RFC 9112 7.1)
 */

import type { Observer } from '../../bytes/trace.ts';
import { HttpError } from './errors.ts';
import { Fields, parseFieldLine } from './fields.ts';
import type { Input } from './input.ts';
import type { HttpLimits } from './limits.ts';
import type { Framing } from './types.ts';

/** The input of the readers, with its limits and its observer. */
export interface Source {
  readonly input: Input;
  readonly limits: HttpLimits;
  readonly observe: Observer | undefined;
}

export type BodyEvent = { readonly kind: 'body'; readonly bytes: Buffer };

/** Reads a body as its framing says (RFC 9112 6.3); returns the trailers. */
export function* readBody(source: Source, framing: Framing): Generator<BodyEvent | null, Fields> {
  switch (framing.kind) {
    case 'length':
      yield* readBytes(source, framing.bytes);
      return noFields;
    case 'chunked':
      return yield* readChunked(source);
    case 'until-close':
      yield* readUntilClose(source);
      return noFields;
  }
}

/** Reads a line, without its CRLF. */
export function* readLine(
  input: Input,
  bytesMax: number,
  tooLong: (start: string) => HttpError,
): Generator<null, string> {
  for (;;) {
    const line = input.takeLine(bytesMax, tooLong);
    if (line !== null) return line;
    yield null;
  }
}

/** Reads field lines up to the empty line that ends them (RFC 9112 5). */
export function* readFieldSection({ input, limits, observe }: Source): Generator<null, Fields> {
  const fields = new Fields();
  let bytesLeft = limits.fieldSectionBytes;
  for (;;) {
    const line = input.takeLine(Math.min(bytesLeft, limits.fieldLineBytes), fieldsTooLarge);
    if (line === null) {
      yield null; // not by readLine(): a generator for each of many lines would cost as much as parsing them
      continue;
    }
    if (line === '') break;
    bytesLeft -= line.length + 2;
    if (bytesLeft < 0 || fields.count === limits.fieldCount) throw fieldsTooLarge();
    parseFieldLine(line, fields, observe);
  }
  observe?.('CRLF', '\r\n');
  return fields;
}

/** The trailers of a body that has none. */
export const noFields = new Fields();

function* readBytes({ input, observe }: Source, length: number): Generator<BodyEvent | null, void> {
  for (let left = length; left > 0; ) {
    const bytes = input.takeBytes(left);
    if (bytes === null) {
      yield null;
      continue;
    }
    left -= bytes.length;
    observe?.('content', bytes);
    yield { kind: 'body', bytes };
  }
}

function* readUntilClose({ input, observe }: Source): Generator<BodyEvent | null, void> {
  while (!input.exhausted) {
    const bytes = input.takeBytes(Number.POSITIVE_INFINITY);
    if (bytes !== null) observe?.('content', bytes);
    yield bytes === null ? null : { kind: 'body', bytes };
  }
}

/** Reads a body in the chunked coding (RFC 9112 7.1). */
function* readChunked(source: Source): Generator<BodyEvent | null, Fields> {
  const { input, limits, observe } = source;
  const lineBytesMax = limits.chunkSizeDigits + limits.chunkExtensionBytes;
  let extensionBytes = 0;
  for (;;) {
    const line = yield* readLine(input, lineBytesMax, chunkLineTooLong);
    const chunk = parseChunkLine(line, limits, observe);
    extensionBytes += chunk.extensionBytes;
    if (extensionBytes > limits.chunkExtensionBytesTotal) throw chunkLineTooLong();
    if (chunk.size === 0) return yield* readTrailers(source);
    yield* readBytes(source, chunk.size);
    yield* readLine(input, 0, noCrlfAfterChunk);
    observe?.('CRLF', '\r\n');
  }
}

/**
 * Reads the trailers (RFC 9110 6.5.1). Nothing merges them into the head, so a forbidden field would do no harm here;
 * but a client that sends a field there that frames or routes a message means to mislead somebody.
 */
function* readTrailers(source: Source): Generator<null, Fields> {
  const trailers = yield* readFieldSection(source);
  for (const name of ['transfer-encoding', 'content-length', 'host']) {
    if (trailers.has(name)) throw new HttpError(400, 'bad-trailer', `the trailers have ${name} (RFC 9110 6.5.1)`);
  }
  return trailers;
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const quotedString = '"(?:[\\t\\x20\\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*"';
/** A chunk's line (RFC 9112 7.1, 7.1.1): `chunk-size *( BWS ";" BWS name [ BWS "=" BWS value ] )`. */
const chunkLineForm = new RegExp(
  `^([0-9A-Fa-f]+)((?:[ \\t]*;[ \\t]*${token}(?:[ \\t]*=[ \\t]*(?:${token}|${quotedString}))?)*)$`,
);

function parseChunkLine(
  line: string,
  limits: HttpLimits,
  observe: Observer | undefined,
): { size: number; extensionBytes: number } {
  const [, digits, extension = ''] = chunkLineForm.exec(line) ?? [];
  if (digits === undefined) throw badChunk('a chunk size that is not hex digits with well-formed extensions');
  const size = Number.parseInt(digits, 16);
  if (digits.length > limits.chunkSizeDigits || size > Number.MAX_SAFE_INTEGER)
    throw badChunk('a chunk size too large');
  observe?.('chunk-size', digits);
  observe?.('chunk-ext', extension);
  observe?.('CRLF', '\r\n');
  return { size, extensionBytes: extension.length };
}

/** The error for fields over a limit (RFC 6585 5). */
function fieldsTooLarge(): HttpError {
  return new HttpError(431, 'fields-too-large', 'the fields are too many, too long in all, or one of them is too long');
}

function chunkLineTooLong(): HttpError {
  return badChunk('a chunk size or chunk extensions too long');
}

function noCrlfAfterChunk(): HttpError {
  return badChunk('a chunk that CRLF does not follow');
}

function badChunk(what: string): HttpError {
  return new HttpError(400, 'bad-chunk', `the body has ${what} (RFC 9112 7.1)`);
}
