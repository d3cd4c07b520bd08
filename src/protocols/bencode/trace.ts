/**
 * bencode, reported to an observer value by value, by the reader of `read.ts`.
 *
 *     d8:intervali1800ee     value "d" dictionary, interval "8:intervali1800e" 1800, end "e" dictionary
 */
import type { Observer } from '../../bytes/trace.ts';
import { BencodeError } from './errors.ts';
import { parseBencodePrefix } from './read.ts';

/** Reports the value that `bytes` begin with; of what follows, or is no bencode, the size alone. */
export function observeBencode(bytes: Uint8Array, observe: Observer): void {
  let observed = 0;
  const counting: Observer = (field, part, value) => {
    observed += typeof part === 'number' ? part : part.length;
    observe(field, part, value);
  };
  try {
    parseBencodePrefix(bytes, { unsortedKeys: true }, counting);
  } catch (error) {
    if (!(error instanceof BencodeError)) throw error; // whoever works with the value hears of it from his own reader
  }
  observe('data', bytes.length - observed);
}
