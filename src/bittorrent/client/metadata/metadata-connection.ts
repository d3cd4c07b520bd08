/**
 * One connection with a wire peer that is to give the info dictionary (BEP 9, 10), and nothing else: before that
 * nothing is known of pieces. What is asked for and what is believed is decided by `MetadataPieces`; whom to connect
 * with, and for how long, by `metadata-exchange.ts`.
 *
 *     we    handshake, with the bit for extensions alone: so nothing else has to be said of pieces we do not have
 *     it    handshake, perhaps a bitfield, extended 0: d1:md11:ut_metadatai3ee13:metadata_sizei40000ee
 *     we    extended 0: d1:md11:ut_metadatai1ee..., extended 3: d8:msg_typei0e5:piecei0ee, and the next pieces
 *     it    extended 1: d8:msg_typei1e5:piecei0e10:total_sizei40000ee + 16 KiB
 *
 * Time is told to it by its owner (`tick`).
 */

import type { Socket } from 'node:net';
import type { Endpoint } from '../../../bytes/endpoint.ts';
import type { Trace } from '../../../bytes/trace.ts';
import type { Log } from '../../../io/log.ts';
import { PeerSocket } from '../../../io/net/peer-socket.ts';
import { WireError } from '../../../protocols/wire/errors.ts';
import type { ExtendedHandshake } from '../../../protocols/wire/extension.ts';
import { MetadataPieces } from '../../../protocols/wire/metadata-pieces.ts';
import { WireReader } from '../../../protocols/wire/read.ts';
import type { Handshake, OutgoingMessage, WireMessage } from '../../../protocols/wire/types.ts';
import { encodeHandshake } from '../../../protocols/wire/write.ts';
import { Extensions, type MetadataResponse } from '../../peers/extensions.ts';
import { PeerOutput } from '../../peers/peer-output.ts';
import { traceSocket } from '../../peers/trace-socket.ts';
import { WireInput } from '../../peers/wire-input.ts';

export interface MetadataContext {
  /** The info-hash of the torrent, 20 bytes. */
  readonly infoHash: Buffer;
  /** Our own peer id, 20 bytes. */
  readonly peerId: Buffer;
  /** The port at which we can be dialled; undefined when we cannot. */
  readonly port: number | undefined;
  readonly log: Log;
  readonly trace?: Trace | undefined;
}

export interface MetadataEvents {
  /** The info dictionary is complete, and its hash is the info-hash. */
  onInfo(info: Buffer): void;
  /** Called once, at the end. */
  onClose(): void;
}

export const metadataTimeouts = {
  /** From the first moment to the end of the handshakes. */
  handshakeMs: 10_000,
  /** After the handshakes, without a piece that was asked for; whatever else the peer says. */
  progressMs: 20_000,
} as const;

const capabilities = { fast: false, extended: true, v2: false };

export class MetadataConnection {
  readonly #context: MetadataContext;
  readonly #events: MetadataEvents;
  readonly #socket: PeerSocket;
  readonly #output: PeerOutput;
  readonly #input: WireInput;
  readonly #extensions: Extensions;
  #pieces: MetadataPieces | undefined;
  #opened = false;
  #ended = false;
  #ageMs = 0;
  #quietMs = 0;

