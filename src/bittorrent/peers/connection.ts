/**
 * One connection with a wire peer, whoever dialled: handshakes, then messages until either side ends it. It owns what
 * is said and when. The listener, which tells the time (`tick`), lets peers in, chooses and dials them, and gives the
 * `PeerRequests` that ask for blocks; `uploads.ts` sends them.
 */
import type { Endpoint } from '../../bytes/endpoint.ts';
import type { OpenPeerSocket } from '../../io/net/peer-socket.ts';
import { WireError } from '../../protocols/wire/errors.ts';
import type { WireSink } from '../../protocols/wire/read.ts';
import { agreement, WireSession } from '../../protocols/wire/session.ts';
import type { Block, Capabilities, Handshake, OutgoingMessage, WireMessage } from '../../protocols/wire/types.ts';
import { encodeHandshake } from '../../protocols/wire/write.ts';
import { Availability } from './availability.ts';
import type { ConnectionContext, PeerRequests } from './context.ts';
import { Extensions } from './extensions.ts';
import { PeerChannel } from './peer-channel.ts';
import { answerHashRequest, capabilitiesFor, shapeOf, type WireTorrent } from './torrent.ts';
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
  readonly #channel: PeerChannel;
  #torrent: WireTorrent | undefined;
  #opened: Opened | undefined;
  #requests: PeerRequests | undefined;
  #downloadedBytes = 0;
  #closed = false;

  /** `open` opens the socket; `torrent` is what we dial for, undefined where we were dialled. */
  constructor(open: OpenPeerSocket, context: ConnectionContext, events: ConnectionEvents, torrent?: WireTorrent) {
    this.#context = context;
    this.#events = events;
    this.#torrent = torrent;
    this.dialled = torrent !== undefined;
    const sink: WireSink = {
      onInfoHash: (infoHash) => this.#onInfoHash(infoHash),
      onHandshake: (handshake) => this.#onHandshake(handshake),
      onMessage: (message) => this.#onMessage(message),
    };
    this.#channel = new PeerChannel({
      open,
      dialled: this.dialled,
      context,
      sink,
      onDrain: () => this.#onDrain(),
      onFault: (reason) => this.close(reason),
      onClose: (error) => this.#onClose(error),
    });
    this.remote = this.#channel.remote;
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

  /** Bytes of blocks that the peer has taken, or the system for it. */
  get takenBytes(): number {
    return this.#opened?.uploads.takenBytes ?? 0;
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

  /** The pieces of ours that the peer is told of. To be used only after both handshakes. */
  get availability(): Availability {
    return this.#open.availability;
  }

  send(...messages: OutgoingMessage[]): void {
    if (!this.#closed) this.#channel.say(...messages);
  }

  /** Time passes: `ms` milliseconds. */
  tick(ms: number): void {
    const fault = this.#channel.tick(ms, this.#opened !== undefined);
    if (fault !== undefined) this.close(fault);
    this.#opened?.availability.announceOwed();
    this.#requests?.tick(ms);
  }

  /** Ends the connection; `onClose` follows. */
  close(reason: string): void {
    if (this.#closed) return;
    this.#context.log.debug('wire', `closing: ${reason}`, { remote: this.remote.address });
    this.#channel.destroy();
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
      isCongested: () => this.#channel.congested,
      write: (bytes: Uint8Array, onWritten?: () => void) => {
        session.sent('piece');
        this.#channel.write(bytes, onWritten);
      },
    };
    return {
      peerId,
      torrent,
      session,
      uploads: new Uploads({ content, cache, output, pace, onLost: (block) => this.#reject(block) }),
      availability: new Availability(content, agreed.fast, {
        isFull: () => this.#channel.full,
        send: (...haves) => this.send(...haves),
      }),
      extensions: new Extensions({ info: torrent.info, port, send: (message) => this.send(message) }),
    };
  }

  #greet(torrent: WireTorrent): void {
    const { peerId } = this.#context;
    this.#channel.write(
      encodeHandshake({ capabilities: capabilitiesFor(torrent), infoHash: torrent.infoHash, peerId }),
    );
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

  #onDrain(): void {
    this.#opened?.availability.announceOwed();
    this.#opened?.uploads.send();
  }

  #onClose(error: Error | undefined): void {
    this.#closed = true;
    this.#opened?.uploads.clear();
    this.#requests?.onClose(error?.message ?? 'the peer has gone');
    this.#events.onClose(this);
  }
}
