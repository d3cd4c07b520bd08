/**
 * The socket of one client of the directory: moves bytes between the socket and the session, no faster than the client
 * reads, and closes the socket of a client that is silent or stuck. The session (`directory/session.ts`) knows what the
 * bytes mean.
 */
import type { Socket } from 'node:net';
import type { DirectorySession } from '../../directory/session.ts';

/** The limits of one connection. */
export const connectionLimits = {
  /** Characters written in one turn of the event loop; then other connections have theirs. */
  turnCharacters: 64 * 1024,
  /** The longest silence of a client that has registered no name; a registered one may be silent for ever. */
  idleMs: 3_600_000,
  /** The time after which a client that reads nothing, although something waits for it, counts as gone. */
  stuckMs: 60_000,
} as const;

/** The calls that the owner of a connection gets. */
export interface DirectoryConnectionEvents {
  /** Called once, when the connection is closed. */
  onClose(connection: DirectoryConnection): void;
  /** Called with a fault of ours; the connection is closed. */
  onFault(error: unknown): void;
}

/** One client of the directory, as the server sees it. */
export class DirectoryConnection {
  readonly #socket: Socket;
  readonly #session: DirectorySession;
  readonly #events: DirectoryConnectionEvents;
  readonly #onSending: ((text: string | Uint8Array) => void) | undefined;
  #ended = false;
  #silentMs = 0;
  #stuckMs = 0;
  #bytesWritten = 0;

  /**
   * Takes over `socket`, which must allow half-open: a client that has ended its side still gets all replies.
   * `onSending` sees all that is sent.
   */
  constructor(
    socket: Socket,
    session: DirectorySession,
    events: DirectoryConnectionEvents,
    onSending?: (text: string | Uint8Array) => void,
  ) {
    this.#onSending = onSending;
    this.#socket = socket;
    this.#session = session;
    this.#events = events;
    socket.on('data', (bytes: Buffer) => this.#onBytes(bytes));
    // In a turn of its own: 'drain' may come before anybody else has had one.
    socket.on('drain', () => setImmediate(() => this.#pump()));
    socket.on('end', () => this.#onEnd());
    socket.on('error', ignoreError);
    socket.on('close', () => this.#onGone());
  }

  /** Closes the connection when its client is stuck, or was silent for too long without a name. */
  tick(ms: number): void {
    const { bytesWritten, writableLength } = this.#socket;
    // `bytesWritten` counts what waits here, too.
    const taken = bytesWritten - writableLength;
    this.#stuckMs = writableLength > 0 && taken === this.#bytesWritten ? this.#stuckMs + ms : 0;
    this.#bytesWritten = taken;
    this.#silentMs += ms;
    if (this.#stuckMs >= connectionLimits.stuckMs) this.#socket.destroy();
    const silent = this.#silentMs >= connectionLimits.idleMs && this.#session.user === undefined;
    if (silent) this.end('ERR idle nothing was said for an hour\n');
  }

  /** Sends `words`, and closes the connection. */
  end(words: string): void {
    this.#session.leave();
    this.#write(words);
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #onBytes(bytes: Buffer): void {
    this.#silentMs = 0;
    this.#session.receive(bytes);
    // Nothing more is read before all requests in it have their replies.
    this.#socket.pause();
    this.#pump();
  }

  #onEnd(): void {
    this.#ended = true;
    // While something waits to be read, 'drain' goes on.
    if (!this.#socket.writableNeedDrain) this.#pump();
  }

  /** Sends replies, as far as the client reads them. */
  #pump(): void {
    try {
      const length = this.#send();
      if (length < connectionLimits.turnCharacters) this.#onAllSent();
      // Else there may be more; if this waits to be read, 'drain' goes on with it.
      else if (!this.#socket.writableNeedDrain) setImmediate(() => this.#pump());
    } catch (error) {
      this.#events.onFault(error);
      this.#socket.destroy();
    }
  }

  /** Sends as many replies as belong into one turn, in one call to the system; gives their length. */
  #send(): number {
    let length = 0;
    let text = '';
    this.#socket.cork();
    for (let next = this.#session.next(); next !== undefined; next = this.#session.next()) {
      length += next.length;
      if (typeof next === 'string') {
        text += next;
      } else {
        this.#write(text);
        this.#write(next);
        text = '';
      }
      if (length >= connectionLimits.turnCharacters) break;
    }
    this.#write(text);
    this.#socket.uncork();
    return length;
  }

  #write(text: string | Uint8Array): void {
    if (text === '') return;
    this.#onSending?.(text);
    this.#socket.write(text);
  }

  /** All requests that came have been replied to. */
  #onAllSent(): void {
    if (this.#session.over || this.#ended) this.#socket.destroySoon();
    // A client that sends requests and reads no replies is not read from any more.
    else if (!this.#socket.writableNeedDrain) this.#socket.resume();
  }

  #onGone(): void {
    this.#session.leave();
    this.#events.onClose(this);
  }
}

/** Ignores a broken connection: 'close' follows. */
function ignoreError(): void {}
