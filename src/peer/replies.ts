/**
 * The way back to the server: opened when it is first needed, one complete message after the other, short ones ahead of
 * pieces. It knows how a reply is written, not what the reply is about.
 */
import { type Clock, foregroundClock } from '../async/clock.ts';
import type { Observer } from '../bytes/trace.ts';
import type { FifoWriter } from '../io/fifo/writer.ts';
import type { IpcError } from '../protocols/ipc/errors.ts';
import { observeSent } from '../protocols/ipc/trace.ts';
import type { IpcOk, IpcRequest, Seq } from '../protocols/ipc/types.ts';
import { encodeReply, errReply } from '../protocols/ipc/write.ts';

/** Opens the writer that replies go to; `onBroken` is called once if writing fails later. */
export type OpenReplies = (onBroken: (error: Error) => void) => Promise<FifoWriter>;

/** The fields of an OK besides `verb`, `seq` and `size`. */
export type ReplyFields = Omit<IpcOk, 'verb' | 'seq' | 'size'>;

export class Replies {
  readonly #writer: Promise<FifoWriter>;
  readonly #clock: Pick<Clock, 'every'>;
  readonly #observe: Observer | undefined;

  /** Opens the way back. `onBroken` is called once if that fails, or when the way back breaks later. */
  constructor(
    open: OpenReplies,
    onBroken: (error: Error) => void,
    clock: Pick<Clock, 'every'> = foregroundClock,
    observe?: Observer,
  ) {
    this.#clock = clock;
    this.#observe = observe;
    this.#writer = open(onBroken);
    this.#writer.catch(onBroken);
  }

  /**
   * Sends an OK; settles once the system has taken all of it: `payload` may be used again. Fails when the way back is
   * broken.
   */
  async ok(verb: IpcRequest['verb'], seq: Seq, fields: ReplyFields, payload?: Uint8Array): Promise<void> {
    const writer = await this.#writer;
    const line = encodeReply({ verb: 'OK', seq, size: payload?.length, ...fields });
    if (this.#observe !== undefined) observeSent(this.#observe, line, payload?.length);
    await writer.write(verb === 'GET_PART' || verb === 'GET_INFO' ? 'bulk' : 'short', line, payload);
  }

  async err(seq: Seq, error: IpcError): Promise<void> {
    const writer = await this.#writer;
    const line = encodeReply(errReply(error, seq));
    if (this.#observe !== undefined) observeSent(this.#observe, line);
    await writer.write('short', line);
  }

  /** Settles with `work`, which sends replies, or when for `stallMs` not one byte of them was taken. */
  async progressing(work: Promise<void>, stallMs: number): Promise<void> {
    const writer = await this.#opened();
    if (writer === undefined) return;
    let bytesFlushed = writer.bytesFlushed;
    let endWatch = (): void => {};
    const stalled = new Promise<void>((resolve) => {
      endWatch = this.#clock.every(stallMs, () => {
        if (writer.bytesFlushed === bytesFlushed) resolve();
        bytesFlushed = writer.bytesFlushed;
      });
    });
    await Promise.race([work, stalled]);
    endWatch();
  }

  /** Closes the way back; replies that are not sent by now fail. */
  async close(): Promise<void> {
    const writer = await this.#opened();
    writer?.close();
  }

  #opened(): Promise<FifoWriter | undefined> {
    return this.#writer.catch(() => undefined); // onBroken was told
  }
}
