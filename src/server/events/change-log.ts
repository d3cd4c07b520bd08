/**
 * The changes that some reader has still to read, oldest first. Of each thing only the latest change is kept, and that
 * only until all readers have read it: a slow reader finds less to read, not more, and costs no memory of its own.
 *
 *     b  peer p1   file c9e1   a  pieces c9e1 p1       `a` has one change to read, `b` three
 *
 * The log is a ring of links: each reader's bookmark stands between the changes, so that the next change is found
 * without a search.
 */
import type { Change } from './change.ts';

interface Link {
  /** Undefined for a bookmark, and for the ring's end. */
  readonly change: Change | undefined;
  before: Link;
  after: Link;
}

/** Changes, and how far each reader has come. */
export class ChangeLog {
  /** The link between the newest change and the oldest: the oldest stands after it. */
  readonly #end = newLink(undefined);
  readonly #latest = new Map<string, Link>();

  /** The number of changes that some reader has still to read. */
  get size(): number {
    return this.#latest.size;
  }

  /** Adds the newest change, in place of an earlier one of the same thing. */
  append(change: Change): void {
    const known = this.#latest.get(change.key);
    if (known !== undefined) unlink(known);
    const link = newLink(change);
    this.#latest.set(change.key, link);
    insert(link, this.#end.before);
  }

  /** The bookmark of a new reader: changes from now on. */
  bookmark(): Bookmark {
    const mark = newLink(undefined);
    insert(mark, this.#end.before);
    return {
      next: () => this.#next(mark),
      remove: () => {
        unlink(mark);
        this.#forgetRead();
      },
    };
  }

  #next(mark: Link): Change | undefined {
    let link = mark.after;
    while (link.change === undefined && link !== this.#end) link = link.after;
    if (link === this.#end) return undefined;
    unlink(mark);
    insert(mark, link);
    this.#forgetRead();
    return link.change;
  }

  /** Drops the changes before all bookmarks: no reader will ask for them. */
  #forgetRead(): void {
    for (let oldest = this.#end.after; oldest.change !== undefined; oldest = this.#end.after) {
      unlink(oldest);
      this.#latest.delete(oldest.change.key);
    }
  }
}

/** The place of one reader in the log. */
export interface Bookmark {
  /** The next change that this reader has not read; undefined when there is none now. */
  next(): Change | undefined;
  /** Ends the reading. */
  remove(): void;
}

function newLink(change: Change | undefined): Link {
  const link = { change } as { -readonly [Name in keyof Link]: Link[Name] };
  link.before = link;
  link.after = link;
  return link;
}

function insert(link: Link, before: Link): void {
  link.before = before;
  link.after = before.after;
  before.after.before = link;
  before.after = link;
}

/** Takes `link` out of the ring; a link that is out already stays out. */
function unlink(link: Link): void {
  link.before.after = link.after;
  link.after.before = link.before;
  link.before = link;
  link.after = link;
}
