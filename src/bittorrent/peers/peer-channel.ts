/**
 * The two directions of one connection with a wire peer, and what they may cost: bytes that wait in memory, and time in
 * which nothing comes or nothing is taken. It knows of no torrent.
 */
import type { Endpoint } from '../../bytes/endpoint.ts';
import type { OpenPeerSocket, PeerSocket } from '../../io/net/peer-socket.ts';
import { WireReader, type WireSink } from '../../protocols/wire/read.ts';
import type { OutgoingMessage } from '../../protocols/wire/types.ts';
import type { ConnectionContext } from './context.ts';
import { Liveness } from './liveness.ts';
import { PeerOutput } from './peer-output.ts';
import { traceSocket } from './trace-socket.ts';
import { WireInput } from './wire-input.ts';

export interface PeerChannelOptions {
  readonly open: OpenPeerSocket;
  /** Whether we dialled the peer, and not the peer us. */
  readonly dialled: boolean;
  readonly context: ConnectionContext;
  readonly sink: WireSink;
  /** The peer has taken what waited. */
  readonly onDrain: () => void;
  /** The connection has to be closed. */
  readonly onFault: (reason: string) => void;
  /** Called once, at the end. */
  readonly onClose: (error: Error | undefined) => void;
}

export class PeerChannel {
  readonly #socket: PeerSocket;
  readonly #output: PeerOutput;
  readonly #input: WireInput;
  readonly #liveness = new Liveness();

  constructor({ open, dialled, context, sink, onDrain, onFault, onClose }: PeerChannelOptions) {
    const { connections, limits, log, trace } = context;
    this.#socket = open({
      onBytes: (bytes) => this.#onBytes(bytes),
      onDrain: () => {
        this.#input.goOn();
        onDrain();
      },
      onClose: (error) => {
        this.#input.stop();
        onClose(error);
      },
    });
    const socket = this.#socket;
    this.#output = new PeerOutput({ socket, connections, limits, onRoom: () => this.#input.goOn() });
    const reader = new WireReader(sink, traceSocket(trace, socket, dialled));
    this.#input = new WireInput({ reader, socket, isFull: () => this.#output.full, onFault, log });
  }

  /** The other end of the socket. */
  get remote(): Endpoint {
    return this.#socket.remote;
  }

  /** Whether so many blocks wait that no more should be written. */
  get congested(): boolean {
    return this.#output.congested;
  }

  /** Whether so much waits that nothing should be said that is not an answer. */
  get full(): boolean {
    return this.#output.full;
  }

  /** Sends messages other than blocks. */
  say(...messages: OutgoingMessage[]): void {
    this.#liveness.said();
    this.#output.say(...messages);
  }

  /** Writes `bytes` of a block, or of a handshake, which must stay as they are until `onWritten`. */
  write(bytes: Uint8Array, onWritten?: () => void): void {
    this.#liveness.said();
    this.#output.write(bytes, onWritten);
  }

  /**
   * Time passes: `ms` milliseconds. Returns why the connection has to be closed, if it has to. `opened`: the handshakes
   * are done.
   */
  tick(ms: number, opened: boolean): string | undefined {
    const overdue = this.#liveness.tick(ms, opened);
    if (this.#output.tick(ms)) return 'it took nothing for too long, although bytes wait for it';
    if (overdue === undefined) return undefined;
    if (overdue !== 'keep-alive') return `it was silent for too long: no ${overdue}`;
    this.say({ kind: 'keep-alive' });
    return undefined;
  }

  /** Ends it now: nothing that has come is handled any more. */
  destroy(): void {
    this.#input.stop();
    this.#socket.destroy();
  }

  #onBytes(bytes: Uint8Array): void {
    this.#liveness.heard();
    this.#input.receive(bytes);
  }
}
