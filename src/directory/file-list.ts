/**
 * The list of all files, as it goes over the wire, kept in blocks of some users each: a change makes one block anew,
 * and the list of 100,000 files costs no more than the copying of its bytes.
 */
import type { UserName } from '../protocols/directory/types.ts';
import { encodeFileLine } from '../protocols/directory/write.ts';

/** Some 16 KiB with what people have; 16 MiB at the very worst, which nobody may have twice (`directoryBounds`). */
const usersPerBlock = 16;

/** Some users, next to each other in the list. */
export class ListBlock {
  readonly users = new Map<UserName, ReadonlySet<string>>();
  #bytes: Uint8Array | undefined;

  /** How many lines `bytes` are. */
  get fileCount(): number {
    let count = 0;
    for (const files of this.users.values()) count += files.size;
    return count;
  }

  /** `NAME : PATH`, each with its line end. They stay as they are, also when something changes later. */
  get bytes(): Uint8Array {
    this.#bytes ??= Buffer.from(Array.from(this.users, ([name, files]) => linesOf(name, files)).join(''));
    return this.#bytes;
  }

  /** To be called when a user of it has got or lost files. */
  onChange(): void {
    this.#bytes = undefined;
  }
}

export class FileList {
  readonly #blocks = new Set<ListBlock>();
  #last = new ListBlock();

  /** Puts a user with `files`, which may change, at the end of the list; answers the block where they are now. */
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

  /** Users may come and go meanwhile: who is there all the time is met once. */
  blocks(): IterableIterator<ListBlock> {
    return this.#blocks.values();
  }
}

function linesOf(name: UserName, files: ReadonlySet<string>): string {
  let lines = '';
  for (const path of files) lines += `${encodeFileLine(name, path)}\n`;
  return lines;
}
