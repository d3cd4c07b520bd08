/**
 * What was told lately, oldest first, and how far each reader is. Of each thing only the latest change is kept, and
 * that only until all have read it: a reader that is slow finds less to read, not more, and costs no memory of its own.
 *
 *     b  peer p1   file c9e1   a  pieces c9e1 p1       `a` has one change to read, `b` three
 *
 * It is a ring of links: readers' bookmarks stand between the changes, so nobody has to search for where he was.
 */
import type { Change } from './change.ts';

interface Link {
  /** Undefined for a bookmark, and for the ring's end. */
  readonly change: Change | undefined;
  before: Link;
  after: Link;
}

export class ChangeLog {
  /** After it comes the oldest, before it the newest. */
  readonly #end = newLink(undefined);
  readonly #latest = new Map<string, Link>();

  /** How many changes somebody has still to read. */
  get size(): number {
    return this.#latest.size;
  }

  append(change: Change): void {
    const known = this.#latest.get(change.key);
    if (known !== undefined) unlink(known);
    const link = newLink(change);
    this.#latest.set(change.key, link);
    insert(link, this.#end.before);
  }

  /** A reader that has read all there is. */
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

  /** What stands before all bookmarks nobody will ask for. */
  #forgetRead(): void {
    for (let oldest = this.#end.after; oldest.change !== undefined; oldest = this.#end.after) {
      unlink(oldest);
      this.#latest.delete(oldest.change.key);
    }
  }
}

export interface Bookmark {
  /** The next change that this reader has not read; undefined when there is none now. */
  next(): Change | undefined;
  /** This reader reads no more. */
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

/** It may be unlinked once more: then nothing happens. */
function unlink(link: Link): void {
  link.before.after = link.after;
  link.after.before = link.before;
  link.before = link;
  link.after = link;
}
