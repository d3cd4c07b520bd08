/** Helpers for tests: the lines that a reader makes of bytes, in whatever chunks they come. */
import { DirectoryError } from './errors.ts';
import { LineReader } from './lines.ts';
import { parseUserName, type UserName } from './types.ts';

export const name = (text: string): UserName => parseUserName(text) as UserName;

/** The lines in `bytes`; `ERR code` for a line that was refused. */
export function linesOf(bytes: Buffer, chunkBytes = bytes.length): string[] {
  const reader = new LineReader();
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    reader.receive(bytes.subarray(at, at + chunkBytes));
    for (let line = take(reader); line !== undefined; line = take(reader)) {
      lines.push(line);
      if (line === 'ERR flood') return lines;
    }
  }
  return lines;
}

function take(reader: LineReader): string | undefined {
  try {
    return reader.next();
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error;
    return `ERR ${error.code}`;
  }
}
