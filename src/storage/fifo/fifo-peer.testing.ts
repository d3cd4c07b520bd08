/**
 * A storage peer inside the test's own process: it speaks over real FIFOs, keeps pieces in memory, and does on request
 * what a real one never should (answer wrongly, freeze, leave).
 */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import { pieceRanges } from '../../bytes/pieces.ts';
import { makeFifos } from '../../io/fifo/files.ts';
import { openFifoReader, openFifoWriter } from '../../io/fifo/open.ts';
import type { FifoReader } from '../../io/fifo/reader.ts';
import type { FifoWriter } from '../../io/fifo/writer.ts';
import { IpcError } from '../../protocols/ipc/errors.ts';
import { parseRequest } from '../../protocols/ipc/line.ts';
import { encodeList } from '../../protocols/ipc/parts.ts';
import { IpcReader } from '../../protocols/ipc/read.ts';
import type { IpcRequest, StorePart } from '../../protocols/ipc/types.ts';
import { encodeReply, errReply } from '../../protocols/ipc/write.ts';

/** The peer's reply to a request, as a line of text and the payload after it; undefined for none. */
type Reply = { readonly line: string; readonly payload?: Uint8Array } | undefined;

export class FakePeer {
  readonly directory: string;
  /** All requests so far, in the order in which they were complete. */
  readonly requests: IpcRequest[] = [];
  /** The reply that a test wants instead: undefined means as usual, null means none. */
  answer: (request: IpcRequest) => string | null | undefined = () => undefined;

  /** The list that a test wants sent instead of what there is. */
  list: Uint8Array | undefined;

  readonly #id: string;
  readonly #reader: FifoReader;
  readonly #pieces = new Map<TorrentId, Map<number, Uint8Array>>();
  readonly #replies: string;
  #writer: Promise<FifoWriter> | undefined;
  #payload = new Uint8Array(0);
  #onRequest: () => void = () => {};

  /** A peer in a new folder; it is removed, and the peer ended, after the test. */
  static async start(t: TestContext, id: PeerId): Promise<FakePeer> {
    const directory = await mkdtemp(join(tmpdir(), 'rivulet-peer-'));
    t.after(() => rm(directory, { recursive: true, force: true }));
    const { requests, replies } = await makeFifos(directory);
    let peer: FakePeer | undefined;
    const input = new IpcReader(parseRequest, {
      onPayload: (_, size) => peer?.takePayload(size) ?? null,
      onMessage: (request) => void peer?.handle(request),
      onFault: (error) => {
        throw error;
      },
    });
    const reader = await openFifoReader(requests, {
      buffer: () => input.buffer(),
      received: (count) => input.received(count),
      onClose: () => void peer?.die(),
    });
    peer = new FakePeer(directory, id, reader, replies);
    t.after(() => peer.die());
    return peer;
  }

  private constructor(directory: string, id: string, reader: FifoReader, replies: string) {
    this.directory = directory;
    this.#id = id;
    this.#reader = reader;
    this.#replies = replies;
  }

  get bytesRead(): number {
    return this.#reader.bytesRead;
  }

  /** Reads nothing any more, as a process that was stopped. */
  freeze(): void {
    this.#reader.pause();
  }

  thaw(): void {
    this.#reader.resume();
  }

  /** Leaves at once: both ends close. */
  async die(): Promise<void> {
    this.#reader.close();
    (await this.#writer)?.close();
  }

  /** Closes the end that it reads, and keeps the other. */
  stopReading(): void {
    this.#reader.close();
  }

  /** Writes bytes of the test's choosing. */
  async send(line: string, payload?: Uint8Array): Promise<void> {
    this.#writer ??= openFifoWriter(this.#replies, () => {});
    await (await this.#writer).write('short', line, payload);
  }

  /** Settles when a request with `verb` has come, before or after the call. */
  async received(verb: IpcRequest['verb']): Promise<IpcRequest> {
    for (;;) {
      const request = this.requests.find((candidate) => candidate.verb === verb);
      if (request !== undefined) return request;
      await new Promise<void>((resolve) => {
        this.#onRequest = resolve;
      });
    }
  }

  takePayload(size: number): Uint8Array {
    this.#payload = new Uint8Array(size);
    return this.#payload;
  }

  async handle(request: IpcRequest): Promise<void> {
    this.requests.push(request);
    const wanted = this.answer(request);
    this.#onRequest();
    if (wanted === null) return;
    const reply = wanted === undefined ? this.#usualReply(request) : { line: wanted };
    // A server that has left meanwhile is what some tests are about.
    if (reply !== undefined) await this.send(reply.line, reply.payload).catch(() => {});
  }

  #usualReply(request: IpcRequest): Reply {
    const { seq } = request;
    try {
      const payload = this.#perform(request);
      const hello = { peer: this.#id as PeerId, version: 1, free: 1_000_000_000 };
      const more = request.verb === 'HELLO' ? hello : { size: payload?.length };
      return { line: encodeReply({ verb: 'OK', seq, ...more }), ...(payload && { payload }) };
    } catch (error) {
      if (!(error instanceof IpcError)) throw error;
      return { line: encodeReply(errReply(error, seq)) };
    }
  }

  #perform(request: IpcRequest): Uint8Array | undefined {
    switch (request.verb) {
      case 'STORE_PART':
        return this.#store(request);
      case 'GET_PART':
        return this.#piece(request.file, request.part);
      case 'LIST_PARTS':
        if (this.list !== undefined) return this.list;
        return encodeList(
          [...this.#pieces]
            .filter(([file]) => request.file === undefined || request.file === file)
            .map(([file, pieces]) => ({ file, parts: pieceRanges(pieces.keys()), shared: false })),
        );
      case 'DROP_FILE':
        this.#pieces.delete(request.file);
        return undefined;
      case 'DROP_PART':
        this.#pieces.get(request.file)?.delete(request.part);
        if (this.#pieces.get(request.file)?.size === 0) this.#pieces.delete(request.file);
        return undefined;
      case 'VERIFY_PART':
        assertHash(this.#piece(request.file, request.part), request.sha1);
        return undefined;
      case 'RESTORE_FILE':
        return new Uint8Array(0);
      case 'STORE_INFO':
      case 'GET_INFO':
        throw new IpcError('bad-request', 'this peer knows no such thing');
      case 'HELLO':
      case 'SYNC':
      case 'PING':
        return undefined;
    }
  }

  #piece(file: TorrentId, part: number): Uint8Array {
    const piece = this.#pieces.get(file)?.get(part);
    if (piece === undefined) throw new IpcError('not-found', 'no such piece');
    return piece;
  }

  #store({ file, part, sha1 }: StorePart): undefined {
    assertHash(this.#payload, sha1);
    const pieces = this.#pieces.get(file) ?? new Map<number, Uint8Array>();
    this.#pieces.set(file, pieces.set(part, this.#payload));
  }
}

function assertHash(bytes: Uint8Array, sha1: string): void {
  if (createHash('sha1').update(bytes).digest('hex') !== sha1) throw new IpcError('corrupt', 'wrong hash');
}
