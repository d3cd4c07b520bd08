/**
 * The users of the directory, the addresses of their mini-servers, and the paths of their files; it holds no file.
 * Pure: no I/O, no clock. `session.ts` decides who may change what.
 */

import type { Endpoint } from '../bytes/endpoint.ts';
import { DirectoryError } from '../protocols/directory/errors.ts';
import type { UserName } from '../protocols/directory/types.ts';
import { FileList, type ListBlock } from './file-list.ts';

/** A user. The caller of `addUser` may change its files; after `removeUser` it is gone. */
export interface DirectoryUser extends Endpoint {
  readonly name: UserName;
  readonly files: ReadonlySet<string>;
  /** A number that rises from user to user, in the order in which they came. */
  readonly number: number;
}

/** A user as the directory keeps it. */
interface KeptUser extends DirectoryUser {
  readonly files: Set<string>;
  /** Bytes of all its paths. */
  bytes: number;
  /** The block with its files in the list of all files. */
  readonly block: ListBlock;
}

/** The default limits of a directory. */
export const directoryBounds = {
  /** Users: as many as there can be connections. */
  users: 10_000,
  /** Files of one user: a longer list is of no use. */
  filesPerUser: 10_000,
  /** Bytes of one user's paths: they bound a response of `GET /directory`, which never divides a user. */
  bytesPerUser: 1024 * 1024,
  /** Files of all users: about 150 bytes each, and its path, so 75 MB. */
  files: 500_000,
  /** Bytes of all paths. */
  bytes: 64 * 1024 * 1024,
} as const;

/** The limits of a directory. */
export type DirectoryBounds = { readonly [Name in keyof typeof directoryBounds]: number };

/** A page of the list of users. */
export interface DirectoryPage {
  /** The number of all users. */
  readonly count: number;
  readonly users: readonly DirectoryUser[];
  /** Whether more users follow. */
  readonly more: boolean;
}

/** The memory of the directory. */
export class Directory {
  readonly #bounds: DirectoryBounds;
  readonly #users = new Map<UserName, KeptUser>();
  readonly #list = new FileList();
  #files = 0;
  #bytes = 0;
  #lastNumber = 0;
  #version = 0;

  constructor(bounds: Partial<DirectoryBounds> = {}) {
    this.#bounds = { ...directoryBounds, ...bounds };
  }

  /** Rises whenever a user or a file comes or goes. */
  get version(): number {
    return this.#version;
  }

  get userCount(): number {
    return this.#users.size;
  }

  /** The number of all files; one that two users share counts twice. */
  get fileCount(): number {
    return this.#files;
  }

  has(name: UserName): boolean {
    return this.#users.has(name);
  }

  /** Adds a user. Throws a DirectoryError when the name is taken, or the directory is full. */
  addUser(name: UserName, { address, port }: Endpoint): DirectoryUser {
    if (this.#users.has(name)) throw new DirectoryError('name-taken', `${name} is somebody else`);
    if (this.#users.size >= this.#bounds.users) throw full('another user');
    this.#lastNumber += 1;
    const files = new Set<string>();
    const block = this.#list.add(name, files);
    const user = { name, address, port, files, number: this.#lastNumber, bytes: 0, block };
    this.#users.set(name, user);
    this.#version += 1;
    return user;
  }

  /** Removes a user with all files. */
  removeUser(user: DirectoryUser): void {
    const kept = this.#kept(user);
    this.#users.delete(kept.name);
    this.#list.remove(kept.name, kept.block);
    this.#files -= kept.files.size;
    this.#bytes -= kept.bytes;
    this.#version += 1;
  }

  /** Adds all `paths` or none. Throws a DirectoryError for a path that is there already, and when there is no room. */
  addFiles(user: DirectoryUser, paths: readonly string[]): void {
    const kept = this.#kept(user);
    const known = paths.find((path) => kept.files.has(path));
    if (known !== undefined) throw new DirectoryError('already-registered', `${known} is registered already`);
    const bytes = bytesOf(paths);
    const { files, filesPerUser, bytes: bytesMax, bytesPerUser } = this.#bounds;
    if (kept.files.size + paths.length > filesPerUser || kept.bytes + bytes > bytesPerUser) {
      throw full(`more files of ${kept.name}`);
    }
    if (this.#files + paths.length > files || this.#bytes + bytes > bytesMax) throw full('more files');
    for (const path of paths) kept.files.add(ownMemory(path));
    this.#count(kept, paths.length, bytes);
  }

  /** Removes all `paths` or none. Throws a DirectoryError for a path that is not there. */
  removeFiles(user: DirectoryUser, paths: readonly string[]): void {
    const kept = this.#kept(user);
    const unknown = paths.find((path) => !kept.files.has(path));
    if (unknown !== undefined) throw new DirectoryError('unknown-file', `${kept.name} has not registered ${unknown}`);
    for (const path of paths) kept.files.delete(path);
    this.#count(kept, -paths.length, -bytesOf(paths));
  }

  /** The list of all files, block by block, in the order in which their users came. */
  fileBlocks(): IterableIterator<ListBlock> {
    return this.#list.blocks();
  }

  /** All users in the order in which they came. Users may come and go meanwhile: one that stays is met once. */
  users(): IterableIterator<DirectoryUser> {
    return this.#users.values();
  }

  /**
   * A page of at most `limit` users whose number is above `after`: at least one if there is one, but no more once their
   * paths have `pathBytes` in all.
   */
  page({ limit, after, pathBytes }: { limit: number; after: number; pathBytes: number }): DirectoryPage {
    const users: DirectoryUser[] = [];
    let bytes = 0;
    for (const user of this.#users.values()) {
      if (user.number <= after) continue;
      if (users.length === limit || (users.length > 0 && bytes + user.bytes > pathBytes)) {
        return { count: this.userCount, users, more: true };
      }
      users.push(user);
      bytes += user.bytes;
    }
    return { count: this.userCount, users, more: false };
  }

  #count(user: KeptUser, files: number, bytes: number): void {
    this.#files += files;
    this.#bytes += bytes;
    user.bytes += bytes;
    this.#version += 1;
    user.block.onChange();
  }

  #kept(user: DirectoryUser): KeptUser {
    const kept = this.#users.get(user.name);
    if (kept !== user) throw new Error(`${user.name} is gone`);
    return kept;
  }
}

function bytesOf(paths: readonly string[]): number {
  return paths.reduce((sum, path) => sum + Buffer.byteLength(path), 0);
}

/** A copy of `path` with memory of its own: a part of a line would keep the whole line in memory. */
function ownMemory(path: string): string {
  return Buffer.from(path).toString();
}

function full(what: string): DirectoryError {
  return new DirectoryError('full', `the directory has no room for ${what}`);
}