  /** Takes over `socket`, which is connected with `remote` or on its way. */
  constructor(socket: Socket, remote: Endpoint, context: MetadataContext, events: MetadataEvents) {
    this.#context = context;
    this.#events = events;
    const socketEvents = {
      onBytes: (bytes: Uint8Array) => this.#input.receive(bytes),
      onDrain: () => this.#input.goOn(),
      onClose: () => this.#onClose(),
    };
    this.#socket = PeerSocket.over(socket, socketEvents, remote);
    const sink = {
      onInfoHash: (infoHash: Buffer) => this.#onInfoHash(infoHash),
      onHandshake: (handshake: Handshake) => this.#onHandshake(handshake),
      onMessage: (message: WireMessage) => this.#onMessage(message),
    };
    // A peer may ask, be refused, and not read that.
    this.#output = new PeerOutput({ socket: this.#socket, onRoom: () => this.#input.goOn() });
    this.#input = new WireInput({
      reader: new WireReader(sink, traceSocket(context.trace, this.#socket, true)),
      socket: this.#socket,
      isFull: () => this.#output.full,
      onFault: (reason) => this.close(reason),
      log: context.log,
    });
    this.#extensions = new Extensions({
      info: undefined,
      port: context.port,
      send: (message) => this.#send(message),
      onHandshake: (peer) => this.#onExtendedHandshake(peer),
      onMetadata: (answer) => this.#onAnswer(answer),
    });
    const { infoHash, peerId } = context;
    // The handshake alone: there are peers that go when more follows before they have answered.
    this.#socket.write(encodeHandshake({ capabilities, infoHash, peerId }));
  }

  /** Whether the peer has shaken hands for this torrent. */
  get opened(): boolean {
    return this.#opened;
  }

  /** Milliseconds since we dialled. */
  get ageMs(): number {
    return this.#ageMs;
  }

  /** Time passes: `ms` milliseconds. */
  tick(ms: number): void {
    this.#ageMs += ms;
    this.#quietMs += ms;
    const { handshakeMs, progressMs } = metadataTimeouts;
    if (!this.#opened && this.#quietMs >= handshakeMs) this.close('no handshake came');
    else if (this.#quietMs >= progressMs) this.close('no piece of the info dictionary came for too long');
  }

  /** Ends the connection; `onClose` follows. */
  close(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#input.stop();
    this.#context.log.debug('wire', `closing: ${reason}`, { remote: this.#socket.remote.address });
    this.#socket.destroy();
  }

  #onInfoHash(infoHash: Buffer): void {
    if (!infoHash.equals(this.#context.infoHash))
      throw new WireError('unknown-torrent', 'it answered for another torrent');
  }

  #onHandshake({ capabilities: theirs, peerId }: Handshake): void {
    if (peerId.equals(this.#context.peerId)) throw new WireError('out-of-order', 'that is ourselves');
    this.#opened = true;
    this.#quietMs = 0;
    if (theirs.extended) this.#extensions.greet();
    else this.close('it speaks no extensions');
  }

  /** Takes messages of extensions; what a peer says of pieces, chokes and the like is of no use yet. */
  #onMessage(message: WireMessage): void {
    if (!this.#ended && message.kind === 'extended') this.#extensions.onMessage(message.id, message.payload);
  }

  /** The handshake of extensions, which may come again at any time (BEP 10). */
  #onExtendedHandshake({ metadataSize }: ExtendedHandshake): void {
    if (this.#extensions.metadataId === 0 || metadataSize === undefined) {
      this.close('it has no info dictionary to give');
      return;
    }
    this.#pieces ??= new MetadataPieces(this.#context.infoHash, metadataSize);
    if (this.#pieces.size !== metadataSize)
      throw new WireError('bad-metadata', `${metadataSize} bytes of metadata, it said ${this.#pieces.size} before`);
    this.#ask();
  }

  #onAnswer(answer: MetadataResponse): void {
    if (answer.kind === 'reject') {
      this.close(`it does not give piece ${answer.piece} of the info dictionary`);
      return;
    }
    if (this.#pieces?.add(answer) !== true) return;
    this.#quietMs = 0;
    if (this.#pieces.complete) this.#events.onInfo(this.#pieces.info());
    else this.#ask();
  }

  #ask(): void {
    for (const piece of this.#pieces?.next() ?? []) this.#extensions.requestMetadata(piece);
  }

  #send(message: OutgoingMessage): void {
    if (!this.#ended) this.#output.say(message);
  }

  #onClose(): void {
    this.#ended = true;
    this.#input.stop();
    this.#events.onClose();
  }
}
