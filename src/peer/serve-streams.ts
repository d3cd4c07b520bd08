/**
 * One session on a pair of streams (`--stdio`): the protocol of the FIFOs on stdin and stdout, so that a pipe, or `ssh
 * host rivulet peer X --stdio <requests >replies`, leads to a peer. It ends with its input; nothing is registered.
 */
import type { Readable, Writable } from 'node:stream';
import type { FifoSink } from '../io/fifo/reader.ts';
import { FifoWriter } from '../io/fifo/writer.ts';
import { Session, type SessionContext, type SessionInput } from './session.ts';

export interface StreamContext extends Omit<SessionContext, 'openReplies'> {
  readonly input: Readable;
  readonly output: Writable;
  /** Ends the session, once the requests under way have their replies. */
  readonly signal: AbortSignal;
}

export async function serveStreams({ input, output, signal, ...context }: StreamContext): Promise<void> {
  const openReplies = async (onBroken: (error: Error) => void) => new FifoWriter(output, onBroken);
  const session = new Session({ ...context, openReplies });
  const stop = (): void => session.stop();
  session.readFrom(new StreamInput(input, session));
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  const reason = await session.over;
  await session.close();
  signal.removeEventListener('abort', stop);
  context.log.info('peer', `session over: ${reason}`);
}

/**
 * The counterpart of FifoReader for a stream. Stdin may be a file or a terminal, which only Node's own stream can read,
 * so here the bytes are copied once.
 */
class StreamInput implements SessionInput {
  readonly #stream: Readable;
  readonly #sink: FifoSink;
  #closed = false;

  constructor(stream: Readable, sink: FifoSink) {
    this.#stream = stream;
    this.#sink = sink;
    stream.on('data', (chunk: Buffer) => this.#onData(chunk));
    stream.on('end', () => this.#finish(undefined));
    stream.on('error', (error) => this.#finish(error));
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  close(): void {
    this.#closed = true;
    this.#stream.destroy();
  }

  #onData(chunk: Buffer): void {
    try {
      for (let at = 0; at < chunk.length && !this.#closed; ) {
        const into = this.#sink.buffer();
        const count = Math.min(into.length, chunk.length - at);
        into.set(chunk.subarray(at, at + count));
        this.#sink.received(count);
        at += count;
      }
    } catch (error) {
      this.#finish(error instanceof Error ? error : new Error('a sink threw something odd', { cause: error }));
    }
  }

  #finish(error: Error | undefined): void {
    if (this.#closed) return;
    this.close();
    this.#sink.onClose(error);
  }
}
