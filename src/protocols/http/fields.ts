/**
 * The fields of a head or trailer section (RFC 9110 5, RFC 9112 5): storing them, and parsing one line.
 *
 *   `Host: localhost:8080`  ->  host = localhost:8080
 *
 * Text is latin1 here, one character a byte. The meaning of a field is the business of the code that asks for it.
 */

import type { Observer } from '../../bytes/trace.ts';
import { HttpError } from './errors.ts';

/** Fields in the order they came, names in lower case. Made for some dozens of them: a look-up goes through all. */
export class Fields {
  readonly #names: string[] = [];
  readonly #values: string[] = [];

  get count(): number {
    return this.#names.length;
  }

  add(name: string, value: string): void {
    this.#names.push(name);
    this.#values.push(value);
  }

  /** The value of `name`, in lower case; the values of a repeated field joined with ", " (RFC 9110 5.3). */
  get(name: string): string | undefined {
    const first = this.#names.indexOf(name);
    if (first < 0) return undefined;
    return this.#names.indexOf(name, first + 1) < 0 ? this.#values[first] : this.all(name).join(', ');
  }

  /** The values of every line with `name`. */
  all(name: string): string[] {
    return this.#values.filter((_, index) => this.#names[index] === name);
  }

  has(name: string): boolean {
    return this.#names.includes(name);
  }

  *[Symbol.iterator](): Generator<readonly [name: string, value: string]> {
    for (const [index, name] of this.#names.entries()) yield [name, this.#values[index] ?? ''];
  }
}

/** A token (RFC 9110 5.6.2). */
const tokenForm = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * A field line (RFC 9112 5): `field-name ":" OWS field-value OWS`, where a value has visible characters, SP, HTAB and
 * bytes above 0x7f (RFC 9110 5.5). A space before the colon (5.1), a folded line (5.2), a CR or LF by itself and an
 * empty name do not fit.
 */
const lineForm = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*$/;

export function isToken(text: string): boolean {
  return tokenForm.test(text);
}

/** Parses a field line (without CRLF) into `fields`. A line that does not parse is never skipped: 400. */
export function parseFieldLine(line: string, fields: Fields, observe: Observer | undefined): void {
  if (!lineForm.test(line)) throw new HttpError(400, 'bad-field-line', `a field line ${fieldLineFault(line)}`);
  const colon = line.indexOf(':');
  const name = line.slice(0, colon);
  const value = trimOws(line, colon + 1);
  fields.add(name.toLowerCase(), value);
  if (observe !== undefined) observeFieldLine({ line, name, value }, observe);
}

/** The elements of a comma-separated list (RFC 9110 5.6.1), trimmed, empty ones left out. For lists without quoting. */
export function parseList(value: string): string[] {
  return value
    .split(',')
    .map((element) => trimOws(element))
    .filter((element) => element !== '');
}

/**
 * The part of `text` from `start` on, without SP and HTAB around. (`trim()` takes away the byte 0xa0 too, which belongs
 * to the value.)
 */
export function trimOws(text: string, start = 0): string {
  let from = start;
  let to = text.length;
  while (isOws(text.charCodeAt(from))) from += 1;
  while (to > from && isOws(text.charCodeAt(to - 1))) to -= 1;
  return text.slice(from, to);
}

function isOws(charCode: number): boolean {
  return charCode === 0x20 || charCode === 0x09;
}

/** The fault of a line that `lineForm` refused, as the end of a sentence. */
function fieldLineFault(line: string): string {
  if (/^[ \t]/.test(line)) return 'begins with white space (obsolete folding, RFC 9112 5.2)';
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(line)) return 'holds a control character (RFC 9110 5.5)';
  const colon = line.indexOf(':');
  if (colon < 0) return 'has no colon (RFC 9112 5)';
  if (colon === 0) return 'has no name (RFC 9112 5)';
  if (isOws(line.charCodeAt(colon - 1))) return 'has white space before its colon (RFC 9112 5.1)';
  return 'has a name that is not a token (RFC 9110 5.1)';
}

/** Fields that let in whoever shows them (RFC 9110 11.6.2 and 11.7.2, RFC 6265 4): a trace has their length alone. */
const secretFields: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie']);

function observeFieldLine(
  { line, name, value }: { line: string; name: string; value: string },
  observe: Observer,
): void {
  const valueAt = line.indexOf(value, name.length + 1);
  observe('field-name', name);
  observe('":" OWS', line.slice(name.length, valueAt));
  observe('field-value', secretFields.has(name.toLowerCase()) ? value.length : value);
  observe('OWS CRLF', `${line.slice(valueAt + value.length)}\r\n`);
}
