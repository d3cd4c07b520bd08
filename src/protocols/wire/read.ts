/**
 * The bytes of one direction to a handshake and messages, in whatever chunks they arrive (BEP 3, "peer protocol").
 * Checks what can be checked without knowing the torrent: kinds, lengths, limits, all before anything is kept. The
 * other rules are in `session.ts`.
 *
 *     const reader = new WireReader(sink);
 *     socket.on('data', (chunk) => reader.receive(chunk));
 */
import type { Observer } from '../../bytes/trace.ts';
import { WireError } from './errors.ts';
import { parseMessage, payloadRule } from './message.ts';
import { observeId, observeMessage, observeName, observeReserved } from './trace.ts';
import { type Capabilities, type Handshake, protocolName, reservedBits, type WireMessage } from './types.ts';

/** Takes what was read. An error that is thrown here comes out of `receive`. */
export interface WireSink {
  /**
   * The first 48 bytes have come: enough to answer, and some peers send their id only after the answer (BEP 3, "peer
   * protocol"). Throws WireError when the torrent is not known.
   */
  onInfoHash(infoHash: Buffer, capabilities: Capabilities): void;
  onHandshake(handshake: Handshake): void;
  /** The bytes of `message` are lent until this returns. */
  onMessage(message: WireMessage): void;
}

/** Bytes of an unknown message that are skipped at a time. */
const skipBytes = 16 * 1024;

export class WireReader {
  readonly #sink: WireSink;
  readonly #observe: Observer | undefined;
  /** Yields how many bytes it needs next, and is resumed with exactly those. */
  readonly #steps: Generator<number, never, Buffer>;
  #wanted: number;
  /** The beginning of the wanted bytes, where they did not arrive in one chunk. */
  #partial = Buffer.allocUnsafe(0);
  #partialBytes = 0;

  /** `observe` is told every field. */
  constructor(sink: WireSink, observe?: Observer) {
    this.#sink = sink;
    this.#observe = observe;
    this.#steps = this.#read();
    this.#wanted = this.#steps.next().value;
  }

  /**
   * Takes the next bytes, which may be reused afterwards, and returns how many it took: all, unless `isFull` says that
   * no more should be handled for now. Throws WireError, after which the connection is over.
   */
  receive(chunk: Uint8Array, isFull: () => boolean = never): number {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let position = 0;
    while (position < bytes.length && !isFull()) {
      const missing = this.#wanted - this.#partialBytes;
      const available = Math.min(missing, bytes.length - position);
      const part = bytes.subarray(position, position + available);
      position += available;
      if (available < missing) this.#keep(part);
      else this.#step(this.#partialBytes === 0 ? part : this.#complete(part));
    }
    return position;
  }

  #step(bytes: Buffer): void {
    this.#wanted = this.#steps.next(bytes).value;
  }

  /** Keeps a part of the wanted bytes. Memory is taken as bytes come, not as a length announces them. */
  #keep(part: Buffer): void {
    const needed = this.#partialBytes + part.length;
    if (this.#partial.length < needed) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, Math.min(this.#wanted, 2 * needed)));
      this.#partial.copy(larger, 0, 0, this.#partialBytes);
      this.#partial = larger;
    }
    part.copy(this.#partial, this.#partialBytes);
    this.#partialBytes = needed;
  }

  #complete(part: Buffer): Buffer {
    this.#keep(part);
    this.#partialBytes = 0;
    return this.#partial.subarray(0, this.#wanted);
  }

  *#read(): Generator<number, never, Buffer> {
    yield* this.#readHandshake();
    for (;;) {
      const lengthBytes = yield 4;
      const length = lengthBytes.readUInt32BE();
      this.#observe?.('length', lengthBytes, length);
      if (length === 0) this.#sink.onMessage({ kind: 'keep-alive' });
      else yield* this.#readMessage(length);
    }
  }

  /**
   * Reads the handshake (BEP 3, "peer protocol"). The name is checked byte by byte, so that a peer that speaks
   * something else is refused at once.
   */
  *#readHandshake(): Generator<number, void, Buffer> {
    for (const [place, expected] of handshakeStart.entries()) {
      const [byte = 0] = yield 1;
      if (byte === expected) continue;
      this.#observe?.('handshake', Buffer.concat([handshakeStart.subarray(0, place), Buffer.of(byte)]));
      throw new WireError('not-bittorrent', `expected "${protocolName}"`);
    }
    if (this.#observe !== undefined) observeName(handshakeStart, this.#observe);
    const reserved = yield 8;
    const capabilities = parseReserved(reserved);
    if (this.#observe !== undefined) observeReserved(reserved, capabilities, this.#observe);
    const infoHash = Buffer.from(yield 20);
    this.#observe?.('info_hash', infoHash, infoHash);
    this.#sink.onInfoHash(infoHash, capabilities);
    const peerId = Buffer.from(yield 20);
    this.#observe?.('peer_id', peerId, peerId);
    this.#sink.onHandshake({ capabilities, infoHash, peerId });
  }

  *#readMessage(length: number): Generator<number, void, Buffer> {
    const id = (yield 1)[0] as number;
    if (this.#observe !== undefined) observeId(id, this.#observe);
    const payloadBytes = length - 1;
    const { known, min, max } = payloadRule(id);
    if (payloadBytes > max)
      throw new WireError('too-long', `message ${id} of ${payloadBytes} bytes, the most is ${max}`);
    if (payloadBytes < min)
      throw new WireError('bad-length', `message ${id} of ${payloadBytes} bytes, the least is ${min}`);
    if (known) {
      const payload = payloadBytes === 0 ? empty : yield payloadBytes;
      const message = parseMessage(id, payload);
      if (this.#observe !== undefined) observeMessage(message, payload, this.#observe);
      this.#sink.onMessage(message);
      return;
    }
    for (let left = payloadBytes; left > 0; left -= Math.min(left, skipBytes)) yield Math.min(left, skipBytes);
    this.#observe?.('payload', payloadBytes);
    this.#sink.onMessage({ kind: 'unknown', id });
  }
}

const never = (): boolean => false;
const empty = Buffer.alloc(0);
const handshakeStart = Buffer.from(`${String.fromCharCode(protocolName.length)}${protocolName}`, 'latin1');

/** The reserved bits of BEP 6, 10 and 52; others are ignored. */
function parseReserved(reserved: Buffer): Capabilities {
  const isSet = ({ byte, mask }: { byte: number; mask: number }) => (reserved.readUInt8(byte) & mask) !== 0;
  return { fast: isSet(reservedBits.fast), extended: isSet(reservedBits.extended), v2: isSet(reservedBits.v2) };
}
