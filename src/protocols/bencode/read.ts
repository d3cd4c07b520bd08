/**
 * bencode to values, strictly (BEP 3, "bencoding"): anything but the one canonical encoding is refused, so that equal
 * values have equal bytes and a hash over them means something.
 *
 *     parseBencode('d3:cow3:moo4:spami2ee')    a Dictionary: get('cow') the bytes `moo`, get('spam') 2
 *
 * Strings are views of the input, never copies. A dictionary tells the very bytes of a value, since an info-hash is
 * taken over those and not over a new encoding.
 */
import type { FieldValue, Observer } from '../../bytes/trace.ts';
import { BencodeError } from './errors.ts';
import { bencodeLimits } from './types.ts';

/** A value that was read. An integer is a bigint only where a number could not hold it. */
export type Bencode = number | bigint | Buffer | readonly Bencode[] | Dictionary;

/** A dictionary. Keys are text with one character a byte (`latin1`), since they need not be UTF-8. */
export class Dictionary {
  readonly #entries: ReadonlyMap<string, { readonly value: Bencode; readonly raw: Buffer }>;

  constructor(entries: ReadonlyMap<string, { readonly value: Bencode; readonly raw: Buffer }>) {
    this.#entries = entries;
  }

  get(key: string): Bencode | undefined {
    return this.#entries.get(key)?.value;
  }

  /** The bytes of the value under `key`, as they came. */
  raw(key: string): Buffer | undefined {
    return this.#entries.get(key)?.raw;
  }

  /** The keys in the order of the input: sorted by bytes, unless another order was allowed. */
  keys(): IterableIterator<string> {
    return this.#entries.keys();
  }
}

/** Exceptions from BEP 3, for senders that are known to be less strict, where no hash depends on it. */
export interface Leniency {
  /** Whether keys may come in any order; still not twice. */
  readonly unsortedKeys: boolean;
}

const strict: Leniency = { unsortedKeys: false };

/** The value in `bytes`, to their last one. Throws BencodeError. */
export function parseBencode(bytes: Uint8Array, observe?: Observer): Bencode {
  const { value, end } = parseBencodePrefix(bytes, strict, observe);
  if (end < bytes.length) throw new BencodeError('trailing-bytes', 'the value ends before the bytes do', end);
  return value;
}

/**
 * The value at the beginning of `bytes`, and its end: other bytes may follow (BEP 9). Throws BencodeError.
 */
export function parseBencodePrefix(
  bytes: Uint8Array,
  leniency = strict,
  observe?: Observer,
): { readonly value: Bencode; readonly end: number } {
  const parser = new Parser(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), leniency, observe);
  const value = parser.value(0, 'value');
  return { value, end: parser.position };
}

const [colon, zero, nine] = [0x3a, 0x30, 0x39];
const [listStart, dictionaryStart, integerStart, end] = [0x6c, 0x64, 0x69, 0x65];

class Parser {
  position = 0;
  readonly #bytes: Buffer;
  readonly #leniency: Leniency;
  readonly #observe: Observer | undefined;
  #values = 0;
  /** The bytes before were observed. */
  #observed = 0;

  constructor(bytes: Buffer, leniency: Leniency, observe: Observer | undefined) {
    this.#bytes = bytes;
    this.#leniency = leniency;
    this.#observe = observe;
  }

  /** `name`: the key of the value, for the observer. */
  value(depth: number, name: string): Bencode {
    if (depth > bencodeLimits.depthMax) throw this.#error('too-deep', `nested deeper than ${bencodeLimits.depthMax}`);
    this.#values += 1;
    if (this.#values > bencodeLimits.valuesMax) throw this.#error('too-many', `over ${bencodeLimits.valuesMax} values`);
    const byte = this.#peek();
    if (isDigit(byte)) return this.#scalar(name, this.#string());
    if (byte !== integerStart && byte !== listStart && byte !== dictionaryStart)
      throw this.#error('bad-value', `expected a digit, "i", "l" or "d", not byte ${byte}`);
    this.position += 1;
    if (byte === integerStart) return this.#scalar(name, this.#integer());
    this.#tell(name, byte === listStart ? 'list' : 'dictionary');
    return byte === listStart ? this.#list(depth) : this.#dictionary(depth);
  }

  #scalar<Value extends number | bigint | Buffer>(name: string, value: Value): Value {
    this.#tell(name, value);
    return value;
  }

  /** Reports all that was read since the last report. */
  #tell(name: string, value: FieldValue): void {
    if (this.#observe === undefined) return;
    this.#observe(name, this.#bytes.subarray(this.#observed, this.position), value);
    this.#observed = this.position;
  }

  /** Reads an integer, after its `i`. */
  #integer(): number | bigint {
    const start = this.position;
    const stop = this.#bytes.indexOf(end, start);
    if (stop < 0) throw this.#error('cut-short', 'an integer that does not end');
    if (stop - start > bencodeLimits.integerDigitsMax + 1) throw this.#error('bad-integer', 'an integer far too long');
    const text = this.#bytes.toString('latin1', start, stop);
    if (!/^(0|-?[1-9]\d*)$/.test(text)) throw this.#error('bad-integer', 'not a decimal integer in its shortest form');
    this.position = stop + 1;
    const number = Number(text);
    return Number.isSafeInteger(number) ? number : BigInt(text);
  }

  #string(): Buffer {
    const start = this.position;
    let length = 0;
    for (; isDigit(this.#peek()); this.position += 1) {
      length = length * 10 + this.#peek() - zero;
      if (length > this.#bytes.length) throw this.#error('cut-short', 'a string longer than all the bytes');
    }
    if (this.#bytes[start] === zero && this.position > start + 1)
      throw this.#error('bad-length', 'the length of a string has a leading zero');
    if (this.#peek() !== colon) throw this.#error('bad-length', 'expected ":" after the length of a string');
    this.position += 1;
    const stop = this.position + length;
    if (stop > this.#bytes.length) throw this.#error('cut-short', `a string of ${length} bytes does not end`);
    const bytes = this.#bytes.subarray(this.position, stop);
    this.position = stop;
    return bytes;
  }

  #list(depth: number): Bencode[] {
    const items: Bencode[] = [];
    while (this.#peek() !== end) items.push(this.value(depth + 1, 'item'));
    this.position += 1;
    this.#tell('end', 'list');
    return items;
  }

  #dictionary(depth: number): Dictionary {
    const entries = new Map<string, { value: Bencode; raw: Buffer }>();
    let before: Buffer | undefined;
    while (this.#peek() !== end) {
      if (!isDigit(this.#peek())) throw this.#error('bad-key', 'a key must be a string');
      const keyPosition = this.position;
      const key = this.#string();
      const name = key.toString('latin1');
      if (entries.has(name)) throw new BencodeError('bad-key', 'a key comes twice', keyPosition);
      if (!this.#leniency.unsortedKeys && before !== undefined && Buffer.compare(before, key) > 0)
        throw new BencodeError('bad-key', 'the keys are not sorted', keyPosition);
      before = key;
      const start = this.position;
      const value = this.value(depth + 1, name);
      entries.set(name, { value, raw: this.#bytes.subarray(start, this.position) });
    }
    this.position += 1;
    this.#tell('end', 'dictionary');
    return new Dictionary(entries);
  }

  #peek(): number {
    const byte = this.#bytes[this.position];
    if (byte === undefined) throw this.#error('cut-short', 'the bytes end before the value does');
    return byte;
  }

  #error(code: BencodeError['code'], message: string): BencodeError {
    return new BencodeError(code, message, this.position);
  }
}

function isDigit(byte: number): boolean {
  return byte >= zero && byte <= nine;
}
