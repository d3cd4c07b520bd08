/**
 * File calls that are watched, and made to fail or to do less than they were asked: what tests and drills of failing
 * disks stand on. The server itself never uses it.
 *
 *     const calls = watchedFiles(({ name, file }) => {
 *       if (name === 'datasync' && file.endsWith('.data')) throw systemError('EIO');
 *     });
 */
import { basename } from 'node:path';
import { type FileCalls, type FileHandle, nodeFiles } from './calls.ts';

/** One call: of an open file (`write`, `datasync`...) or of `FileCalls` itself (`open`, `rename`...). */
export interface FileCall {
  readonly name: string;
  /** The last part of the path. */
  readonly file: string;
  readonly path: string;
  /** The arguments of the call, in order; they can be replaced before it is done. */
  readonly values: unknown[];
}

/** An error as the system gives it, for example for `ENOSPC`. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made up for a test`), { code });
}

export type Watch = (call: FileCall) => void | Promise<void>;

/** `calls`, watched: `before` sees each of them, can hold it up, and fails it by throwing; `after` sees it done. */
export function watchedFiles(before: Watch, after: Watch = () => {}, calls = nodeFiles): FileCalls {
  const around: Around = async (call, run) => {
    await before(call);
    const result = await run();
    await after(call);
    return call.name === 'open' ? watched(result as FileHandle, call.path, around) : result;
  };
  return watched(calls, '', around);
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
        const call = { name: String(name), file: basename(callPath), path: callPath, values };
        return around(call, async () => Reflect.apply(member, target, values));
      };
    },
  });
}
