/**
 * A disk with a cache in front of it: what programs see is there at once, what survives a power loss is only what was
 * synced. It writes down every change in order, and whether it is durable. Pure: no path, no program, no time.
 *
 * The model is that of POSIX, which promises less than any file system keeps: until the fsync, each write may have
 * arrived or not, or half; so may each new size, each new name, each name's removal, in any combination. fsync of a
 * file is about its bytes and its size, never about its name; that is what fsync of the folder is for. Only a rename is
 * all or nothing. (ext4 keeps names in order; others need not.)
 */
import { type Change, type Inode, Tree } from './tree.ts';

export interface LoggedChange {
  readonly change: Change;
  readonly durable: boolean;
}

/** The moment when the power fails. */
export interface Moment {
  /** The tree that is on the disk whatever happens. */
  readonly base: Tree;
  /** The changes since then, in order. */
  readonly log: readonly LoggedChange[];
}

export class CachedDisk {
  /** The tree as programs see it. */
  readonly live: Tree;
  #base: Tree;
  #log: LoggedChange[] = [];

  /** Makes a disk with what survived an earlier power loss. */
  constructor(survived: Tree = Tree.empty()) {
    this.#base = survived;
    this.live = survived.copy();
  }

  do(change: Change): void {
    this.live.apply(change);
    this.#log.push({ change, durable: false });
  }

  /** Makes durable all that was done to a file, or to the names in a folder, as fsync(2) does. */
  sync(inode: Inode): void {
    this.#log = this.#log.map((logged) => (concerns(logged.change, inode) ? { ...logged, durable: true } : logged));
    const firstPending = this.#log.findIndex(({ durable }) => !durable);
    const settled = this.#log.splice(0, firstPending < 0 ? this.#log.length : firstPending);
    if (settled.length === 0) return;
    this.#base = this.#base.copy();
    for (const { change } of settled) this.#base.apply(change);
  }

  /** The moment now, which stays as it is while the disk goes on. */
  get moment(): Moment {
    return { base: this.#base, log: [...this.#log] };
  }
}

function concerns(change: Change, inode: Inode): boolean {
  switch (change.kind) {
    case 'bytes':
    case 'size':
      return change.file === inode;
    case 'name':
    case 'unlink':
      return change.at.folder === inode;
    case 'rename':
      return change.from.folder === inode || change.to.folder === inode;
  }
}
