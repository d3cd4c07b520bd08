/** The topic `peers`: peers that come, go, and hold more or less than before. */
import type { EventView } from '../../protocols/api/event-types.ts';
import type { PeerView } from '../../protocols/api/types.ts';
import { type PeersContext, peersView, withoutPath } from '../views/build-views.ts';
import { Change, differs, type Source } from './change.ts';
import { HeldTotals } from './held-totals.ts';

/** The time between looks at what has no version: peers that are expected, times of verification, lost copies. */
const pollMs = 1000;

/** The collaborators of the source. */
export interface PeerChangesContext extends PeersContext {
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Finds changes of `PeerView`s. */
export class PeerChanges implements Source {
  readonly topic = 'peers';
  readonly #context: PeerChangesContext;
  readonly #held: HeldTotals;
  #told = new Map<string, PeerView>();
  #version = 0;
  #wirePeers = '';
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(context: PeerChangesContext) {
    this.#context = context;
    this.#held = new HeldTotals(context.catalog);
  }

  begin(): void {
    this.#held.update();
    this.#told = this.#look();
  }

  *changes(nowMs: number): Generator<Change> {
    if (!this.#changed() && nowMs < this.#lookedMs + pollMs) return;
    this.#lookedMs = nowMs;
    const before = this.#told;
    this.#told = this.#look();
    for (const [id, peer] of this.#told) {
      const known = before.get(id);
      // `last_seen` of one that is online is always now.
      if (known === undefined || differs(known, peer, 'last_seen')) yield change(id, { event: 'peer', data: peer });
      before.delete(id);
    }
    for (const id of before.keys()) yield change(id, { event: 'peer-removed', data: { id } });
  }

  end(): void {
    this.#held.forget();
    this.#told.clear();
  }

  /** Whether a holder came or went since the last look, or holds more or less. */
  #changed(): boolean {
    const { catalog, wireHolders } = this.#context;
    return this.#held.update() || this.#version !== catalog.version || this.#wirePeers !== idsOf(wireHolders);
  }

  #look(): Map<string, PeerView> {
    this.#version = this.#context.catalog.version;
    this.#wirePeers = idsOf(this.#context.wireHolders);
    const { peers } = peersView(this.#context, this.#context.now(), this.#held.totals);
    return new Map(peers.map((peer) => [peer.id, peer]));
  }
}

/** The BitTorrent peers that are connected; one that has nothing is in no version of the catalog. */
function idsOf(wireHolders: PeersContext['wireHolders']): string {
  return Array.from(wireHolders.all(), ({ id }) => id).join(' ');
}

function change(id: string, view: EventView): Change {
  const toStranger = (): EventView => (view.event === 'peer' ? { ...view, data: withoutPath(view.data) } : view);
  return new Change('peers', `peer ${id}`, null, () => view, toStranger);
}
