/**
 * The rule of what a node may share: nothing of a node's own state (its token lies there), and, when roots are given,
 * only files inside them. It judges the file that is open, and not its name, which may become a link meanwhile.
 */
import { constants } from 'node:fs';
import { open, readlink, realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { markOf } from '../io/downloads/file-mark.ts';
import type { Origin } from '../io/downloads/shared-torrent.ts';
import { HttpError } from '../protocols/http/errors.ts';

/** The name of a node's state folder, below the folder of its downloads. */
export const stateFolderName = '.rivulet-node';

/** The folders that files may be shared from; all, when there is none. */
export class ShareRoots {
  readonly #roots: readonly string[];

  /** Finds the real paths of `roots`. Fails with a system error for one that is not there. */
  static async open(roots: readonly string[]): Promise<ShareRoots> {
    return new ShareRoots(await Promise.all(roots.map((root) => realpath(root))));
  }

  private constructor(roots: readonly string[]) {
    this.#roots = roots;
  }

  /** Throws HttpError 403 unless the file of `origin` may be shared; 409 when it is another file by now. */
  async check({ path, marks }: Origin): Promise<void> {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const opened = markOf(await handle.stat({ bigint: true }));
      if (marks.some((mark) => mark !== opened))
        throw new HttpError(409, 'changing', `${path} became another file meanwhile`);
      this.#checkPath(await readlink(`/proc/self/fd/${handle.fd}`).catch(() => realpath(path)));
    } finally {
      await handle.close();
    }
  }

  #checkPath(path: string): void {
    if (path.split(sep).includes(stateFolderName))
      throw new HttpError(403, 'not-shareable', `${path} is a node's own state, which is never shared`);
    if (this.#roots.length === 0 || this.#roots.some((root) => isInside(path, root))) return;
    const roots = this.#roots.join(', ');
    throw new HttpError(
      403,
      'not-shareable',
      `${path} is outside of what this node may share (--share-root): ${roots}`,
    );
  }
}

function isInside(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
