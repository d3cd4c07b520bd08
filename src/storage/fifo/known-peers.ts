/** The table of storage peers, online or not, with their sessions. Pure: it opens and closes nothing. */
import type { PeerId } from '../../bytes/ids.ts';
import type { StoringHolder } from '../holders/holder.ts';

/** The session with a peer that is online. */
export interface PeerSession extends StoringHolder {
  /** Tells the peer the epoch of the metadata, where that has grown. Fails with HolderError. */
  tellEpoch?(): Promise<void>;
  /** Ends the session; the `onClose` that it was opened with is called. */
  close(): void;
}

/** One row of the table, as others see it. */
export interface KnownPeer {
  readonly id: PeerId;
  /** The folder with the peer's FIFOs. */
  readonly directory: string;
  readonly online: boolean;
  /** Milliseconds since 1970; null for a peer that never answered. */
  readonly lastSeenMs: number | null;
}

/** One row of the table. */
export interface Peer {
  readonly id: PeerId;
  directory: string;
  /** The session; undefined while the peer is offline. */
  session: PeerSession | undefined;
  lastSeenMs: number | null;
}

/** Every peer that is online, or was, or is expected. */
export class KnownPeers {
  readonly #peers = new Map<PeerId, Peer>();

  get(id: PeerId): Peer | undefined {
    return this.#peers.get(id);
  }

  /** The peer with that id, which is added, offline, when it is not there. */
  getOrAdd(id: PeerId, directory: string): Peer {
    const peer = this.#peers.get(id) ?? { id, directory, session: undefined, lastSeenMs: null };
    this.#peers.set(id, peer);
    return peer;
  }

  /** Removes the peer from the table. */
  delete(id: PeerId): void {
    this.#peers.delete(id);
  }

  /** The sessions with all online peers. */
  sessions(): PeerSession[] {
    return [...this.#peers.values()].flatMap(({ session }) => session ?? []);
  }

  offline(): Peer[] {
    return [...this.#peers.values()].filter(({ session }) => session === undefined);
  }

  /** The online peer whose FIFOs lie in `directory`. */
  onlineAt(directory: string): Peer | undefined {
    return [...this.#peers.values()].find((peer) => peer.session !== undefined && peer.directory === directory);
  }

  /** All peers; those that are online were seen at `nowMs`. */
  list(nowMs: number): KnownPeer[] {
    return [...this.#peers.values()].map(({ id, directory, session, lastSeenMs }) => {
      const online = session !== undefined;
      return { id, directory, online, lastSeenMs: online ? nowMs : lastSeenMs };
    });
  }
}
