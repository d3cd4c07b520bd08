/** Reads text files of any size line by line, in bounded memory. */
import { constants } from 'node:fs';
import type { FileCalls } from '../files/calls.ts';
import { indexLineBytesMax } from './index-line.ts';

/**
 * Gives `onLine` each line of the ASCII file at `path`, without its LF, and returns how many bytes the lines take: what
 * follows the last LF is a line half written, and not counted. An over-long line comes cut short.
 */
export async function readLines(path: string, calls: FileCalls, onLine: (line: string) => void): Promise<number> {
  const handle = await calls.open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  let rest = '';
  let bytesRead = 0;
  let bytesOfLines = 0;
  try {
    const chunk = Buffer.allocUnsafe(chunkBytes);
    for (;;) {
      const { bytesRead: count } = await handle.read(chunk, 0, chunkBytes, bytesRead);
      if (count === 0) return bytesOfLines;
      const lines = (rest + chunk.toString('latin1', 0, count)).split('\n');
      rest = (lines.pop() ?? '').slice(0, indexLineBytesMax);
      for (const line of lines) onLine(line);
      const lastLineEnd = chunk.subarray(0, count).lastIndexOf(0x0a);
      if (lastLineEnd >= 0) bytesOfLines = bytesRead + lastLineEnd + 1;
      bytesRead += count;
    }
  } finally {
    await handle.close();
  }
}

/**
 * The memory for a file: a short one, as most are, costs no more than it has to, since ten thousand are read at the
 * start.
 */
const chunkBytes = 16 * 1024;
