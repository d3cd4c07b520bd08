/**
 * Files that were removed, and the holders that may still have pieces of them: those that were away, or failed, when
 * they were told. A file is remembered until the last of them is known to have nothing of it; so what is remembered
 * does not grow with all that was ever removed. Pure.
 */
import type { PeerId, TorrentId } from '../../bytes/ids.ts';

/** The removed files that holders may still have to drop. */
export class Removals {
  readonly #owing = new Map<TorrentId, Set<PeerId>>();

  get size(): number {
    return this.#owing.size;
  }

  ids(): Iterable<TorrentId> {
    return this.#owing.keys();
  }

  has(id: TorrentId): boolean {
    return this.#owing.has(id);
  }

  /** Notes that the file was removed; `peers` may have pieces of it. */
  add(id: TorrentId, peers: Iterable<PeerId>): void {
    const owing = new Set(peers);
    if (owing.size > 0) this.#owing.set(id, owing);
  }

  /** Forgets the removal of a file that is there again, and wanted. */
  delete(id: TorrentId): void {
    this.#owing.delete(id);
  }

  /** Forgets all removals. */
  clear(): void {
    this.#owing.clear();
  }

  /** Notes that the peer has nothing of the file, or nothing any more. */
  cleared(id: TorrentId, peer: PeerId): void {
    const owing = this.#owing.get(id);
    owing?.delete(peer);
    if (owing?.size === 0) this.#owing.delete(id);
  }

  /** Whether the peer may still have to drop something. */
  owes(peer: PeerId): boolean {
    return [...this.#owing.values()].some((owing) => owing.has(peer));
  }

  /** Forgets what the peer had still to drop. */
  forgetPeer(peer: PeerId): void {
    for (const id of this.#owing.keys()) this.cleared(id, peer);
  }

  /** Notes that the peer has pieces of the files in `held`, and of no others. */
  listed(peer: PeerId, held: ReadonlySet<TorrentId>): void {
    for (const id of this.#owing.keys()) if (!held.has(id)) this.cleared(id, peer);
  }
}
