/**
 * The rules of one connection (BEP 3, "peer protocol" and "peer messages"): which message a wire peer may send when,
 * and the state that follows: choked or not, interested or not, with which pieces. It sees the messages of both sides,
 * and knows no sockets, no time and no strategy.
 *
 *     const session = new WireSession(torrent, { fast: true, extended: true, v2: false });
 *     session.received(message);      throws WireError when the message breaks a rule
 *     session.sent('unchoke');
 */
import { Bitfield } from '../../bytes/bitfield.ts';
import { WireError } from './errors.ts';
import { type Block, type Capabilities, type WireMessage, wireLimits } from './types.ts';

/** The torrent, as much of it as the rules are about. */
export interface TorrentShape {
  readonly pieces: number;
  /** The length of piece `index` in bytes. */
  readonly pieceSize: (index: number) => number;
}

/** Kinds of messages that both handshakes must have offered (BEP 6, 10, 52). */
const neededFor: Readonly<Partial<Record<WireMessage['kind'], keyof Capabilities>>> = {
  suggest: 'fast',
  'have-all': 'fast',
  'have-none': 'fast',
  reject: 'fast',
  'allowed-fast': 'fast',
  extended: 'extended',
  'hash-request': 'v2',
  hashes: 'v2',
  'hash-reject': 'v2',
};

export class WireSession {
  /** The abilities of both sides. */
  readonly agreed: Capabilities;
  /** The pieces that the peer says it has. */
  readonly pieces: Bitfield;
  readonly #torrent: TorrentShape;
  #amChoking = true;
  #amInterested = false;
  #peerChoking = true;
  #peerInterested = false;
  /** Whether the peer may still say what it has from the start. */
  #atStart = true;
  /** Whether the peer has got blocks from us. */
  #fed = false;

  /** `agreed`: the abilities that both handshakes offer. */
  constructor(torrent: TorrentShape, agreed: Capabilities) {
    this.#torrent = torrent;
    this.agreed = agreed;
    this.pieces = new Bitfield(torrent.pieces);
  }

  /** Whether we choke the peer: its requests are not answered. Both sides begin so (BEP 3, "peer protocol"). */
  get amChoking(): boolean {
    return this.#amChoking;
  }

  get amInterested(): boolean {
    return this.#amInterested;
  }

  get peerChoking(): boolean {
    return this.#peerChoking;
  }

  get peerInterested(): boolean {
    return this.#peerInterested;
  }

  /**
   * Whether the torrent has that block, and the block is not too large to be asked for. No sum overflows: all numbers
   * are below 2^32.
   */
  isBlock({ index, begin, length }: Block): boolean {
    if (index >= this.#torrent.pieces || length === 0 || length > wireLimits.blockBytesMax) return false;
    return begin + length <= this.#torrent.pieceSize(index);
  }

  /**
   * The peer has sent `message`. Throws WireError when it may not. The caller rejects requests of blocks that do not
   * exist (BEP 6, "Reject Request"); a peer without that extension cannot be told, and is at fault.
   */
  received(message: WireMessage): void {
    this.#checkAgreed(message.kind);
    switch (message.kind) {
      case 'choke':
      case 'unchoke':
        this.#peerChoking = message.kind === 'choke';
        break;
      case 'interested':
      case 'not-interested':
        this.#peerInterested = message.kind === 'interested';
        break;
      case 'bitfield':
      case 'have-all':
      case 'have-none':
        this.#receivedAll(message);
        break;
      case 'have':
        this.#checkIndex(message.index);
        this.pieces.add(message.index);
        break;
      case 'request':
        if (!this.agreed.fast && !this.isBlock(message)) throw noSuchBlock(message);
        break;
      case 'piece':
        if (!this.isBlock({ ...message, length: message.bytes.length }))
          throw noSuchBlock({ ...message, length: message.bytes.length });
        break;
      case 'suggest':
      case 'allowed-fast':
        this.#checkIndex(message.index);
        break;
    }
    // Extensions may be negotiated before it is said what one has; many clients do.
    if (message.kind !== 'extended' && message.kind !== 'keep-alive' && message.kind !== 'port') this.#atStart = false;
  }

  /** We have sent a message of that kind. */
  sent(kind: 'choke' | 'unchoke' | 'interested' | 'not-interested' | 'piece'): void {
    if (kind === 'piece') this.#fed = true;
    else if (kind === 'choke' || kind === 'unchoke') this.#amChoking = kind === 'choke';
    else this.#amInterested = kind === 'interested';
  }

  #checkAgreed(kind: WireMessage['kind']): void {
    const needed = neededFor[kind];
    if (needed !== undefined && !this.agreed[needed])
      throw new WireError('not-negotiated', `${kind} was not agreed on in the handshakes`);
  }

  #checkIndex(index: number): void {
    const { pieces } = this.#torrent;
    if (index >= pieces) throw new WireError('bad-index', `piece ${index} of a torrent of ${pieces} pieces`);
  }

  #receivedAll(message: Extract<WireMessage, { kind: 'bitfield' | 'have-all' | 'have-none' }>): void {
    // BEP 3, "peer messages": only as the first message. aria2 sends it again instead of many haves while it downloads.
    const again = this.#fed && message.kind !== 'have-none';
    if (!this.#atStart && !again) throw new WireError('out-of-order', `${message.kind} must be the first message`);
    if (message.kind === 'bitfield') this.#receivedBitfield(message.bits);
    else if (message.kind === 'have-all' && !this.pieces.full)
      for (let index = 0; index < this.pieces.size; index += 1) this.pieces.add(index);
  }

  /** Takes one bit a piece, the highest of the first byte for piece 0; spare bits are zero (BEP 3, "peer messages"). */
  #receivedBitfield(bits: Buffer): void {
    const bytes = this.pieces.bytes.length;
    if (bits.length !== bytes)
      throw new WireError('bad-bitfield', `a bitfield of ${bits.length} bytes, it must have ${bytes}`);
    const spare = 8 * bytes - this.pieces.size;
    if (((bits.at(-1) ?? 0) & ((1 << spare) - 1)) !== 0)
      throw new WireError('bad-bitfield', 'a bit is set beyond the last piece');
    for (let index = 0; index < this.pieces.size; index += 1)
      if (((bits[index >>> 3] as number) & (0x80 >>> (index & 7))) !== 0) this.pieces.add(index);
  }
}

/** The abilities that two handshakes agree on. */
export function agreement(a: Capabilities, b: Capabilities): Capabilities {
  return { fast: a.fast && b.fast, extended: a.extended && b.extended, v2: a.v2 && b.v2 };
}

function noSuchBlock({ index, begin, length }: Block): WireError {
  return new WireError('bad-index', `there is no block of ${length} bytes at ${begin} of piece ${index}`);
}
