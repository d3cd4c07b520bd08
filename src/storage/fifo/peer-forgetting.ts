/**
 * Forgets storage peers: by request, when they are offline, or by themselves, when they kept nothing. The ledger is the
 * first to forget, so that a failing disk leaves everything as it was.
 */

import type { Clock } from '../../async/clock.ts';
import { CodedError, errorText } from '../../bytes/coded-error.ts';
import type { PeerId } from '../../bytes/ids.ts';
import type { Log } from '../../io/log.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Ledger } from '../catalog/ledger.ts';
import type { DownPeers } from '../holders/down-peers.ts';
import type { KnownPeers } from './known-peers.ts';
import type { PassingPeers } from './passing-peers.ts';
import type { PeerRetries } from './peer-retries.ts';

/** A peer cannot be forgotten; `code` says why, `message` tells it to a person. */
export class ForgetError extends CodedError<'no-such-peer' | 'peer-online' | 'peer-configured'> {}

/** The collaborators, of whom all forget. */
export interface ForgettingContext {
  readonly catalog: Pick<Catalog, 'hasPieces' | 'forgetHolder'>;
  readonly ledger: Pick<Ledger, 'owes' | 'forgetPeer'>;
  readonly downPeers: Pick<DownPeers, 'forget'>;
  readonly passingPeers: PassingPeers;
  /** Called when what a peer had should be copied from others. */
  readonly onOut: () => void;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** Forgets peers of a registry, whose table and times of tries are given. */
export class PeerForgetting {
  /** The peers that the configuration names: they are never forgotten. */
  configured: ReadonlySet<PeerId> = new Set();
  /** Called for each peer that is forgotten. */
  readonly listeners: ((id: PeerId) => void)[] = [];
  readonly #context: ForgettingContext;
  readonly #peers: KnownPeers;
  readonly #retries: PeerRetries;

  constructor(context: ForgettingContext, peers: KnownPeers, retries: PeerRetries) {
    this.#context = context;
    this.#peers = peers;
    this.#retries = retries;
  }

  /** Notes that a peer went: one that has nothing, and nothing to drop, is forgotten in a while. */
  left(id: PeerId): void {
    const { catalog, ledger, passingPeers, clock } = this.#context;
    const kept = this.configured.has(id) || catalog.hasPieces(id) || ledger.owes(id);
    if (!kept) passingPeers.left(id, clock.now());
  }

  /** Forgets a peer; called by one at a time for each. Fails with ForgetError. */
  async forget(id: PeerId): Promise<void> {
    const peer = this.#peers.get(id);
    if (peer === undefined) throw new ForgetError('no-such-peer', `no storage peer is called "${id}"`);
    if (peer.session !== undefined) {
      throw new ForgetError('peer-online', `"${id}" is online, at ${peer.directory}: end that process first`);
    }
    if (this.configured.has(id)) {
      const message = `the configuration names "${id}": take it out of "peers" there, and have it read again (SIGHUP)`;
      throw new ForgetError('peer-configured', message);
    }
    const { catalog, ledger, downPeers, passingPeers, onOut, log } = this.#context;
    await ledger.forgetPeer(id);
    this.#peers.delete(id);
    this.#retries.delete(id);
    downPeers.forget(id);
    passingPeers.delete(id);
    catalog.forgetHolder(id);
    for (const listener of this.listeners) listener(id);
    log.info('ipc', 'peer forgotten', { peer: id, path: peer.directory });
    onOut(); // what it had should be copied from others
  }

  /** Has `forget` forget those that kept nothing, and have been away for long enough. */
  async forgetPassing(forget: (id: PeerId) => Promise<void>): Promise<void> {
    const { passingPeers, clock, log } = this.#context;
    for (const id of passingPeers.due(clock.now())) {
      await forget(id).catch((error: unknown) => {
        passingPeers.delete(id); // it is back; or the disk fails, and it stays until it comes and goes again
        log.debug('ipc', `not forgotten: ${errorText(error)}`, { peer: id });
      });
    }
  }
}
