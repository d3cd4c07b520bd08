/**
 * Registers storage peers: opens sessions with them, notices when those end, and tries peers that are offline again. It
 * decides nothing about pieces. The table is `known-peers.ts`, the times of tries `peer-retries.ts`, what becomes of
 * the lists that peers send `peer-lists.ts`, how peers are forgotten `peer-forgetting.ts`.
 */

import type { Clock } from '../../async/clock.ts';
import { KeyedLock } from '../../async/keyed-lock.ts';
import { CodedError, errorText } from '../../bytes/coded-error.ts';
import type { PeerId } from '../../bytes/ids.ts';
import { FifoError } from '../../io/fifo/error.ts';
import type { Log } from '../../io/log.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Ledger } from '../catalog/ledger.ts';
import type { DownPeers } from '../holders/down-peers.ts';
import { type HeldFile, type HolderError, tempHolderId } from '../holders/holder.ts';
import { type KnownPeer, KnownPeers, type Peer, type PeerSession } from './known-peers.ts';
import type { PassingPeers } from './passing-peers.ts';
import { PeerForgetting } from './peer-forgetting.ts';
import { listIfAlive, PeerLists, type Registered } from './peer-lists.ts';
import { PeerRetries } from './peer-retries.ts';

/** Opens a session with the peer whose FIFOs lie in `directory`. Fails with HolderError or FifoError. */
export type OpenSession = (
  id: PeerId,
  directory: string,
  onClose: (reason: HolderError) => void,
) => Promise<PeerSession>;

/** The collaborators of the registry. */
export interface RegistryContext {
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  /** The real path of a folder that a peer names, if peers may be there. Fails with FifoError. */
  readonly checkDirectory: (directory: string) => Promise<string>;
  readonly openSession: OpenSession;
  /** The real path of a folder; the path itself when there is no such folder. */
  readonly realDirectory: (directory: string) => Promise<string>;
  /** The path of a peer's folder as the ledger remembers it: the same when the server's folder is moved as a whole. */
  readonly rememberedPath: (directory: string) => Promise<string>;
  /** Called when a peer has come online, after the catalog knows what it has. */
  readonly onOnline: () => void;
  /** The peers that are down, kept up to date by the registry. */
  readonly downPeers: DownPeers;
  /** The peers that kept nothing, kept up to date by the registry. */
  readonly passingPeers: PassingPeers;
  /** Called when the grace period of peers is over: what they had should be copied from others. */
  readonly onOut: () => void;
  readonly log: Log;
  readonly clock: Pick<Clock, 'now'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A peer cannot be registered; `code` says why, `message` tells it to a person. */
export class RegistrationError extends CodedError<'taken' | 'bad-path' | 'nobody'> {}

/** A peer that the configuration names. */
export interface ConfiguredPeer {
  readonly id: PeerId;
  readonly directory: string;
}

/** The storage peers, and the sessions with those that are online. */
export class PeerRegistry {
  readonly #context: RegistryContext;
  readonly #peers = new KnownPeers();
  readonly #retries = new PeerRetries();
  readonly #lists: PeerLists;
  readonly #locks = new KeyedLock<PeerId>();
  readonly #forgetting: PeerForgetting;
  #closed = false;

  constructor(context: RegistryContext) {
    this.#context = context;
    this.#forgetting = new PeerForgetting(context, this.#peers, this.#retries);
    this.#lists = new PeerLists(context.catalog, context.ledger, context.log);
  }

  /** The session with an online peer. */
  get(id: PeerId): PeerSession | undefined {
    return this.#peers.get(id)?.session;
  }

  /** The sessions with all online peers. */
  online(): PeerSession[] {
    return this.#peers.sessions();
  }

  /** Every peer that is online, or was, or is expected. */
  all(): KnownPeer[] {
    return this.#peers.list(this.#context.now());
  }

