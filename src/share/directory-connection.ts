/**
 * One connection with the directory: requests out, answers in, in their order. What is asked and why is the business
 * of `directory-link.ts`.
 */
import { connect, type Socket } from 'node:net';
import { DirectoryError } from '../protocols/directory/errors.ts';
import { LineReader } from '../protocols/directory/lines.ts';
import { parseOutcome } from '../protocols/directory/read.ts';
import type { DirectoryRequest, Outcome } from '../protocols/directory/types.ts';
import { encodeRequest } from '../protocols/directory/write.ts';

/** The directory cannot be asked, or is gone in the midst of its answer. `message` is for a person. */
export class DirectoryAwayError extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(`the directory is away: ${reason}`, options);
    this.name = 'DirectoryAwayError';
  }
}

/** A directory that says nothing for so long, although it was asked something, is given up. */
export const answerMs = 30_000;
/** Silence after which the kernel asks whether the other side is still there. */
const keepAliveMs = 30_000;

interface Question {
  readonly onLine: (line: string) => void;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
}

export class DirectoryConnection {
  readonly #socket: Socket;
  readonly #reader = new LineReader();
  readonly #questions: Question[] = [];
  #end: DirectoryAwayError | undefined;
  /** Settles with the reason when the connection is over. */
  readonly closed: Promise<DirectoryAwayError>;

  /** Fails with a DirectoryAwayError. */
  static open(host: string, port: number, signal: AbortSignal): Promise<DirectoryConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({
        host,
        port,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: keepAliveMs,
        signal,
      });
      socket.setTimeout(answerMs, () => socket.destroy(new Error('it does not answer')));
      socket.once('error', (error) => reject(new DirectoryAwayError(error.message, { cause: error })));
      socket.once('connect', () => {
        socket.setTimeout(0);
        resolve(new DirectoryConnection(socket));
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
        for (const { reject } of this.#questions.splice(0)) reject(this.#end);
        resolve(this.#end);
      });
    });
  }

  /** Settles when the answer is over; its lines go to `onLine` as they come. Fails with a DirectoryAwayError. */
  ask(request: DirectoryRequest, onLine: (line: string) => void = () => {}): Promise<Outcome> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    this.#socket.setTimeout(answerMs);
    this.#socket.write(`${encodeRequest(request)}\n`);
    return new Promise((resolve, reject) => this.#questions.push({ onLine, resolve, reject }));
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
    const [question] = this.#questions;
    const outcome = parseOutcome(line);
    const leaves = outcome?.kind === 'err' && (question === undefined || outcome.code === 'stopping');
    if (leaves) {
      // Not the answer to anything, but why the connection is about to be closed.
      this.#end = new DirectoryAwayError(outcome.message);
    } else if (question === undefined) {
      throw new DirectoryError('bad-line', `nobody asked for "${line.slice(0, 80)}"`);
    } else if (outcome === undefined) {
      question.onLine(line);
    } else {
      this.#questions.shift();
      if (this.#questions.length === 0) this.#socket.setTimeout(0);
      question.resolve(outcome);
    }
  }
}
