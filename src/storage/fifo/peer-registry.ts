/**
 * Which storage peers there are, and the sessions with those that are online. It opens sessions, notices their end,
 * tries those that are away again, and tells the catalog what each has; it decides nothing about pieces.
 */

import { KeyedLock } from '../../async/keyed-lock.ts';
import { CodedError, errorText } from '../../bytes/coded-error.ts';
import type { PeerId } from '../../bytes/ids.ts';
import { FifoError } from '../../io/fifo/error.ts';
import type { Log } from '../../io/log.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Ledger } from '../catalog/ledger.ts';
import type { DownPeers } from '../holders/down-peers.ts';
import { type HeldFile, HolderError, type StoringHolder, tempHolderId } from '../holders/holder.ts';

/** A peer that is online. */
export interface PeerSession extends StoringHolder {
  /** Ends it; the `onClose` that it was opened with is told. */
  close(): void;
}

/** Opens a session with the peer whose FIFOs lie in `directory`. Fails with HolderError or FifoError. */
export type OpenSession = (
  id: PeerId,
  directory: string,
  onClose: (reason: HolderError) => void,
) => Promise<PeerSession>;

export interface RegistryContext {
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  /** The real path of a folder that a peer names, if peers may be there. Fails with FifoError. */
  readonly checkDirectory: (directory: string) => Promise<string>;
  readonly openSession: OpenSession;
  /** Called when a peer has come online, after the catalog knows what it has. */
  readonly onOnline: () => void;
  /** Kept up to date here. */
  readonly downPeers: DownPeers;
  /** Called when peers have been away for so long that what they had should be copied from others. */
  readonly onOut: () => void;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A peer cannot be registered; `code` says why, `message` tells it to a person. */
export class RegistrationError extends CodedError<'taken' | 'bad-path' | 'nobody'> {}

export interface KnownPeer {
  readonly id: PeerId;
  readonly directory: string;
  readonly online: boolean;
  /** Milliseconds since 1970; null for one that never answered. */
  readonly lastSeenMs: number | null;
}

/** What a peer had to offer when it registered. */
export interface Registered {
  readonly files: number;
  readonly pieces: number;
}

interface Peer {
  readonly id: PeerId;
  directory: string;
  session: PeerSession | undefined;
  lastSeenMs: number | null;
  /** When to try again, and how long to wait after that. */
  retryAtMs: number;
  retryDelayMs: number;
}

/**
 * A peer that comes back registers by itself; these tries are for those that cannot (shell peers, a peer that missed
 * us).
 */
const retryDelayMinMs = 1000;
const retryDelayMaxMs = 30_000;

export class PeerRegistry {
  readonly #context: RegistryContext;
  readonly #peers = new Map<PeerId, Peer>();
  readonly #locks = new KeyedLock<PeerId>();
  #closed = false;

  constructor(context: RegistryContext) {
    this.#context = context;
  }

  /** The session with an online peer. */
  get(id: PeerId): PeerSession | undefined {
    return this.#peers.get(id)?.session;
  }

  /** The sessions with all online peers. */
  online(): PeerSession[] {
    return [...this.#peers.values()].flatMap(({ session }) => session ?? []);
  }

  /** Every peer that is online, or was, or is expected. */
  all(): KnownPeer[] {
    return [...this.#peers.values()].map((peer) => ({
      id: peer.id,
      directory: peer.directory,
      online: peer.session !== undefined,
      lastSeenMs: peer.session === undefined ? peer.lastSeenMs : this.#context.now(),
    }));
  }