  /** Adds a peer that is tried again and again until it is there. */
  expect(id: PeerId, directory: string): void {
    if (this.#peers.get(id) !== undefined) return;
    this.#peers.getOrAdd(id, directory);
    this.#context.downPeers.expected(id);
  }

  /**
   * Expects the peers of the configuration, which replace those of an earlier one. Its word on a folder counts for more
   * than where a peer has been; a peer that is online stays where it is until it goes.
   */
  configure(peers: readonly ConfiguredPeer[]): void {
    this.#forgetting.configured = new Set(peers.map(({ id }) => id));
    for (const { id, directory } of peers) {
      this.expect(id, directory);
      const peer = this.#peers.get(id);
      if (peer !== undefined && peer.session === undefined) peer.directory = directory;
      this.#context.passingPeers.delete(id);
    }
  }

  /** Has `listener` called for each peer that is forgotten, to forget what it knows of it. */
  onForgotten(listener: (id: PeerId) => void): void {
    this.#forgetting.listeners.push(listener);
  }

  /**
   * Forgets a peer that is offline: what it has counts no more, what it had still to drop is owed no more, and it is
   * tried no more. If it registers again, it is a newcomer. Fails with ForgetError.
   */
  forget(id: PeerId): Promise<void> {
    return this.#locks.run(id, () => this.#forgetting.forget(id));
  }

  /**
   * Opens a session with the peer, asks what it has, and counts on it from now on. Registering again with the same
   * folder is no error (a datagram may come twice). Fails with RegistrationError.
   */
  register(id: PeerId, directory: string): Promise<Registered> {
    return this.#locks.run(id, () => this.#register(id, directory));
  }

  /**
   * Tries to reach the peers that are offline and whose time has come, and notices those whose grace period is over.
   * Called every second or so.
   */
  async tick(): Promise<void> {
    if (this.#closed) return;
    this.#noticeOut();
    // A session that ends meanwhile is told in the next HELLO.
    for (const session of this.online()) session.tellEpoch?.().catch(() => undefined);
    await this.#forgetting.forgetPassing((id) => this.forget(id));
    const due = this.#peers.offline().filter(({ id }) => this.#retries.isDue(id, this.#context.clock.now()));
    await Promise.all(due.map((peer) => this.#retry(peer)));
  }

  /** Takes on no more peers, and tries none. */
  retire(): void {
    this.#closed = true;
  }

  /** Ends all sessions. */
  close(): void {
    this.retire();
    for (const session of this.online()) session.close();
  }

  async #register(id: PeerId, directory: string): Promise<Registered> {
    if (id === tempHolderId) throw new RegistrationError('taken', `"${id}" is the server's own store`);
    const path = await this.#checkPath(directory);
    const peer = this.#peers.get(id);
    if (peer !== undefined) await this.#assertOwner(peer, path);
    if (peer?.session !== undefined) {
      const { session } = peer;
      const list = await listIfAlive(session);
      // It may have gone while its list was read.
      const held = peer.session === session ? list : undefined;
      if (held !== undefined) return this.#lists.take(session, held);
      session.close();
    }
    const owner = this.#peers.onlineAt(path);
    if (owner !== undefined && owner.id !== id) {
      throw new RegistrationError('taken', `the live peer "${owner.id}" is at ${path}`);
    }
    return this.#open(id, path);
  }

  /** An id belongs to the folder that had it first, whether a peer is there just now or not. */
  async #assertOwner({ id, directory, session }: Peer, path: string): Promise<void> {
    const owner = await this.#context.realDirectory(directory);
    if (owner === path) return;
    const end = session === undefined ? '' : 'end that one, and ';
    const ways = this.#forgetting.configured.has(id)
      ? 'the configuration says so: change it there, or use another id'
      : `use another id or that folder; or ${end}forget it first: rivulet peers forget ${id}`;
    const state = session === undefined ? 'offline' : 'online';
    throw new RegistrationError('taken', `"${id}" is the peer at ${directory} (${state}), not at ${path}; ${ways}`);
  }

  async #checkPath(directory: string): Promise<string> {
    try {
      return await this.#context.checkDirectory(directory);
    } catch (error) {
      if (error instanceof FifoError) throw new RegistrationError('bad-path', error.message, { cause: error });
      throw error;
    }
  }

  async #open(id: PeerId, path: string): Promise<Registered> {
    const { openSession, log } = this.#context;
    let over: HolderError | undefined;
    let counted = false;
    const session = await openSession(id, path, (reason) => {
      over = reason; // it may be over before `session` is assigned
      const peer = this.#peers.get(id);
      if (counted && peer?.session === session) this.#onClose(peer, reason);
    }).catch((error) => {
      throw new RegistrationError('nobody', `nobody answers at ${path}: ${errorText(error)}`, { cause: error });
    });
    const held = await this.#introduce(session, path);
    if (held === undefined || over !== undefined || this.#closed) {
      session.close();
      throw new RegistrationError('nobody', `"${id}" went away while it was asked what it has`);
    }
    counted = true;
    const registered = this.#onOpen(session, path, held);
    log.info('ipc', 'peer online', { peer: id, path, ...registered });
    this.#context.onOnline();
    return registered;
  }

  /**
   * Asks a newcomer what it has; undefined when it does not answer. The ledger knows the peer before anything is given
   * to it: what it must drop later is remembered for peers that are known.
   */
  async #introduce(session: PeerSession, path: string): Promise<HeldFile[] | undefined> {
    const held = await listIfAlive(session);
    if (held === undefined) return undefined;
    try {
      const { ledger, rememberedPath } = this.#context;
      await ledger.rememberPeer(session.id, await rememberedPath(path));
      return held;
    } catch (error) {
      session.close();
      throw error;
    }
  }

  #onOpen(session: PeerSession, path: string, held: readonly HeldFile[]): Registered {
    const peer = this.#peers.getOrAdd(session.id, path);
    peer.directory = path;
    peer.session = session;
    peer.lastSeenMs = this.#context.now();
    this.#context.downPeers.returned(peer.id);
    this.#context.passingPeers.delete(peer.id);
    return this.#lists.take(session, held);
  }

  #onClose(peer: Peer, reason: HolderError): void {
    const { catalog, downPeers, log, clock, now } = this.#context;
    peer.session = undefined;
    peer.lastSeenMs = now();
    this.#retries.left(peer.id, clock.now());
    catalog.setOnline(peer.id, false);
    downPeers.left(peer.id);
    this.#forgetting.left(peer.id);
    log[this.#closed ? 'info' : 'warn']('ipc', `peer offline: ${reason.message}`, { peer: peer.id, code: reason.code });
  }

  #noticeOut(): void {
    const { downPeers, log, onOut } = this.#context;
    const out = downPeers.tick();
    if (out.length === 0) return;
    log.info('swarm', 'peers are missed: what they had is copied from others', { peers: out.join(' ') });
    onOut();
  }

  async #retry(peer: Peer): Promise<void> {
    const { id, directory } = peer;
    try {
      await this.#locks.run(id, async () => {
        if (this.#peers.get(id) === peer) await this.#register(id, directory);
      });
    } catch (error) {
      if (!(error instanceof RegistrationError)) throw error;
      this.#context.log.debug('ipc', `still away: ${error.message}`, { peer: id });
      this.#retries.failed(id, this.#context.clock.now());
    }
  }
}
