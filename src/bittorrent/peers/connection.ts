/**
 * One connection with a wire peer, whoever dialled: handshakes, then messages until either side ends it. It owns what
 * is said and when. The listener, which tells the time (`tick`), lets peers in, chooses and dials them, and gives the
 * `PeerRequests` that ask for blocks; `uploads.ts` sends them.
 */
import type { Endpoint } from '../../bytes/endpoint.ts';
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
import { receive } from './receive.ts';
import { answerHashRequest, capabilitiesFor, shapeOf, type WireTorrent } from './torrent.ts';
import { traceSocket } from './trace-socket.ts';
import { Uploads } from './uploads.ts';

/** The events of a connection, and the questions that it has, for its listener. */
export interface ConnectionEvents {
  /** Both handshakes are done. Returns what asks the peer for blocks; throws WireError when the peer is not wanted. */
  onOpen(connection: WireConnection): PeerRequests;
  /** The peer became interested in our pieces, or is no more. */
  onInterest(connection: WireConnection): void;
  /** Whether a peer that has every piece is kept. */
  isUseful(connection: WireConnection): boolean;
  /** Called once, at the end. */
  onClose(connection: WireConnection): void;
}

/** The parts of a connection that exist once both handshakes are done. */
interface Opened {
  readonly peerId: Buffer;
  readonly torrent: WireTorrent;
  readonly session: WireSession;
  readonly uploads: Uploads;
  readonly availability: Availability;
  readonly extensions: Extensions;
}

export class WireConnection {
  /** The other end of the socket. */
  readonly remote: Endpoint;
  /** Whether we dialled the peer, and not the peer us. */
  readonly dialled: boolean;
  readonly #context: ConnectionContext;
  readonly #events: ConnectionEvents;
  readonly #socket: PeerSocket;
  readonly #reader: WireReader;
  #torrent: WireTorrent | undefined;
  #opened: Opened | undefined;
  #requests: PeerRequests | undefined;
  #downloadedBytes = 0;
  #closed = false;
  readonly #liveness = new Liveness();

