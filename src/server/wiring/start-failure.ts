/** The reason why the server could not be opened, in one line, for what a user can mend: a port, a folder, a disk. */
import { FolderTakenError } from '../../io/files/folder-lock.ts';

/** Codes of the system for a port or a folder that is not to be had, and for a disk that is full or fails. */
const ofSystem: ReadonlySet<unknown> = new Set([
  ...['EADDRNOTAVAIL', 'ENOTFOUND', 'EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ELOOP'],
  ...['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE'],
]);

/** Undefined for anything else: that is a fault of ours, and needs its stack. */
export function startFailure(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { message, cause } = error;
  if (error instanceof FolderTakenError) return `${message}: another server works there`;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return `${message}: another program listens there; choose another port (--port, or http.port, udp.port, wire.port, directory.port in config.json)`;
  }
  return ofSystem.has(code) ? message : startFailure(cause);
}
