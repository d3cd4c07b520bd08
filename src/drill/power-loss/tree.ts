/**
 * The tree on a disk: folders, names, and the bytes of files; and the changes that can be made to it. Pure.
 *
 * Files and folders are known by a number (an inode), so that a name and what it stands for can be lost separately. A
 * change does as much as it can: bytes of which the file has no room are lost, a name that is not there stays away.
 */

export type Inode = number;

/** A name in a folder. */
export interface Place {
  readonly folder: Inode;
  readonly name: string;
}

export type Change =
  | { readonly kind: 'bytes'; readonly file: Inode; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'size'; readonly file: Inode; readonly size: number }
  | { readonly kind: 'name'; readonly at: Place; readonly of: Inode; readonly is: 'file' | 'folder' }
  | { readonly kind: 'unlink'; readonly at: Place }
  | {
      readonly kind: 'rename';
      readonly from: Place;
      readonly to: Place;
      readonly of: Inode;
      readonly is: 'file' | 'folder';
    };

/** The folder that everything lies in. */
export const root: Inode = 0;

const nothing = new Uint8Array();

export class Tree {
  /** The bytes of files, which are replaced, never changed: trees share them. */
  readonly #files: Map<Inode, Uint8Array>;
  readonly #folders: Map<Inode, Map<string, Inode>>;
  #newest: Inode;

  private constructor(files: Map<Inode, Uint8Array>, folders: Map<Inode, Map<string, Inode>>, newest: Inode) {
    this.#files = files;
    this.#folders = folders;
    this.#newest = newest;
  }

  static empty(): Tree {
    return new Tree(new Map(), new Map([[root, new Map()]]), root);
  }

  copy(): Tree {
    const folders = Array.from(this.#folders, ([inode, names]) => [inode, new Map(names)] as const);
    return new Tree(new Map(this.#files), new Map(folders), this.#newest);
  }

  /** A number that no file or folder has. */
  newInode(): Inode {
    this.#newest += 1;
    return this.#newest;
  }

  /** The bytes of a file; undefined when it is none. */
  file(inode: Inode): Uint8Array | undefined {
    return this.#files.get(inode);
  }

  /** The names in a folder; undefined when it is none. */
  folder(inode: Inode): ReadonlyMap<string, Inode> | undefined {
    return this.#folders.get(inode);
  }

  apply(change: Change): void {
    if ('of' in change || 'file' in change) {
      this.#newest = Math.max(this.#newest, 'of' in change ? change.of : change.file);
    }
    switch (change.kind) {
      case 'bytes':
        this.#write(change.file, change.position, change.bytes);
        break;
      case 'size':
        this.#resize(change.file, change.size);
        break;
      case 'name':
        this.#name(change.at, change);
        break;
      case 'unlink':
        this.#names(change.at).delete(change.at.name);
        break;
      case 'rename':
        this.#names(change.from).delete(change.from.name);
        // Its first name may have been lost.
        this.#name(change.to, change);
        break;
    }
  }

  /** Every file that can be reached by a name, with its path. */
  *paths(folder: Inode = root, path = ''): Generator<{ readonly path: string; readonly bytes: Uint8Array | null }> {
    for (const [name, inode] of this.#namesIn(folder)) {
      const bytes = this.#files.get(inode);
      yield { path: `${path}/${name}`, bytes: bytes ?? null };
      if (bytes === undefined) yield* this.paths(inode, `${path}/${name}`);
    }
  }

  #name(place: Place, { of, is }: { readonly of: Inode; readonly is: 'file' | 'folder' }): void {
    this.#names(place).set(place.name, of);
    if (is === 'folder') this.#namesIn(of);
    else this.#fileOf(of);
  }

  #write(file: Inode, position: number, bytes: Uint8Array): void {
    const content = Uint8Array.from(this.#fileOf(file));
    const room = Math.max(0, content.length - position);
    content.set(bytes.subarray(0, room), Math.min(position, content.length));
    this.#files.set(file, content);
  }

  #resize(file: Inode, size: number): void {
    const content = new Uint8Array(size);
    content.set(this.#fileOf(file).subarray(0, size));
    this.#files.set(file, content);
  }

  #fileOf(file: Inode): Uint8Array {
    const content = this.#files.get(file) ?? nothing;
    this.#files.set(file, content);
    return content;
  }

  #names({ folder }: Place): Map<string, Inode> {
    return this.#namesIn(folder);
  }

  #namesIn(folder: Inode): Map<string, Inode> {
    const names = this.#folders.get(folder) ?? new Map<string, Inode>();
    this.#folders.set(folder, names);
    return names;
  }
}
