import type { BencodeValue } from './types.ts';

/**
 * The one canonical encoding of `value` (BEP 3, "bencoding"): keys sorted as raw bytes, integers without leading zeros.
 * Keys whose value is undefined are left out. A number that is not a safe integer is our own mistake: RangeError.
 */
export function encodeBencode(value: BencodeValue): Buffer {
  const parts: Uint8Array[] = [];
  append(value, parts);
  return Buffer.concat(parts);
}

function append(value: BencodeValue, parts: Uint8Array[]): void {
  if (typeof value === 'number' || typeof value === 'bigint') {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new RangeError(`not an integer: ${value}`);
    parts.push(Buffer.from(`i${value}e`));
  } else if (typeof value === 'string' || value instanceof Uint8Array) {
    appendString(value, parts);
  } else if (Array.isArray(value)) {
    parts.push(listStart);
    for (const item of value) append(item, parts);
    parts.push(end);
  } else {
    appendDictionary(value as Exclude<typeof value, readonly BencodeValue[]>, parts);
  }
}

function appendString(value: string | Uint8Array, parts: Uint8Array[]): void {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  parts.push(Buffer.from(`${bytes.length}:`), bytes);
}

function appendDictionary(
  value: ReadonlyMap<string | Uint8Array, BencodeValue> | { readonly [key: string]: BencodeValue | undefined },
  parts: Uint8Array[],
): void {
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  const sorted = entries
    .map(([key, item]) => ({ key: typeof key === 'string' ? Buffer.from(key) : key, item }))
    .sort((a, b) => Buffer.compare(a.key, b.key));
  parts.push(dictionaryStart);
  for (const { key, item } of sorted) {
    if (item === undefined) continue;
    appendString(key, parts);
    append(item, parts);
  }
  parts.push(end);
}

const listStart = Buffer.from('l');
const dictionaryStart = Buffer.from('d');
const end = Buffer.from('e');
