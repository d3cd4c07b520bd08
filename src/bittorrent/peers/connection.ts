/**
 * One connection with a wire peer, whoever dialled: handshakes, then messages until either side ends it. It owns what
 * is said and when; which peers are let in, chosen and dialled is decided by the door (`door.ts`), which blocks are
 * sent by `uploads.ts`, which are asked for by whoever the peer is for (`WirePeers`).
 *
 * Time does not pass by itself here: the door says how much has passed.
 */
import type { OpenPeerSocket, PeerSocket } from '../../io/net/peer-socket.ts';
import { WireError } from '../../protocols/wire/errors.ts';
import { WireReader, type WireSink } from '../../protocols/wire/read.ts';
import { agreement, WireSession } from '../../protocols/wire/session.ts';
import type { Block, Capabilities, Handshake, OutgoingMessage, WireMessage } from '../../protocols/wire/types.ts';
import { encodeHandshake, encodeMessage } from '../../protocols/wire/write.ts';
import { Availability } from './availability.ts';
import type { ConnectionContext, PeerRequests } from './context.ts';
import { Extensions } from './extensions.ts';
import { Liveness } from './liveness.ts';
import { answerHashRequest, capabilitiesFor, shapeOf, type WireTorrent } from './torrent.ts';
import { Uploads } from './uploads.ts';

/** What the door is told. */
export interface ConnectionEvents {
  /** Both handshakes are done; what it answers asks the peer for blocks. Throws WireError when it is not wanted. */
  onOpen(connection: WireConnection): PeerRequests;
  /** It became interested in our pieces, or is no more. */
  onInterest(connection: WireConnection): void;
  /** It has gained a piece; undefined: several. */
  onHave(connection: WireConnection, index: number | undefined): void;
  /** Called once, at the end. */
  onClose(connection: WireConnection): void;
}

/** What there is once both handshakes are done. */
interface Opened {
  readonly torrent: WireTorrent;
  readonly session: WireSession;
  readonly uploads: Uploads;
  readonly availability: Availability;
  readonly extensions: Extensions;
}

export class WireConnection implements WireSink {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #context: ConnectionContext;
  readonly #events: ConnectionEvents;
  readonly #socket: PeerSocket;
  readonly #reader = new WireReader(this);
  #torrent: WireTorrent | undefined;
  readonly #dialled: boolean;
  #opened: Opened | undefined;
  #requests: PeerRequests | undefined;
  #peerId: Buffer | undefined;
  #downloadedBytes = 0;
  #closed = false;
  readonly #liveness = new Liveness();

  /** `open`s the socket. `torrent`: what for, where we dial; undefined where we were dialled. */
  constructor(open: OpenPeerSocket, context: ConnectionContext, events: ConnectionEvents, torrent?: WireTorrent) {
    this.#context = context;
    this.#events = events;
    this.#torrent = torrent;
    this.#dialled = torrent !== undefined;
    const socketEvents = {
      onBytes: (bytes: Uint8Array) => this.#onBytes(bytes),
      onDrain: () => this.#onDrain(),
      onClose: (error: Error | undefined) => this.#onClose(error),
    };
    this.#socket = open(socketEvents);
    this.remoteAddress = this.#socket.remoteAddress;
    this.remotePort = this.#socket.remotePort;
    if (torrent !== undefined) this.#greet(torrent);
  }

  /** What was agreed on and said so far. Only once it is open. */
  get session(): WireSession {
    return this.#open.session;
  }

  get torrent(): WireTorrent {
    return this.#open.torrent;
  }

