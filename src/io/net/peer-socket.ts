/**
 * The socket of a wire peer: bytes in, bytes out, how much waits to be taken, and one end, whatever the cause. It knows
 * nothing of what the bytes mean.
 */

import type { Socket } from 'node:net';
import type { Endpoint } from '../../bytes/endpoint.ts';
import { socketAddress } from '../../bytes/ip.ts';
import { connectShared, readPlainly, readShared } from './shared-reads.ts';

export interface PeerSocketEvents {
  /** `bytes` may be reused after this returns. */
  onBytes(bytes: Uint8Array): void;
  /** The other side has taken what waited. */
  onDrain(): void;
  /** Called once. Nothing is read or written any more. `error` where it broke. */
  onClose(error: Error | undefined): void;
}

/** Opens a socket that tells `events` of what happens. */
export type OpenPeerSocket = (events: PeerSocketEvents) => PeerSocket;

export class PeerSocket {
  /** The other end. */
  readonly remote: Endpoint;
  /** Sees all bytes that are sent. */
  onSending: ((bytes: Uint8Array) => void) | undefined;
  readonly #socket: Socket;
  #corked = false;

  /** Takes over a socket that was accepted, by a server with `pauseOnConnect` and `allowHalfOpen`. */
  static accepted(socket: Socket, events: PeerSocketEvents): PeerSocket {
    const remote = remoteOf(socket);
    return new PeerSocket(
      readShared(socket, (bytes) => events.onBytes(bytes)),
      events,
      remote,
    );
  }

  /** Dials `remote`. */
  static dialled(remote: Endpoint, events: PeerSocketEvents): PeerSocket {
    const socket = connectShared({ host: remote.address, port: remote.port }, (bytes) => events.onBytes(bytes));
    return new PeerSocket(socket, events, remote);
  }

  /** Takes over any other socket, connected with `remote` or on its way. */
  static over(socket: Socket, events: PeerSocketEvents, remote: Endpoint): PeerSocket {
    return new PeerSocket(
      readPlainly(socket, (bytes) => events.onBytes(bytes)),
      events,
      remote,
    );
  }

  private constructor(socket: Socket, events: PeerSocketEvents, remote: Endpoint) {
    this.#socket = socket;
    this.remote = remote;
    let failure: Error | undefined;
    socket.setNoDelay(true);
    socket.on('drain', () => events.onDrain());
    socket.on('end', () => socket.destroy());
    socket.on('error', (error) => {
      failure = error;
    });
    socket.on('close', () => events.onClose(failure));
  }

  /** Bytes that wait to be taken by the other side, or the system for it. */
  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  /** Bytes that were taken. */
  get takenBytes(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }

  /**
   * Writes `bytes`, which must stay as they are until `onWritten` is called (also when they cannot be sent any more).
   */
  write(bytes: Uint8Array, onWritten?: () => void): void {
    this.onSending?.(bytes);
    this.#corkForNow();
    this.#socket.write(bytes, onWritten && (() => onWritten()));
  }

  /** Stops reading, until `resume`. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  /** Sends what was written, and ends the connection. */
  end(): void {
    this.#socket.destroySoon();
  }

  /** Ends the connection now. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Has all that is written in this turn of the event loop leave in one call. */
  #corkForNow(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    setImmediate(() => {
      this.#corked = false;
      this.#socket.uncork();
    });
  }
}

/** The other end of `socket`. */
function remoteOf({ remoteAddress, remotePort = 0 }: Socket): Endpoint {
  return { address: socketAddress(remoteAddress), port: remotePort };
}
