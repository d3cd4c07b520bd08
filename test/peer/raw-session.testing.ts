/**
 * The server's side of a session with a storage peer, in bytes: it opens the FIFOs and reads and writes what a test
 * says. It shares no code with the protocol's reader and writer in `src/`, so that both cannot be wrong in the same
 * way.
 *
 *     const session = await RawSession.open(directory);
 *     session.send('PING seq=1\n');
 *     await session.reply();                            { verb: 'OK', keys: { seq: '1' }, payload: undefined }
 */
import assert from 'node:assert/strict';
import { breath } from '../../src/async/breath.testing.ts';
import { FifoError } from '../../src/io/fifo/error.ts';
import { fifoPair } from '../../src/io/fifo/files.ts';
import { type FifoEnds, openServerEnds } from '../../src/io/fifo/open.ts';
import type { FifoReader } from '../../src/io/fifo/reader.ts';
import type { FifoWriter } from '../../src/io/fifo/writer.ts';

export interface RawReply {
  readonly verb: string;
  /** As they came, still percent-encoded. */
  readonly keys: Readonly<Record<string, string>>;
  readonly payload: Buffer | undefined;
}

/** Nothing here takes longer; what does hangs. */
const patienceMs = 20_000;

export class RawSession {
  readonly #reader: FifoReader;
  readonly #writer: FifoWriter;
  readonly #input: Input;

  /** Opens a session as soon as the peer reads its FIFO; no event tells of that, so it is tried again and again. */
  static async open(directory: string): Promise<RawSession> {
    const pair = fifoPair(directory);
    for (const began = performance.now(); ; await breath(5)) {
      const input = new Input();
      try {
        return new RawSession(await openServerEnds(pair, input, () => input.onClose()), input);
      } catch (error) {
        const notYet = error instanceof FifoError && performance.now() - began < patienceMs;
        if (!notYet) throw error;
      }
    }
  }

  private constructor({ reader, writer }: FifoEnds, input: Input) {
    this.#reader = reader;
    this.#writer = writer;
    this.#input = input;
  }

  /** Writes in the order of the calls; settles once the peer or its FIFO has taken it. */
  send(line: string, payload?: Uint8Array): Promise<void> {
    return this.#writer.write('bulk', line, payload);
  }

  /** The next reply, with its payload. */
  async reply(): Promise<RawReply> {
    const line = await this.#input.line();
    const [verb = '', ...pairs] = line.split(' ');
    const keys = Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s, 2) as [string, string]));
    return { verb, keys, payload: keys.size === undefined ? undefined : await this.#input.take(Number(keys.size)) };
  }

  /** Sends one request and gives the next reply. */
  async ask(line: string, payload?: Uint8Array): Promise<RawReply> {
    const sent = this.send(line, payload);
    const reply = await this.reply();
    await sent;
    return reply;
  }

  /** Asserts that the peer ends the session, after whatever replies it still sends. */
  ended(): Promise<void> {
    return this.#input.end();
  }

  /** Closes the end that the peer reads, and waits until it has closed the other. */
  async finish(): Promise<void> {
    this.#writer.close();
    await this.ended();
  }

  /** Closes both ends at once, as a server that is killed. */
  vanish(): void {
    this.#writer.close();
    this.#reader.close();
  }
}

/** Everything that came and was not taken yet. */
class Input {
  readonly #place = Buffer.alloc(64 * 1024);
  #bytes = Buffer.alloc(0);
  #chunks: Buffer[] = [];
  #length = 0;
  #ended = false;
  #onChange = () => {};

  buffer(): Uint8Array {
    return this.#place;
  }

  received(count: number): void {
    this.#chunks.push(Buffer.from(this.#place.subarray(0, count)));
    this.#length += count;
    this.#onChange();
  }

  onClose(): void {
    this.#ended = true;
    this.#onChange();
  }

  async line(): Promise<string> {
    await this.#until(() => this.#gathered().includes('\n'), 'a line');
    const line = (await this.take(this.#bytes.indexOf('\n') + 1)).toString('latin1').slice(0, -1);
    assert.match(line, /^[ -~]+$/, 'a line is printable ASCII');
    assert.ok(line.length < 4096, 'a line is at most 4096 bytes long');
    return line;
  }

  async take(count: number): Promise<Buffer> {
    await this.#until(() => this.#length >= count, `${count} bytes`);
    const bytes = this.#gathered().subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    this.#length -= count;
    return bytes;
  }

  end(): Promise<void> {
    return this.#until(() => this.#ended, 'the end of the session');
  }

  #gathered(): Buffer {
    if (this.#chunks.length > 0) this.#bytes = Buffer.concat([this.#bytes, ...this.#chunks.splice(0)]);
    return this.#bytes;
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    let late = false;
    const deadline = setTimeout(() => {
      late = true;
      this.#onChange();
    }, patienceMs);
    try {
      while (!condition()) {
        assert.ok(!this.#ended, `the session ended where ${what} was expected`);
        assert.ok(!late, `${what} did not come`);
        await new Promise<void>((resolve) => {
          this.#onChange = resolve;
        });
      }
    } finally {
      clearTimeout(deadline);
    }
  }
}
