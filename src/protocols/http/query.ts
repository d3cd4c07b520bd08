/**
 * The parameters in a query or in a form's body: `application/x-www-form-urlencoded` (WHATWG URL 5.1).
 *
 *   name=a+b&name=%C3%A9   ->   name: "a b", "é"
 */
import { HttpError } from './errors.ts';
import { decodeUtf8 } from './target.ts';

export interface Query {
  /** The first value of that name. */
  get(name: string): string | undefined;
  all(name: string): readonly string[];
}

/** Throws 400 for percent-encoding that is cut short or is not UTF-8: what was meant is not guessed. */
export function parseQuery(rawQuery: string): Query {
  const values = new Map<string, string[]>();
  for (const pair of rawQuery.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1));
    const sameName = values.get(name);
    if (sameName === undefined) values.set(name, [value]);
    else sameName.push(value);
  }
  return { get: (name) => values.get(name)?.[0], all: (name) => values.get(name) ?? [] };
}

function decode(text: string): string {
  const decoded = decodeUtf8(text.replaceAll('+', ' '));
  if (decoded !== undefined) return decoded;
  throw new HttpError(400, 'bad-query', 'a query parameter is not percent-encoded UTF-8');
}
