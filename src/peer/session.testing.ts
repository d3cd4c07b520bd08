/** For tests: a peer on a pair of streams, and someone who talks to it. */
import { PassThrough } from 'node:stream';
import type { TestContext } from 'node:test';
import { BufferPool } from '../bytes/buffer-pool.ts';
import type { PeerId } from '../bytes/ids.ts';
import type { PieceToStore } from '../bytes/pieces.ts';
import type { FileCalls } from '../io/files/calls.ts';
import { fileId } from '../io/files/files.testing.ts';
import { silentLog } from '../io/log.ts';
import { PieceStore } from '../io/pieces/piece-store.ts';
import { tempFolder } from '../io/temp-folder.testing.ts';
import { PieceServer } from './piece-server.ts';
import { serveStreams } from './serve-streams.ts';

export const file = fileId('a');

export interface Reply {
  /** The line, without its LF. */
  readonly line: string;
  readonly payload: Buffer;
}

/** A session with the peer `p1` whose store is empty at first. */
export class Conversation {
  readonly requests = new PassThrough();
  /** The replies. The peer can write as long as somebody reads them, else it has to wait. */
  readonly replies = new PassThrough({ highWaterMark: 1 });
  readonly directory: string;
  readonly store: PieceStore;
  /** Settles when the peer has ended the session. */
  readonly over: Promise<void>;
  readonly #stop = new AbortController();
  #unread = Buffer.alloc(0);

  static async open(t: TestContext, calls?: FileCalls): Promise<Conversation> {
    const directory = tempFolder(t);
    const store = await PieceStore.open(
      directory,
      calls === undefined ? { log: silentLog } : { log: silentLog, calls },
    );
    const conversation = new Conversation(directory, store);
    t.after(async () => {
      conversation.replies.resume();
      conversation.requests.end();
      await conversation.over;
      await store.close();
    });
    return conversation;
  }

  private constructor(directory: string, store: PieceStore) {
    this.directory = directory;
    this.store = store;
    const pool = new BufferPool(0);
    const server = new PieceServer('p1' as PeerId, store, pool);
    const [input, output, signal] = [this.requests, this.replies, this.#stop.signal];
    this.over = serveStreams({ server, pool, log: silentLog, input, output, signal });
  }

  /** Tells the peer to stop, as SIGTERM does. */
  stop(): void {
    this.#stop.abort();
  }

  send(...messages: readonly (string | Uint8Array)[]): void {
    for (const message of messages) this.requests.write(message);
  }

  /** Sends requests and reads as many replies. */
  async ask(...lines: readonly string[]): Promise<Reply[]> {
    this.send(...lines);
    const replies: Reply[] = [];
    while (replies.length < lines.length) replies.push(await this.next());
    return replies;
  }

  /** The next reply; fails when the peer has ended the session before. */
  async next(): Promise<Reply> {
    const line = (await this.#read((bytes) => bytes.indexOf('\n') + 1)).toString('latin1').slice(0, -1);
    const size = Number(/ size=(\d+)/.exec(line)?.[1] ?? 0);
    return {
      line,
      payload: size === 0 ? Buffer.alloc(0) : await this.#read(({ length }) => (length < size ? 0 : size)),
    };
  }

  /** The first bytes of what is unread, as soon as `lengthIn` says how many that are (0: not enough yet). */
  async #read(lengthIn: (bytes: Buffer) => number): Promise<Buffer> {
    for (;;) {
      const length = lengthIn(this.#unread);
      const bytes = this.#unread.subarray(0, length);
      this.#unread = this.#unread.subarray(length);
      if (length > 0) return bytes;
      const chunk: Buffer | null = this.replies.read() ?? (await this.#readable());
      if (chunk !== null) this.#unread = Buffer.concat([this.#unread, chunk]);
    }
  }

  async #readable(): Promise<null> {
    const readable = new Promise<void>((resolve) => this.replies.once('readable', resolve));
    const gone = this.over.then(() => {
      if (this.replies.readableLength === 0) throw new Error('the peer has ended the session');
    });
    await Promise.race([readable, gone]);
    return null;
  }
}

/** The line and the payload of a STORE_PART. */
export function storePart({ pieceIndex, offset, sha1, bytes }: PieceToStore, seq?: number): [string, Uint8Array] {
  const number = seq === undefined ? '' : ` seq=${seq}`;
  return [
    `STORE_PART file=${file} part=${pieceIndex}${number} size=${bytes.length} offset=${offset} sha1=${sha1}\n`,
    bytes,
  ];
}
