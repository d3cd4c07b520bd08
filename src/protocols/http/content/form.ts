/**
 * application/x-www-form-urlencoded (WHATWG URL 5): the body of a plain HTML form, and the query of a target.
 *
 *     peer-id=p1&ipc-path=peers%2Fp1   ->   peer-id: p1, ipc-path: peers/p1
 *
 * Stricter than the WHATWG's reader, which never fails: a `%` without two hex digits, and bytes that are no UTF-8, are
 * refused, since nobody can know what the user meant.
 */
import { HttpError } from '../errors.ts';

export interface Form {
  /** The first value of `name`. */
  get(name: string): string | undefined;
  all(name: string): readonly string[];
  readonly names: readonly string[];
}

/** The most fields: more than any page of ours has, few enough for a hash table that strangers fill. */
export const formFieldsMax = 256;

/** Parses `text`, which has one character a byte. Throws HttpError 400 or 413. */
export function parseForm(text: string): Form {
  const values = new Map<string, string[]>();
  const pairs = text.split('&', formFieldsMax + 1);
  if (pairs.length > formFieldsMax)
    throw new HttpError(413, 'form-fields', `a form has at most ${formFieldsMax} fields`);
  for (const pair of pairs) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? '' : decode(pair.slice(equals + 1));
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return {
    get: (name) => values.get(name)?.[0],
    all: (name) => values.get(name) ?? [],
    names: [...values.keys()],
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(encoded: string): string {
  if (/%(?![0-9A-Fa-f]{2})/.test(encoded))
    throw new HttpError(400, 'form-percent', 'a "%" in a form must be followed by two hex digits');
  const bytes = encoded
    .replaceAll('+', ' ')
    .replace(/%(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  try {
    return utf8.decode(Buffer.from(bytes, 'latin1'));
  } catch (cause) {
    throw new HttpError(400, 'form-utf8', 'a form must be UTF-8', { cause });
  }
}
