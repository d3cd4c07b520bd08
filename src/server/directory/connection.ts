/**
 * The socket of one client of the directory: moves bytes between it and the session, no faster than the client takes
 * them, and ends it when it is silent or stuck. What the bytes mean is the session's business.
 */
import type { Socket } from 'node:net';
import type { DirectorySession } from '../../directory/session.ts';

export const connectionLimits = {
  /** Written in one turn of the event loop; then the others have theirs. */
  turnCharacters: 64 * 1024,
  /** Silence of somebody who has registered nothing: long enough for lunch. Who has may be silent for ever. */
  idleMs: 3_600_000,
  /** A client that takes nothing of what waits for it for so long is gone, or as good as that. */
  stuckMs: 60_000,
} as const;

export interface DirectoryConnectionEvents {
  /** Called once, when it is over. */
  onClose(connection: DirectoryConnection): void;
  /** Something that is a mistake of ours; the connection ends. */
  onFault(error: unknown): void;
}

export class DirectoryConnection {
  readonly #socket: Socket;
  readonly #session: DirectorySession;
  readonly #events: DirectoryConnectionEvents;
  #ended = false;
  #silentMs = 0;
  #stuckMs = 0;
  #bytesWritten = 0;

  /** Takes over `socket`, which must be allowed to be half-open: who has said all still gets all answers. */
  constructor(socket: Socket, session: DirectorySession, events: DirectoryConnectionEvents) {
    this.#socket = socket;
    this.#session = session;
    this.#events = events;
    socket.on('data', (bytes: Buffer) => this.#onBytes(bytes));
    // In a turn of its own: 'drain' may come before anybody else has had one.
    socket.on('drain', () => setImmediate(() => this.#pump()));
    socket.on('end', () => this.#onEnd());
    socket.on('error', noteNothing);
    socket.on('close', () => this.#onGone());
  }

  /** Time has passed. Ends who is stuck, and who has been silent for too long without a name. */
  passed(ms: number): void {
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

  /** Says `words`, and ends it. */
  end(words: string): void {
    this.#session.leave();
    this.#socket.write(words);
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #onBytes(bytes: Buffer): void {
    this.#silentMs = 0;
    this.#session.receive(bytes);
    // Nothing more is read before all of it has been answered.
    this.#socket.pause();
    this.#pump();
  }

  #onEnd(): void {
    this.#ended = true;
    // While something waits to be taken, 'drain' goes on.
    if (!this.#socket.writableNeedDrain) this.#pump();
  }

  /** Says what there is to say, as far as the client takes it. */
  #pump(): void {
    try {
      const said = this.#say();
      if (said < connectionLimits.turnCharacters) this.#onSaid();
      // Else there may be more; if this waits to be taken, 'drain' goes on with it.
      else if (!this.#socket.writableNeedDrain) setImmediate(() => this.#pump());
    } catch (error) {
      this.#events.onFault(error);
      this.#socket.destroy();
    }
  }

  /** As much as belongs into one turn, in one call to the system; answers its length. */
  #say(): number {
    let length = 0;
    let text = '';
    this.#socket.cork();
    for (let next = this.#session.next(); next !== undefined; next = this.#session.next()) {
      length += next.length;
      if (typeof next === 'string') {
        text += next;
      } else {
        this.#write(text);
        this.#socket.write(next);
        text = '';
      }
      if (length >= connectionLimits.turnCharacters) break;
    }
    this.#write(text);
    this.#socket.uncork();
    return length;
  }

  #write(text: string): void {
    if (text !== '') this.#socket.write(text);
  }

  /** Everything that came has been answered. */
  #onSaid(): void {
    if (this.#session.over || this.#ended) this.#socket.destroySoon();
    // Who asks and asks and takes no answer is not listened to any more.
    else if (!this.#socket.writableNeedDrain) this.#socket.resume();
  }

  #onGone(): void {
    this.#session.leave();
    this.#events.onClose(this);
  }
}

/** A broken connection is closed as well; there is nothing to be done about it. */
function noteNothing(): void {}