  /** The peer's own, 20 bytes. Only once it is open. */
  get peerId(): Buffer {
    if (this.#peerId === undefined) throw new Error('the handshakes are not done');
    return this.#peerId;
  }

  /** Bytes of blocks that the peer sent. */
  get downloadedBytes(): number {
    return this.#downloadedBytes;
  }

  /** Bytes of blocks that were sent to the peer. */
  get uploadedBytes(): number {
    return this.#opened?.uploads.sentBytes ?? 0;
  }

  /** Whether blocks that the peer has asked for wait to be sent. */
  get owesBlocks(): boolean {
    return (this.#opened?.uploads.waiting ?? 0) > 0;
  }

  /** Whether we dialled it, and not it us. */
  get dialled(): boolean {
    return this.#dialled;
  }

  /** Where the peer says that it can be dialled. */
  get listenPort(): number | undefined {
    return this.#opened?.extensions.peer?.port;
  }

  /** The client's own name, where it gave one. */
  get client(): string | undefined {
    return this.#opened?.extensions.peer?.client;
  }

  choke(choked: boolean): void {
    const { session, uploads } = this.#open;
    if (session.amChoking === choked) return;
    const kind = choked ? 'choke' : 'unchoke';
    this.send({ kind });
    session.sent(kind);
    // BEP 6: a choke does not silently forget what was asked for, but between those who speak it.
    if (choked) for (const block of uploads.clear()) this.#reject(block);
  }

  /** How many requests the peer lets wait, where it said so (BEP 10). */
  get requestsMax(): number | undefined {
    return this.#opened?.extensions.peer?.requestsMax;
  }

  /** Says that we have gained piece `index`. */
  announce(index: number): void {
    if (this.#open.availability.tell(index)) this.send({ kind: 'have', index });
  }

  /** Says which pieces we have gained since. To be called now and then. */
  announceGained(): void {
    for (const index of this.#open.availability.gained()) this.send({ kind: 'have', index });
  }

  send(message: OutgoingMessage): void {
    this.#liveness.said();
    if (!this.#closed) this.#socket.write(encodeMessage(message));
  }

  /** Says that `ms` have passed. */
  passed(ms: number): void {
    const overdue = this.#liveness.passed(ms, this.#opened !== undefined);
    if (overdue === 'keep-alive') this.send({ kind: 'keep-alive' });
    else if (overdue !== undefined) this.close(`it was silent for too long: no ${overdue}`);
    this.#requests?.passed(ms);
  }

  /** Ends it; `onClose` follows. */
  close(reason: string): void {
    if (this.#closed) return;
    this.#context.log.debug('wire', `closing: ${reason}`, { remote: this.remoteAddress });
    this.#socket.destroy();
  }

  onInfoHash(infoHash: Buffer): void {
    if (this.#dialled) {
      if (!this.#torrent?.infoHash.equals(infoHash))
        throw new WireError('unknown-torrent', 'it answered for another torrent');
      return;
    }
    this.#torrent = this.#context.torrentOf(infoHash);
    if (this.#torrent === undefined)
      throw new WireError('unknown-torrent', `no file has the info-hash ${infoHash.toString('hex')}`);
    this.#greet(this.#torrent);
  }

  onHandshake({ capabilities, peerId }: Handshake): void {
    const torrent = this.#torrent as WireTorrent;
    if (peerId.equals(this.#context.peerId)) throw new WireError('out-of-order', 'that is ourselves');
    const ours = capabilitiesFor(torrent);
    // Who comes by the hash of a v2 torrent speaks v2: libtorrent does not set the bit then.
    const theirs = { ...capabilities, v2: capabilities.v2 || ours.v2 };
    this.#peerId = Buffer.from(peerId);
    this.#opened = this.#begin(torrent, agreement(ours, theirs));
    this.#requests = this.#events.onOpen(this);
    // BEP 3: what we have comes before all else, also before the handshake of extensions.
    this.send(this.#opened.availability.first());
    if (this.session.agreed.extended) this.#opened.extensions.greet();
  }

  onMessage(message: WireMessage): void {
    const { session, uploads, extensions } = this.#open;
    const { count } = session.pieces;
    session.received(message);
    // What a peer says again costs nothing: a have-all of five bytes may be about half a million pieces.
    if (session.pieces.count > count) this.#events.onHave(this, message.kind === 'have' ? message.index : undefined);
    switch (message.kind) {
      case 'request':
        this.#onRequest(message);
        break;
      case 'cancel':
        if (uploads.cancel(message)) this.#reject(message);
        break;
      case 'interested':
      case 'not-interested':
        this.#events.onInterest(this);
        break;
      case 'piece':
        this.#downloadedBytes += message.bytes.length;
        this.#requests?.onPiece(message);
        break;
      case 'reject':
        this.#requests?.onReject(message);
        break;
      case 'choke':
      case 'unchoke':
        this.#requests?.onChoke();
        break;
      case 'extended':
        extensions.onMessage(message.id, message.payload);
        break;
      case 'hash-request':
        this.send(answerHashRequest(this.torrent, message));
        break;
    }
  }

  get #open(): Opened {
    if (this.#opened === undefined) throw new Error('the handshakes are not done');
    return this.#opened;
  }

  #begin(torrent: WireTorrent, agreed: Capabilities): Opened {
    const { entry } = torrent;
    const { cache, port, pace } = this.#context;
    const session = new WireSession(shapeOf(torrent), agreed);
    const output = {
      isCongested: () => this.#socket.congested,
      write: (bytes: Uint8Array, onWritten?: () => void) => {
        session.sent('piece');
        this.#write(bytes, onWritten);
      },
    };
    return {
      torrent,
      session,
      uploads: new Uploads({ entry, cache, output, pace, onLost: (block) => this.#reject(block) }),
      availability: new Availability(entry, agreed.fast),
      extensions: new Extensions({ info: torrent.info, port, send: (message) => this.send(message) }),
    };
  }

  #greet(torrent: WireTorrent): void {
    const { infoHash } = torrent;
    const capabilities = capabilitiesFor(torrent);
    this.#socket.write(encodeHandshake({ capabilities, infoHash, peerId: this.#context.peerId }));
  }

  #onRequest(block: Block): void {
    const { session, uploads, availability } = this.#open;
    const given = !session.amChoking && session.isBlock(block) && availability.has(block.index);
    if (!given || !uploads.add(block)) this.#reject(block);
  }

  /** BEP 6: every request gets an answer. Without that extension there is no way to say no. */
  #reject({ index, begin, length }: Block): void {
    if (this.session.agreed.fast) this.send({ kind: 'reject', index, begin, length });
  }

  #write(bytes: Uint8Array, onWritten?: () => void): void {
    this.#liveness.said();
    this.#socket.write(bytes, onWritten);
  }

  #onBytes(bytes: Uint8Array): void {
    this.#liveness.heard();
    try {
      this.#reader.receive(bytes);
    } catch (error) {
      if (!(error instanceof WireError)) this.#context.log.error('wire', 'a message could not be handled', {}, error);
      this.close(error instanceof WireError ? `${error.code}: ${error.message}` : 'our own fault');
    }
    if (this.#socket.congested) this.#socket.pause();
  }

  #onDrain(): void {
    this.#socket.resume();
    this.#opened?.uploads.send();
  }

  #onClose(error: Error | undefined): void {
    this.#closed = true;
    this.#opened?.uploads.clear();
    this.#requests?.fail(error?.message ?? 'the peer has gone');
    this.#events.onClose(this);
  }
}
