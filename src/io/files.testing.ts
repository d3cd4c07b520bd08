/** For tests: file calls that can be watched and made to fail, and random pieces. */
import { createHash, randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import type { FileId } from '../bytes/ids.ts';
import type { PieceToStore } from '../bytes/pieces.ts';
import { type FileCalls, type FileHandle, nodeFiles } from './files.ts';

/** The error that the system gives, for example for `ENOSPC`. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made up by a test`), { code });
}

/** One call: of an open file (`write`, `datasync`...) or of `FileCalls` itself (`open`, `rename`...). */
export interface FileCall {
  readonly name: string;
  /** The last part of the path. */
  readonly file: string;
  readonly path: string;
}

type Watch = (call: FileCall) => void | Promise<void>;

/** Node's file calls. `before` sees each of them, can hold it up, and fails it by throwing; `after` sees it done. */
export function watchedFiles(before: Watch, after: Watch = () => {}): FileCalls {
  const around: Around = async (call, run) => {
    await before(call);
    const result = await run();
    await after(call);
    return call.name === 'open' ? watched(result as FileHandle, call.path, around) : result;
  };
  return watched(nodeFiles, '', around);
}

type Around = (call: FileCall, run: () => Promise<unknown>) => Promise<unknown>;

/** `target` with `around` put around each of its methods. */
function watched<Target extends object>(target: Target, path: string, around: Around): Target {
  return new Proxy(target, {
    get(_, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...values: unknown[]) => {
        const callPath = path || String(values[0]);
        const call = { name: String(name), file: basename(callPath), path: callPath };
        return around(call, async () => Reflect.apply(member, target, values));
      };
    },
  });
}

/** The file id that is 40 times `digit`. */
export function fileId(digit: string): FileId {
  return digit.repeat(40) as FileId;
}

export function sha1(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}

/** Piece `part` of a file in pieces of `size` bytes, with contents of its own. */
export function randomPiece(part: number, size = 1000, offset = part * size): PieceToStore {
  const bytes = randomBytes(size);
  return { part, offset, sha1: sha1(bytes), bytes };
}
