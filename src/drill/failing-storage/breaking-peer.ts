/**
 * A storage peer that is gone after so many bytes: of requests that it read, or of replies that it wrote. Both its ends
 * close at once then, as when a process dies, so the server meets EPIPE or the end of the stream at exactly that byte.
 */
import { constants, open } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { BufferPool } from '../../bytes/buffer-pool.ts';
import type { PeerId } from '../../bytes/ids.ts';
import { makeFifos, removeFifos } from '../../io/fifo/files.ts';
import { openFifoReader } from '../../io/fifo/open.ts';
import type { FifoReader, FifoSink } from '../../io/fifo/reader.ts';
import { FifoWriter } from '../../io/fifo/writer.ts';
import { silentLog } from '../../io/log.ts';
import { PieceStore } from '../../io/pieces/piece-store.ts';
import { PieceServer } from '../../peer/piece-server.ts';
import { registerByHttp } from '../../peer/register.ts';
import { Session } from '../../peer/session.ts';
import type { PeerInProcess } from './peer-in-process.ts';
import type { Served } from './served.ts';

export interface Break {
  readonly of: 'requests' | 'replies';
  /** The number of bytes after which the peer breaks, from 1 on. */
  readonly afterBytes: number;
}

export interface BreakingPeer extends PeerInProcess {
  /** The number of bytes that went through so far, in each direction. */
  readonly bytes: Readonly<Record<Break['of'], number>>;
  readonly broken: boolean;
}

const openFile = promisify(open);
const idleBytesMax = 1024 * 1024;

/** Starts a peer; settles once it is registered, or broke before that. Without `at` it never breaks. */
export async function startBreakingPeer({ root, url }: Served, name: string, at?: Break): Promise<BreakingPeer> {
  const id = name as PeerId;
  const directory = join(root, 'peers', name);
  const store = await PieceStore.open(directory, { log: silentLog });
  const { requests, replies } = await makeFifos(directory);
  const line = new BreakingLine(at);
  const pool = new BufferPool(idleBytesMax);
  const session: Session = new Session({
    server: new PieceServer(id, store, pool),
    pool,
    log: silentLog,
    openReplies: async (onBroken) => line.writeTo(await openFile(replies, writeFlags), onBroken),
  });
  session.readFrom(line.readBy(await openFifoReader(requests, line.sink(session))));
  await registerByHttp(new URL(url))({ id, ipcPath: directory });
  return {
    get bytes() {
      return line.bytes;
    },
    get broken() {
      return line.broken;
    },
    stop: async () => {
      line.breakOff();
      session.stop();
      await session.close();
      await removeFifos(directory);
      await store.close();
    },
  };
}

const writeFlags = constants.O_WRONLY | constants.O_NONBLOCK;

/** The two directions of a session, counted. */
class BreakingLine {
  readonly bytes = { requests: 0, replies: 0 };
  readonly #at: Break | undefined;
  #reader: FifoReader | undefined;
  #socket: Socket | undefined;
  #broken = false;

  constructor(at: Break | undefined) {
    this.#at = at;
  }

  get broken(): boolean {
    return this.#broken;
  }

  /** The sink that gets the requests, and never more bytes of them than may be read. */
  sink(session: FifoSink): FifoSink {
    return {
      buffer: () => session.buffer().subarray(0, Math.max(1, this.#left('requests'))),
      received: (count) => {
        session.received(count);
        this.#passed('requests', count);
      },
      onClose: (error) => session.onClose(error),
    };
  }

  readBy(reader: FifoReader): FifoReader {
    this.#reader = reader;
    return reader;
  }

  /** A writer to `fd` that writes no more than may be written. */
  writeTo(fd: number, onBroken: (error: Error) => void): FifoWriter {
    const socket = new Socket({ fd, readable: false, writable: true });
    socket.on('error', () => {}); // the server has gone first
    this.#socket = socket;
    const write = (chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void => {
      const allowed = chunk.subarray(0, this.#left('replies'));
      socket.write(allowed, (error) => {
        this.#passed('replies', allowed.length);
        done(error);
      });
    };
    if (this.#broken) this.breakOff();
    return new FifoWriter(new Writable({ write }), onBroken);
  }

  breakOff(): void {
    this.#broken = true;
    this.#reader?.close();
    this.#socket?.destroy();
  }

  #left(direction: Break['of']): number {
    return this.#at?.of === direction ? this.#at.afterBytes - this.bytes[direction] : Number.POSITIVE_INFINITY;
  }

  #passed(direction: Break['of'], count: number): void {
    this.bytes[direction] += count;
    if (this.#left(direction) <= 0) this.breakOff();
  }
}