  /** `open` opens the socket; `torrent` is what we dial for, undefined where we were dialled. */
  constructor(open: OpenPeerSocket, context: ConnectionContext, events: ConnectionEvents, torrent?: WireTorrent) {
    this.#context = context;
    this.#events = events;
    this.#torrent = torrent;
    this.dialled = torrent !== undefined;
    this.#socket = open({
      onBytes: (bytes) => this.#onBytes(bytes),
      onDrain: () => this.#onDrain(),
      onClose: (error) => this.#onClose(error),
    });
    this.remote = this.#socket.remote;
    const sink: WireSink = {
      onInfoHash: (infoHash) => this.#onInfoHash(infoHash),
      onHandshake: (handshake) => this.#onHandshake(handshake),
      onMessage: (message) => this.#onMessage(message),
    };
    this.#reader = new WireReader(sink, traceSocket(context.trace, this.#socket, this.dialled));
    if (torrent !== undefined) this.#greet(torrent);
  }

  /** The state of the connection. To be read only after both handshakes. */
  get session(): WireSession {
    return this.#open.session;
  }

  /** The torrent that the connection is for. To be read only after both handshakes. */
  get torrent(): WireTorrent {
    return this.#open.torrent;
  }

  /** The peer's id, 20 bytes. To be read only after both handshakes. */
  get peerId(): Buffer {
    return this.#open.peerId;
  }

  /** Bytes of blocks that the peer sent. */
  get downloadedBytes(): number {
    return this.#downloadedBytes;
  }

  /** Bytes of blocks that were sent to the peer. */
  get uploadedBytes(): number {
    return this.#opened?.uploads.sentBytes ?? 0;
  }

  /** Bytes of blocks that went either way, and were taken. */
  get exchangedBytes(): number {
    return this.#downloadedBytes + (this.#opened?.uploads.takenBytes ?? 0);
  }

  /**
   * The merit of the peer, bytes since it came: what it gave us while we download, what it took from us when we have
   * everything (BEP 3, "peer messages").
   */
  get meritBytes(): number {
    return this.torrent.content.complete ? (this.#opened?.uploads.takenBytes ?? 0) : this.#downloadedBytes;
  }

  /** Whether blocks that the peer has asked for wait to be sent. */
  get owesBlocks(): boolean {
    return (this.#opened?.uploads.waiting ?? 0) > 0;
  }

  /** The port at which the peer says that it can be dialled (BEP 10, `p`). */
  get listenPort(): number | undefined {
    return this.#opened?.extensions.peer?.port;
  }

  /** The name of the peer's client, where it gave one (BEP 10, `v`). */
  get client(): string | undefined {
    return this.#opened?.extensions.peer?.client;
  }

  /** Chokes the peer, or unchokes it (BEP 3, "peer protocol"). */
  choke(choked: boolean): void {
    const { session, uploads } = this.#open;
    if (session.amChoking === choked) return;
    const kind = choked ? 'choke' : 'unchoke';
    this.send({ kind });
    session.sent(kind);
    // BEP 6, "Reject Request": between peers that speak it a choke does not silently forget requests.
    if (choked) for (const block of uploads.clear()) this.#reject(block);
  }

  /** The number of requests that the peer queues, where it said so (BEP 10, `reqq`). */
  get requestsMax(): number | undefined {
    return this.#opened?.extensions.peer?.requestsMax;
  }

  /** Tells the peer that we have gained piece `index`. */
  announce(index: number): void {
    if (this.#open.availability.tell(index)) this.send({ kind: 'have', index });
  }

  /** Tells the peer of all pieces that we have gained since. */
  announceGained(): void {
    for (const index of this.#open.availability.gained()) this.send({ kind: 'have', index });
  }

  send(message: OutgoingMessage): void {
    this.#liveness.said();
    if (!this.#closed) this.#socket.write(encodeMessage(message));
  }

  /** Time passes: `ms` milliseconds. */
  tick(ms: number): void {
    const overdue = this.#liveness.tick(ms, this.#opened !== undefined);
    if (overdue === 'keep-alive') this.send({ kind: 'keep-alive' });
    else if (overdue !== undefined) this.close(`it was silent for too long: no ${overdue}`);
    this.#requests?.tick(ms);
  }

  /** Ends the connection; `onClose` follows. */
  close(reason: string): void {
    if (this.#closed) return;
    this.#context.log.debug('wire', `closing: ${reason}`, { remote: this.remote.address });
    this.#socket.destroy();
  }

  #onInfoHash(infoHash: Buffer): void {
    if (this.dialled) {
      if (!this.#torrent?.infoHash.equals(infoHash))
        throw new WireError('unknown-torrent', 'it answered for another torrent');
      return;
    }
    this.#torrent = this.#context.torrentOf(infoHash);
    if (this.#torrent === undefined)
      throw new WireError('unknown-torrent', `no file has the info-hash ${infoHash.toString('hex')}`);
    this.#greet(this.#torrent);
  }

  #onHandshake({ capabilities, peerId }: Handshake): void {
    const torrent = this.#torrent as WireTorrent;
    if (peerId.equals(this.#context.peerId)) throw new WireError('out-of-order', 'that is ourselves');
    const ours = capabilitiesFor(torrent);
    // A peer that comes by the hash of a v2 torrent speaks v2: libtorrent does not set the bit then.
    const theirs = { ...capabilities, v2: capabilities.v2 || ours.v2 };
    this.#opened = this.#begin(torrent, Buffer.from(peerId), agreement(ours, theirs));
    this.#requests = this.#events.onOpen(this);
    // BEP 3, "peer messages": the bitfield comes before all else, also before the handshake of extensions.
    this.send(this.#opened.availability.first());
    if (this.session.agreed.extended) this.#opened.extensions.greet();
  }

  #onMessage(message: WireMessage): void {
    const { session, uploads, extensions } = this.#open;
    const { count } = session.pieces;
    session.received(message);
    // What a peer says again costs nothing: a have-all of five bytes may be about half a million pieces.
    if (session.pieces.count > count) this.#onHave(message.kind === 'have' ? message.index : undefined);
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

  #begin(torrent: WireTorrent, peerId: Buffer, agreed: Capabilities): Opened {
    const { content } = torrent;
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
      peerId,
      torrent,
      session,
      uploads: new Uploads({ content, cache, output, pace, onLost: (block) => this.#reject(block) }),
      availability: new Availability(content, agreed.fast),
      extensions: new Extensions({ info: torrent.info, port, send: (message) => this.send(message) }),
    };
  }

  #greet(torrent: WireTorrent): void {
    const { peerId } = this.#context;
    this.#socket.write(encodeHandshake({ capabilities: capabilitiesFor(torrent), infoHash: torrent.infoHash, peerId }));
  }

  #onHave(pieceIndex: number | undefined): void {
    if (this.session.pieces.full && !this.#events.isUseful(this)) this.close('both have everything');
    else this.#requests?.onHave(pieceIndex);
  }

  #onRequest(block: Block): void {
    const { session, uploads, availability } = this.#open;
    const given = !session.amChoking && session.isBlock(block) && availability.has(block.index);
    if (!given || !uploads.add(block)) this.#reject(block);
  }

  /** Refuses a block (BEP 6, "Reject Request"); without that extension there is no way to say no. */
  #reject({ index, begin, length }: Block): void {
    if (this.session.agreed.fast) this.send({ kind: 'reject', index, begin, length });
  }

  #write(bytes: Uint8Array, onWritten?: () => void): void {
    this.#liveness.said();
    this.#socket.write(bytes, onWritten);
  }

  #onBytes(bytes: Uint8Array): void {
    this.#liveness.heard();
    const fault = receive(this.#reader, bytes, this.#context.log);
    if (fault !== undefined) this.close(fault);
    if (this.#socket.congested) this.#socket.pause();
  }

  #onDrain(): void {
    this.#socket.resume();
    this.#opened?.uploads.send();
  }

  #onClose(error: Error | undefined): void {
    this.#closed = true;
    this.#opened?.uploads.clear();
    this.#requests?.onClose(error?.message ?? 'the peer has gone');
    this.#events.onClose(this);
  }
}
