/**
 * The values in a torrent's dictionaries, each of the kind that belongs there. What is missing is undefined, or an
 * error by `required`; what is of another kind is always an error.
 */
import { type Bencode, Dictionary } from '../bencode/read.ts';
import { MetainfoError } from './errors.ts';

/** `value`, which the key must have. */
export function required<Value>(value: Value | undefined, key: string): Value {
  if (value === undefined) throw new MetainfoError('missing-key', `there is no "${key}"`);
  return value;
}

export function bytesIn(dictionary: Dictionary, key: string): Buffer | undefined {
  const value = dictionary.get(key);
  return value === undefined ? undefined : asBytes(value, key);
}

export function listIn(dictionary: Dictionary, key: string): readonly Bencode[] | undefined {
  const value = dictionary.get(key);
  return value === undefined ? undefined : asList(value, key);
}

export function dictionaryIn(dictionary: Dictionary, key: string): Dictionary | undefined {
  const value = dictionary.get(key);
  return value === undefined ? undefined : asDictionary(value, key);
}

/** A whole number from `least` to `most`. */
export function integerIn(dictionary: Dictionary, key: string, least: number, most: number): number | undefined {
  const value = dictionary.get(key);
  if (value === undefined) return undefined;
  if (typeof value !== 'number' && typeof value !== 'bigint') throw wrongType(key, 'an integer', value);
  if (value >= least && value <= most) return Number(value);
  throw new MetainfoError('bad-number', `"${key}" must be from ${least} to ${most}, not ${value}`);
}

/** A file's `length`. A symbolic link (BEP 47) may go without: it has no bytes, and we make no link of it. */
export function readLength(file: Dictionary): number {
  const isLink = bytesIn(file, 'attr')?.includes('l') === true;
  return required(integerIn(file, 'length', 0, Number.MAX_SAFE_INTEGER) ?? (isLink ? 0 : undefined), 'length');
}

export function asBytes(value: Bencode, where: string): Buffer {
  if (value instanceof Uint8Array) return value;
  throw wrongType(where, 'a string', value);
}

export function asList(value: Bencode, where: string): readonly Bencode[] {
  if (Array.isArray(value)) return value;
  throw wrongType(where, 'a list', value);
}

export function asDictionary(value: Bencode, where: string): Dictionary {
  if (value instanceof Dictionary) return value;
  throw wrongType(where, 'a dictionary', value);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text that `bytes` are in UTF-8; undefined when they are not. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined; // the decoder has no other way to say no
  }
}

function wrongType(where: string, expected: string, value: Bencode): MetainfoError {
  return new MetainfoError('wrong-type', `"${where}" must be ${expected}, not ${kindOf(value)}`);
}

function kindOf(value: Bencode): string {
  if (value instanceof Uint8Array) return 'a string';
  if (value instanceof Dictionary) return 'a dictionary';
  return Array.isArray(value) ? 'a list' : 'an integer';
}
