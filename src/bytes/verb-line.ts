/**
 * One line `VERB key=value key=value`: the grammar that the FIFO protocol and the UDP registration have in common. It
 * knows what a line looks like, not what any verb or key means, nor how lines are told apart.
 *
 *     GET_PART file=3f78…c1 part=7 seq=12
 *     ERR seq=12 code=not-found message=no%20piece%207
 *
 * A line is printable ASCII. Values are percent-encoded UTF-8; a key comes at most once. Several spaces count as one,
 * since a person may type them and a shell's `set -- $line` does not see the difference.
 */
import { ProtocolError } from './protocol-error.ts';
import type { Observer } from './trace.ts';

/** A line that breaks the grammar, or a value that is not what its key asks for. */
export class VerbLineError extends ProtocolError<'bad-request'> {
  declare readonly code: 'bad-line' | 'unknown-verb' | 'missing-key' | 'bad-value';
  constructor(code: VerbLineError['code'], message: string) {
    super(code, 'bad-request', message);
  }
}

/** A line that was read. The getters throw VerbLineError. */
export class VerbLine {
  readonly verb: string;
  readonly #values: ReadonlyMap<string, string>;

  constructor(verb: string, values: ReadonlyMap<string, string>) {
    this.verb = verb;
    this.#values = values;
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** The value of `key`, which must be there. */
  text(key: string): string {
    const value = this.#values.get(key);
    if (value === undefined) throw new VerbLineError('missing-key', `${this.verb} needs ${key}=`);
    return value;
  }

  /** The whole number that `key` has, from 0 to `max`. */
  number(key: string, max: number): number {
    const digits = this.text(key);
    const value = parseDigits(digits);
    if (value === undefined || value > max) {
      throw new VerbLineError('bad-value', `${key}= must be a number from 0 to ${max}, not "${digits.slice(0, 40)}"`);
    }
    return value;
  }

  /** The result of `parse` for the value of `key`; undefined from `parse` means that it is not `what`. */
  value<T>(key: string, what: string, parse: (text: string) => T | undefined): T {
    const text = this.text(key);
    const value = parse(text);
    if (value === undefined)
      throw new VerbLineError('bad-value', `${key}= must be ${what}, not "${text.slice(0, 80)}"`);
    return value;
  }
}

/** The number that `text` spells in decimal digits alone; undefined for anything else and from 2^53 on. */
export function parseDigits(text: string): number | undefined {
  if (!/^\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/**
 * Reads a line, one character a byte, without its line break; `observe` is told its words. Throws VerbLineError.
 */
export function parseVerbLine(line: string, observe?: Observer): VerbLine {
  if (observe === undefined) return splitLine(line);
  try {
    const parsed = splitLine(line);
    observeWords(line, parsed, observe);
    return parsed;
  } catch (error) {
    if (error instanceof VerbLineError) observe('line', line);
    throw error;
  }
}

/** Each word is observed with the spaces around it. */
function observeWords(line: string, parsed: VerbLine, observe: Observer): void {
  const [verb = '', ...pairs] = line.match(/ *[^ ]+ */g) ?? [];
  observe('verb', verb, parsed.verb);
  for (const pair of pairs) {
    const key = pair.slice(0, pair.indexOf('='));
    observe(key, pair, parsed.text(key));
  }
}

function splitLine(line: string): VerbLine {
  if (!/^[ -~]*$/.test(line)) throw new VerbLineError('bad-line', 'a line must be printable ASCII');
  const [verb, ...pairs] = line.split(' ').filter((word) => word !== '');
  if (verb === undefined) throw new VerbLineError('bad-line', 'expected VERB key=value ..., not an empty line');
  const values = new Map<string, string>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals < 1) throw new VerbLineError('bad-line', `expected key=value, not "${pair.slice(0, 40)}"`);
    const key = pair.slice(0, equals);
    if (values.has(key)) throw new VerbLineError('bad-line', `${key}= comes twice`);
    values.set(key, percentDecode(pair.slice(equals + 1)));
  }
  return new VerbLine(verb, values);
}

/** The line of `verb` and `values`, without a line break. A key whose value is undefined is left out. */
export function encodeVerbLine(verb: string, values: Readonly<Record<string, string | number | undefined>>): string {
  let line = verb;
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined) line += ` ${key}=${percentEncode(String(value))}`;
  }
  return line;
}

function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch (error) {
    // decodeURIComponent throws for nothing else than `%` without two hex digits, and for bytes that are not UTF-8.
    if (!(error instanceof URIError)) throw error;
    throw new VerbLineError('bad-line', `"${text.slice(0, 40)}" is not percent-encoded UTF-8`);
  }
}

/**
 * Percent-encodes `text` (RFC 3986 2.1), but leaves alone whatever cannot be mistaken, so that paths and ranges stay
 * readable and `cut -d=` works in a shell.
 */
function percentEncode(text: string): string {
  return text.toWellFormed().replace(/[^!-$&-~]/gu, encodeURIComponent);
}
