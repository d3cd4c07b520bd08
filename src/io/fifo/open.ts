/**
 * Opens one end of a FIFO. Its use then is in `reader.ts` and `writer.ts`, the pair on the disk in `files.ts`. None of
 * them knows what the bytes mean.
 *
 *     const reader = await openFifoReader('peers/p1/replies', sink);     never waits for the other side
 *     const writer = await openFifoWriter('peers/p1/requests', onClose); fails with 'nobody' when no one reads
 *     await writer.write('short', 'PING seq=1\n');
 *
 * Nothing here blocks, not even a thread of the pool: O_NONBLOCK makes `open` return at once, and the descriptor then
 * becomes a `net.Socket`, which waits in epoll. (`fs.read` on a FIFO would hold a thread until a byte comes: four idle
 * peers, and the server could not open a file any more.)
 *
 * The reader should be opened before the other side begins to write: it sees the end of the stream only after someone
 * had opened it for writing. (On Linux; it is what lets both sides open in any order.)
 */
import { close, constants, fstat, open } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { FifoError } from './error.ts';
import type { FifoPair } from './files.ts';
import { FifoReader, type FifoSink } from './reader.ts';
import { enlargeFifos } from './size.ts';
import { FifoWriter } from './writer.ts';

const openFile = promisify(open);
const closeFile = promisify(close);
const statFile = promisify(fstat);

/** Opens `path` for reading; does not wait for a writer. Fails with FifoError. */
export async function openFifoReader(path: string, sink: FifoSink): Promise<FifoReader> {
  const { fd } = await openFifo(path, constants.O_RDONLY);
  return adopt(fd, () => new FifoReader(fd, sink));
}

/** Opens `path` for writing. Fails with FifoError: 'nobody' when no process has it open for reading. */
export async function openFifoWriter(path: string, onClose: (error: Error) => void): Promise<FifoWriter> {
  const { fd } = await openFifo(path, constants.O_WRONLY);
  return adopt(fd, () => new FifoWriter(fd, onClose));
}

/** The two ends that the side which begins a session has. */
export interface FifoEnds {
  readonly reader: FifoReader;
  readonly writer: FifoWriter;
}

/**
 * Opens the server's ends of a pair: `replies` first, so that the peer can open its own end as soon as it sees a byte
 * on `requests`. Fails with FifoError: 'nobody' when no peer reads, or when it replaced the pair in between.
 */
export async function openServerEnds(
  { requests, replies }: FifoPair,
  sink: FifoSink,
  onClose: (error: Error) => void,
): Promise<FifoEnds> {
  const { fd, inode } = await openFifo(replies, constants.O_RDONLY);
  const reader = await adopt(fd, () => new FifoReader(fd, sink));
  try {
    const { fd: requestsFd } = await openFifo(requests, constants.O_WRONLY);
    void enlargeFifos(fd, requestsFd);
    const writer = await adopt(requestsFd, () => new FifoWriter(requestsFd, onClose));
    // The number cannot have been given to another file meanwhile, since we have this one open.
    const inodeNow = (await lstat(replies).catch(() => undefined))?.ino; // it may be gone altogether
    if (inodeNow === inode) return { reader, writer };
    writer.close();
    throw new FifoError('nobody', `${replies} is being replaced`);
  } catch (error) {
    reader.close();
    throw error;
  }
}

/**
 * Opens the FIFO at `path`, with O_NOFOLLOW and an `fstat` of what was opened: a link or a file that was put there
 * meanwhile is not followed or written.
 */
async function openFifo(path: string, direction: number): Promise<{ readonly fd: number; readonly inode: number }> {
  const fd = await openFile(path, direction | constants.O_NONBLOCK | constants.O_NOFOLLOW).catch((error) => {
    throw openError(path, error);
  });
  const found = await statFile(fd);
  if (found.isFIFO()) return { fd, inode: found.ino };
  await closeFile(fd);
  throw new FifoError('not-a-fifo', `${path} is not a FIFO`);
}

function openError(path: string, error: NodeJS.ErrnoException): FifoError {
  switch (error.code) {
    case 'ENXIO': // open(2): O_NONBLOCK | O_WRONLY, and no process has it open for reading
      return new FifoError('nobody', `nobody reads ${path}`, { cause: error });
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ELOOP': // O_NOFOLLOW, and it is a symbolic link
      return new FifoError('not-a-fifo', `${path} is not a FIFO (${error.code})`, { cause: error });
    default:
      return new FifoError('io', `${path} cannot be opened (${error.code})`, { cause: error });
  }
}

/** Hands the descriptor over to the socket that `wrap` makes; should that fail, the descriptor is closed. */
async function adopt<End>(fd: number, wrap: () => End): Promise<End> {
  try {
    return wrap();
  } catch (error) {
    await closeFile(fd);
    throw error;
  }
}
