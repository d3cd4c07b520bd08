/**
 * The bytes of one direction to a handshake and messages, whatever pieces they arrive in. It checks what can be checked
 * without knowing the torrent: kinds, lengths, limits, all before anything is kept. The rest is `session.ts`'s.
 *
 *     const reader = new WireReader(sink);
 *     socket.on('data', (chunk) => reader.receive(chunk));
 */
import { WireError } from './errors.ts';
import { parseMessage, payloadRule } from './message.ts';
import { type Capabilities, type Handshake, protocolName, type WireMessage } from './types.ts';

/** Who gets what was read. What it throws comes out of `receive`. */
export interface WireSink {
  /**
   * The first 48 bytes are here: enough to answer, and some wait for the answer before they say who they are. Throws
   * WireError when the torrent is not known.
   */
  onInfoHash(infoHash: Buffer, capabilities: Capabilities): void;
  onHandshake(handshake: Handshake): void;
  /** The bytes of `message` are lent until this returns. */
  onMessage(message: WireMessage): void;
}

/** As much of an unknown message is skipped at a time. */
const skipBytes = 16 * 1024;

export class WireReader {
  readonly #sink: WireSink;
  /** Yields how many bytes it needs next, and is resumed with exactly those. */
  readonly #steps: Generator<number, never, Buffer>;
  #wanted: number;
  /** The beginning of what is wanted, where it did not arrive in one piece. */
  #partial = Buffer.allocUnsafe(0);
  #partialBytes = 0;

  constructor(sink: WireSink) {
    this.#sink = sink;
    this.#steps = this.#read();
    this.#wanted = this.#steps.next().value;
  }

  /** Takes the next bytes, which may be reused afterwards. Throws WireError: the connection is over then. */
  receive(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let position = 0;
    while (position < bytes.length) {
      const missing = this.#wanted - this.#partialBytes;
      const available = Math.min(missing, bytes.length - position);
      const part = bytes.subarray(position, position + available);
      position += available;
      if (available < missing) this.#keep(part);
      else this.#step(this.#partialBytes === 0 ? part : this.#complete(part));
    }
  }

  #step(bytes: Buffer): void {
    this.#wanted = this.#steps.next(bytes).value;
  }

  /** Memory is taken as bytes come, not as a length announces them. */
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
      const length = (yield 4).readUInt32BE();
      if (length === 0) this.#sink.onMessage({ kind: 'keep-alive' });
      else yield* this.#readMessage(length);
    }
  }

  /**
   * BEP 3. The name is checked byte by byte, so that one who speaks something else hears at once that nobody is here.
   */
  *#readHandshake(): Generator<number, void, Buffer> {
    for (const expected of Buffer.from(`${String.fromCharCode(protocolName.length)}${protocolName}`, 'latin1')) {
      const [byte] = yield 1;
      if (byte !== expected) throw new WireError('not-bittorrent', `expected "${protocolName}"`);
    }
    const capabilities = parseReserved(yield 8);
    const infoHash = Buffer.from(yield 20);
    this.#sink.onInfoHash(infoHash, capabilities);
    const peerId = Buffer.from(yield 20);
    this.#sink.onHandshake({ capabilities, infoHash, peerId });
  }

  *#readMessage(length: number): Generator<number, void, Buffer> {
    const id = (yield 1)[0] as number;
    const payloadBytes = length - 1;
    const { known, min, max } = payloadRule(id);
    if (payloadBytes > max)
      throw new WireError('too-long', `message ${id} of ${payloadBytes} bytes, the most is ${max}`);
    if (payloadBytes < min)
      throw new WireError('bad-length', `message ${id} of ${payloadBytes} bytes, the least is ${min}`);
    if (known) {
      this.#sink.onMessage(parseMessage(id, payloadBytes === 0 ? empty : yield payloadBytes));
      return;
    }
    for (let left = payloadBytes; left > 0; left -= Math.min(left, skipBytes)) yield Math.min(left, skipBytes);
    this.#sink.onMessage({ kind: 'unknown', id });
  }
}

const empty = Buffer.alloc(0);

/** BEP 10, 6 and 52 own these bits; what others mean is nobody's business here. */
function parseReserved(reserved: Buffer): Capabilities {
  const [, , , , , byte5 = 0, , byte7 = 0] = reserved;
  return { extended: (byte5 & 0x10) !== 0, fast: (byte7 & 0x04) !== 0, v2: (byte7 & 0x10) !== 0 };
}
