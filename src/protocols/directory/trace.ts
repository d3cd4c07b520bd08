/** Lines that are sent, reported to an observer by the reader of lines that both sides have. */
import type { Observer } from '../../bytes/trace.ts';
import { DirectoryError } from './errors.ts';
import { LineReader } from './lines.ts';

/** Makes the function that takes text as it is sent; it need not end where a line does. */
export function sentLines(observe: Observer): (text: string | Uint8Array) => void {
  const reader = new LineReader(observe);
  return (text) => {
    reader.receive(typeof text === 'string' ? Buffer.from(text) : text);
    while (hasLine(reader));
  };
}

/** A line that the reader would refuse was reported, too. */
function hasLine(reader: LineReader): boolean {
  try {
    return reader.next() !== undefined;
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error;
    return true;
  }
}
