/**
 * Fetches one file from another user's mini-server. Only a complete and verified file gets its name; bytes that came
 * before an interruption are not fetched again.
 */
import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { type Endpoint, formatEndpoint } from '../bytes/endpoint.ts';
import { removeFile } from '../io/files/files.ts';
import { DownloadReader, encodeDownload } from '../protocols/directory/transfer.ts';
import type { DownloadHead, Outcome } from '../protocols/directory/types.ts';
import { findRemains, PartialFile, type Remains } from './partial-file.ts';

/** The reason why a file did not come; for a person. */
export class DownloadFailure extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DownloadFailure';
  }
}

/** The longest silence of the other side in each phase. */
export const downloadLimits = {
  /** Until the head of the reply: the other side may first have to hash a file of some 100 GB. */
  headMs: 600_000,
  connectMs: 10_000,
  /** Between two chunks of the file. */
  stalledMs: 60_000,
} as const;

/** One download. */
export interface DownloadOptions {
  readonly endpoint: Endpoint;
  /** The path on the other machine. */
  readonly path: string;
  /** The path that the file gets here. */
  readonly target: string;
  readonly overwrite: boolean;
  readonly signal: AbortSignal;
  /** Called once with the file's size, and the bytes of it that are here already. */
  readonly onBegin: (size: number, before: number) => void;
  readonly onBytes: (count: number) => void;
}

/** Downloads the file. Fails with a DownloadFailure, or with a system error of the disk. */
export async function download(options: DownloadOptions): Promise<DownloadHead> {
  for (;;) {
    const remains = await findRemains(options.target);
    const head = await attempt(options, remains);
    if (head !== undefined) return head;
    // The remains are of another state of the file, or of another file: they are of no use any more.
    if (remains !== undefined) await removeFile(remains.path);
  }
}

/** Tries with `remains`; gives undefined when those are not of the file that the other side has. */
async function attempt(options: DownloadOptions, remains: Remains | undefined): Promise<DownloadHead | undefined> {
  const reply = await Reply.open(options, remains?.size ?? 0);
  try {
    const { head } = reply;
    if (remains !== undefined && !isOf(remains, head)) return undefined;
    if ('kind' in head) throw new DownloadFailure(head.message);
    const file = await PartialFile.open(options.target, head.sha256, remains);
    try {
      await receive(options, reply, head, file, remains?.size ?? 0);
      return head;
    } finally {
      await file.close();
    }
  } finally {
    reply.close();
  }
}

function isOf(remains: Remains, head: Reply['head']): boolean {
  return 'kind' in head ? head.code !== 'bad-offset' : head.sha256 === remains.sha256;
}

async function receive(
  { overwrite, onBegin, onBytes }: DownloadOptions,
  reply: Reply,
  { size, sha256 }: DownloadHead,
  file: PartialFile,
  before: number,
): Promise<void> {
  const hash = createHash('sha256');
  onBegin(size, before);
  await file.readAll((bytes) => hash.update(bytes));
  let done = before;
  for await (const bytes of reply.bytes()) {
    done += bytes.length;
    if (done > size) break;
    hash.update(bytes);
    await file.append(bytes);
    onBytes(bytes.length);
  }
  if (done < size)
    throw new DownloadFailure(`it broke off at byte ${done} of ${size}; the next download goes on there`);
  if (done > size || hash.digest('hex') !== sha256) {
    await file.discard();
    throw new DownloadFailure('what came is not what was announced (SHA-256 differs)');
  }
  await file.publish(overwrite);
}

/** The reply of a mini-server: a line, the head, then the bytes of the file. */
class Reply {
  readonly head: DownloadHead | Extract<Outcome, { kind: 'err' }>;
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Buffer>;
  /** Bytes of the file that came together with the head. */
  readonly #first: Buffer;

  private constructor(head: Reply['head'], socket: Socket, chunks: AsyncIterator<Buffer>, first: Buffer) {
    this.head = head;
    this.#socket = socket;
    this.#chunks = chunks;
    this.#first = first;
  }

  /** Asks for the bytes from `offset` on, and waits for the head. Fails with a DownloadFailure. */
  static async open({ endpoint, path, signal }: DownloadOptions, offset: number): Promise<Reply> {
    const socket = connect({ host: endpoint.address, port: endpoint.port, keepAlive: true, signal });
    socket.setTimeout(downloadLimits.connectMs, () => socket.destroy(new Error('there is no answer')));
    socket.once('connect', () => socket.setTimeout(downloadLimits.headMs));
    try {
      socket.write(`${encodeDownload({ path, offset })}\n`);
      const chunks: AsyncIterator<Buffer> = socket[Symbol.asyncIterator]();
      const { head, bytes } = await readHead(chunks);
      socket.setTimeout(downloadLimits.stalledMs);
      return new Reply(head, socket, chunks, bytes);
    } catch (error) {
      socket.destroy();
      if (signal.aborted) throw new DownloadFailure('interrupted', { cause: error });
      const where = formatEndpoint(endpoint);
      throw new DownloadFailure(`${where} gives nothing: ${(error as Error).message}`, { cause: error });
    }
  }

  /** The bytes of the file, until the other side ends or the connection breaks. */
  async *bytes(): AsyncGenerator<Buffer> {
    yield this.#first;
    try {
      for (let next = await this.#chunks.next(); next.done !== true; next = await this.#chunks.next()) yield next.value;
    } catch {
      // Whatever it was, too few bytes have come: the caller counts them.
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}

async function readHead(chunks: AsyncIterator<Buffer>): Promise<{ head: Reply['head']; bytes: Buffer }> {
  const reader = new DownloadReader();
  for (;;) {
    const { value, done } = await chunks.next();
    if (done === true) throw new Error('it closed the connection');
    const { head, bytes } = reader.receive(value);
    if (head !== undefined) return { head, bytes };
  }
}
