/**
 * The list of all files, as it goes over the wire, kept in blocks of some users each: after a change one block is
 * encoded anew, and to send the list of 100,000 files costs no more than to copy its bytes.
 */
import type { UserName } from '../protocols/directory/types.ts';
import { encodeFileLine } from '../protocols/directory/write.ts';

/** Users in a block: some 16 KiB with usual lists, and at most 16 MiB (`directoryBounds`). */
const usersPerBlock = 16;

/** Some users, next to each other in the list. */
export class ListBlock {
  readonly users = new Map<UserName, ReadonlySet<string>>();
  #bytes: Uint8Array | undefined;

  /** The number of lines in `bytes`. */
  get fileCount(): number {
    let count = 0;
    for (const files of this.users.values()) count += files.size;
    return count;
  }

  /** The lines `NAME : PATH`, with their line ends. The buffer never changes; after a change there is a new one. */
  get bytes(): Uint8Array {
    this.#bytes ??= Buffer.from(Array.from(this.users, ([name, files]) => linesOf(name, files)).join(''));
    return this.#bytes;
  }

  /** Called when files of a user in this block were added or removed. */
  onChange(): void {
    this.#bytes = undefined;
  }
}

/** The list of all files. */
export class FileList {
  readonly #blocks = new Set<ListBlock>();
  #last = new ListBlock();

  /** Adds a user at the end of the list, and gives the block. `files` may change later; `onChange` tells the block. */
  add(name: UserName, files: ReadonlySet<string>): ListBlock {
    if (this.#last.users.size >= usersPerBlock) this.#last = new ListBlock();
    this.#blocks.add(this.#last);
    this.#last.users.set(name, files);
    this.#last.onChange();
    return this.#last;
  }

  remove(name: UserName, block: ListBlock): void {
    block.users.delete(name);
    block.onChange();
    if (block.users.size === 0) this.#blocks.delete(block);
  }

  /** All blocks. Users may come and go meanwhile: one that stays is met once. */
  blocks(): IterableIterator<ListBlock> {
    return this.#blocks.values();
  }
}

function linesOf(name: UserName, files: ReadonlySet<string>): string {
  let lines = '';
  for (const path of files) lines += `${encodeFileLine(name, path)}\n`;
  return lines;
}
