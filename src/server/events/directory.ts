/** The topic `directory`: the numbers of users and files in the directory. */
import type { Directory } from '../../directory/directory.ts';
import { Change, type Source } from './change.ts';

/** Finds changes of these numbers by the directory's version. */
export class DirectoryChanges implements Source {
  readonly topic = 'directory';
  readonly #directory: Directory;
  #version = 0;

  constructor(directory: Directory) {
    this.#directory = directory;
  }

  begin(): void {
    this.#version = this.#directory.version;
  }

  *changes(): Generator<Change> {
    const { version, userCount: users, fileCount: files } = this.#directory;
    if (version === this.#version) return;
    this.#version = version;
    yield new Change('directory', 'directory', null, () => ({ event: 'directory', data: { users, files } }));
  }

  end(): void {}
}
