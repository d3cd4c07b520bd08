/** File calls that hide what goes wrong, and so break what K6 checks: for its controls. */
import type { FileCalls, FileHandle } from '../../io/files/calls.ts';

/** Calls that take an error of a write for success, and one of a read for the end of the file. */
export function swallowingErrors(calls: FileCalls): FileCalls {
  return withHandles(calls, (handle) => ({
    ...methodsOf(handle),
    read: (...of) => handle.read(...of).catch(() => ({ bytesRead: 0 })),
    write: (...of) => handle.write(...of).catch(() => ({ bytesWritten: of[2] })),
  }));
}

/**
 * Calls that do not close a file any more after an error of it; the files that are left open are returned, to be tidied
 * up.
 */
export function forgettingToClose(calls: FileCalls): { readonly calls: FileCalls; readonly left: FileHandle[] } {
  const left: FileHandle[] = [];
  const forgetful = withHandles(calls, (handle) => {
    let failed = false;
    const datasync = async (): Promise<void> => {
      failed = true;
      await handle.datasync();
      failed = false;
    };
    const close = async (): Promise<void> => (failed ? void left.push(handle) : await handle.close());
    return { ...methodsOf(handle), datasync, close };
  });
  return { calls: forgetful, left };
}

function withHandles(calls: FileCalls, change: (handle: FileHandle) => FileHandle): FileCalls {
  return { ...calls, open: async (path, flags, mode) => change(await calls.open(path, flags, mode)) };
}

function methodsOf(handle: FileHandle): FileHandle {
  return {
    read: (...of) => handle.read(...of),
    write: (...of) => handle.write(...of),
    truncate: (length) => handle.truncate(length),
    sync: () => handle.sync(),
    datasync: () => handle.datasync(),
    close: () => handle.close(),
  };
}
