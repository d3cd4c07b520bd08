/**
 * A client of the directory: one connection, with requests out and replies in, in the order of the requests. What is
 * asked, and why, is decided in `directory-link.ts`.
 */
import { connect, type Socket } from 'node:net';
import { DirectoryError } from '../protocols/directory/errors.ts';
import { LineReader } from '../protocols/directory/lines.ts';
import { parseOutcome } from '../protocols/directory/read.ts';
import type { DirectoryRequest, Outcome } from '../protocols/directory/types.ts';
import { encodeRequest } from '../protocols/directory/write.ts';

/** The directory cannot be reached, or the connection was lost before its reply ended. `message` is for a person. */
export class DirectoryAwayError extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(`the directory is away: ${reason}`, options);
    this.name = 'DirectoryAwayError';
  }
}

/** The longest silence of a directory that owes a reply. */
const replyTimeoutMs = 30_000;
/** The silence after which the kernel sends a keep-alive probe. */
const keepAliveMs = 30_000;

/** A request whose reply has not ended yet. */
interface PendingReply {
  readonly onLine: (line: string) => void;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
}

/** One connection with the directory. */
export class DirectoryClient {
  readonly #socket: Socket;
  readonly #reader = new LineReader();
  readonly #pending: PendingReply[] = [];
  #end: DirectoryAwayError | undefined;
  /** Settles with the reason when the connection is closed. */
  readonly closed: Promise<DirectoryAwayError>;

  /** Connects. Fails with a DirectoryAwayError. */
  static open(host: string, port: number, signal: AbortSignal): Promise<DirectoryClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({
        host,
        port,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: keepAliveMs,
        signal,
      });
      socket.setTimeout(replyTimeoutMs, () => socket.destroy(new Error('it does not answer')));
      socket.once('error', (error) => reject(new DirectoryAwayError(error.message, { cause: error })));
      socket.once('connect', () => {
        socket.setTimeout(0);
        resolve(new DirectoryClient(socket));
      });
    });
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    let reason = 'it closed the connection';
    socket.on('data', (bytes: Buffer) => this.#onBytes(bytes));
    socket.on('error', (error) => {
      reason = error.message;
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#end ??= new DirectoryAwayError(reason);
        for (const { reject } of this.#pending.splice(0)) reject(this.#end);
        resolve(this.#end);
      });
    });
  }

  /**
   * Sends `request`, and settles when the reply has ended; its lines go to `onLine`. Fails with a DirectoryAwayError.
   */
  ask(request: DirectoryRequest, onLine: (line: string) => void = () => {}): Promise<Outcome> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    this.#socket.setTimeout(replyTimeoutMs);
    this.#socket.write(`${encodeRequest(request)}\n`);
    return new Promise((resolve, reject) => this.#pending.push({ onLine, resolve, reject }));
  }

  close(): void {
    this.#socket.destroy();
  }

  #onBytes(bytes: Buffer): void {
    try {
      this.#reader.receive(bytes);
      for (let line = this.#reader.next(); line !== undefined; line = this.#reader.next()) this.#onLine(line);
    } catch (error) {
      if (!(error instanceof DirectoryError)) throw error;
      this.#socket.destroy(new Error(`what it says is not understood (${error.message})`));
    }
  }

  #onLine(line: string): void {
    const [reply] = this.#pending;
    const outcome = parseOutcome(line);
    const leaves = outcome?.kind === 'err' && (reply === undefined || outcome.code === 'stopping');
    if (leaves) {
      // No reply to a request, but the reason why the directory is about to close the connection.
      this.#end = new DirectoryAwayError(outcome.message);
    } else if (reply === undefined) {
      throw new DirectoryError('bad-line', `nobody asked for "${line.slice(0, 80)}"`);
    } else if (outcome === undefined) {
      reply.onLine(line);
    } else {
      this.#pending.shift();
      if (this.#pending.length === 0) this.#socket.setTimeout(0);
      reply.resolve(outcome);
    }
  }
}