  /** A peer that should be tried again and again until it is there. */
  expect(id: PeerId, directory: string): void {
    if (this.#peers.has(id)) return;
    this.#peers.set(id, newPeer(id, directory));
    this.#context.downPeers.expected(id);
  }

  /**
   * Opens a session with the peer, asks what it has, and counts on it from now on. Registering again with the same
   * folder is no error (a datagram may come twice). Fails with RegistrationError.
   */
  register(id: PeerId, directory: string): Promise<Registered> {
    return this.#locks.run(id, () => this.#register(id, directory));
  }

  /**
   * Tries to reach the peers that are away and whose time has come, and notices those that have been away for too long.
   * To be called every second or so.
   */
  async retry(): Promise<void> {
    if (this.#closed) return;
    this.#noticeMissed();
    const due = [...this.#peers.values()].filter(
      (peer) => peer.session === undefined && peer.retryAtMs <= this.#context.now(),
    );
    await Promise.all(due.map((peer) => this.#retryOne(peer)));
  }

  /** Takes on no more peers; those that go are not missed. */
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
    if (peer?.session !== undefined) {
      const held = await listIfAlive(peer.session);
      if (held !== undefined && peer.directory === path) return this.#takeList(peer, held);
      if (held !== undefined)
        throw new RegistrationError('taken', `a live peer at ${peer.directory} is called "${id}"`);
      peer.session.close();
    }
    const owner = [...this.#peers.values()].find((other) => other.session && other.directory === path);
    if (owner !== undefined && owner.id !== id) {
      throw new RegistrationError('taken', `the live peer "${owner.id}" is at ${path}`);
    }
    return this.#open(peer ?? newPeer(id, path), path);
  }

  async #checkPath(directory: string): Promise<string> {
    try {
      return await this.#context.checkDirectory(directory);
    } catch (error) {
      if (error instanceof FifoError) throw new RegistrationError('bad-path', error.message, { cause: error });
      throw error;
    }
  }

  async #open(peer: Peer, path: string): Promise<Registered> {
    const { openSession, downPeers, log, now } = this.#context;
    let over: HolderError | undefined;
    let counted = false;
    const session = await openSession(peer.id, path, (reason) => {
      over = reason; // it may be over before `session` is assigned
      if (counted && peer.session === session) this.#onClose(peer, reason);
    }).catch((error) => {
      throw new RegistrationError('nobody', `nobody answers at ${path}: ${errorText(error)}`, { cause: error });
    });
    const held = await this.#introduce(session, path);
    if (held === undefined || over !== undefined || this.#closed) {
      session.close();
      throw new RegistrationError('nobody', `"${peer.id}" went away while it was asked what it has`);
    }
    peer.directory = path;
    peer.session = session;
    counted = true;
    peer.lastSeenMs = now();
    peer.retryDelayMs = retryDelayMinMs;
    this.#peers.set(peer.id, peer);
    downPeers.returned(peer.id);
    const registered = this.#takeList(peer, held);
    log.info('ipc', 'peer online', { peer: peer.id, path, ...registered });
    this.#context.onOnline();
    return registered;
  }

  /**
   * What a newcomer has; undefined when it does not answer. It is remembered before anything is given to it: what it
   * must drop later is remembered for peers that are known.
   */
  async #introduce(session: PeerSession, path: string): Promise<HeldFile[] | undefined> {
    const held = await listIfAlive(session);
    if (held === undefined) return undefined;
    try {
      await this.#context.ledger.rememberPeer(session.id, path);
      return held;
    } catch (error) {
      session.close();
      throw error;
    }
  }

  /** Tells the catalog what the peer has; what was removed while it was away, it is told to drop. */
  #takeList(peer: Peer, held: readonly HeldFile[]): Registered {
    const { catalog, ledger, log } = this.#context;
    ledger.listed(peer.id, new Set(held.map(({ file }) => file)));
    for (const file of catalog.setHoldings(peer.id, held)) {
      if (!ledger.wasRemoved(file)) {
        log.info('ipc', 'a peer has a file that is not listed here', { peer: peer.id, file });
        continue;
      }
      peer.session?.drop(file).then(
        () => ledger.dropped(file, peer.id),
        (error: unknown) =>
          log.warn('ipc', `a peer did not drop a removed file: ${errorText(error)}`, { peer: peer.id, file }),
      );
    }
    const pieces = held.flatMap(({ parts }) => parts).reduce((sum, { first, last }) => sum + last - first + 1, 0);
    return { files: held.length, pieces };
  }

  #onClose(peer: Peer, reason: HolderError): void {
    const { catalog, downPeers, log, now } = this.#context;
    peer.session = undefined;
    peer.lastSeenMs = now();
    peer.retryAtMs = now() + retryDelayMinMs;
    catalog.setOnline(peer.id, false);
    downPeers.left(peer.id);
    log[this.#closed ? 'info' : 'warn']('ipc', `peer offline: ${reason.message}`, { peer: peer.id, code: reason.code });
  }

  #noticeMissed(): void {
    const { downPeers, log, onOut } = this.#context;
    const missed = downPeers.tick();
    if (missed.length === 0) return;
    log.info('swarm', 'peers are missed: what they had is copied from others', { peers: missed.join(' ') });
    onOut();
  }

  async #retryOne(peer: Peer): Promise<void> {
    try {
      await this.register(peer.id, peer.directory);
    } catch (error) {
      if (!(error instanceof RegistrationError)) throw error;
      this.#context.log.debug('ipc', `still away: ${error.message}`, { peer: peer.id });
      peer.retryAtMs = this.#context.now() + peer.retryDelayMs;
      peer.retryDelayMs = Math.min(peer.retryDelayMs * 2, retryDelayMaxMs);
    }
  }
}

function newPeer(id: PeerId, directory: string): Peer {
  return { id, directory, session: undefined, lastSeenMs: null, retryAtMs: 0, retryDelayMs: retryDelayMinMs };
}

/** What the peer has; undefined when it does not answer. */
async function listIfAlive(session: PeerSession): Promise<HeldFile[] | undefined> {
  try {
    return await session.list();
  } catch (error) {
    if (error instanceof HolderError) return undefined;
    throw error;
  }
}
