/**
 * Tells clients of failures of our disk: 507 (RFC 4918 11.5) when it is full, 503 (RFC 9110 15.6.4) when it fails or
 * the process has too many files open. Any other error stays as it is.
 *
 *     507 Insufficient Storage    the disk is full; nothing was kept
 */
import { isSystemError } from '../../io/files/calls.ts';
import { JournalGoneError } from '../../io/files/journal.ts';
import { HttpError } from '../../protocols/http/errors.ts';

/** Does `work`, which changes what is stored; `outcome` tells the client the state after a failure. */
export async function withStorageErrors<Result>(outcome: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof HttpError ? error : (storageError(error, outcome) ?? error);
  }
}

const full = ['ENOSPC', 'EDQUOT'];
const exhausted = ['EMFILE', 'ENFILE'];
const failing = ['EIO', 'EROFS', 'EACCES', 'EPERM', 'ENOENT'];

function storageError(cause: unknown, outcome: string): HttpError | undefined {
  if (cause instanceof JournalGoneError) return busy(`${cause.message}; ${outcome}`, '30', 'storage-failing', cause);
  const isOneOf = (codes: readonly string[]) => codes.find((code) => isCausedBy(cause, code));
  if (isOneOf(full)) return new HttpError(507, 'no-space', `the disk is full; ${outcome}`, { cause });
  if (isOneOf(exhausted)) return busy(`too many files are open; ${outcome}`, '1', 'busy', cause);
  const code = isOneOf(failing);
  return code === undefined
    ? undefined
    : busy(`the server's storage fails (${code}); ${outcome}`, '30', 'storage-failing', cause);
}

function busy(message: string, retryAfterSeconds: string, code: string, cause: unknown): HttpError {
  return new HttpError(503, code, message, { cause, headers: [['Retry-After', retryAfterSeconds]] });
}

function isCausedBy(error: unknown, code: string): boolean {
  return (
    isSystemError(error, code) || (error instanceof Error && error.cause !== undefined && isCausedBy(error.cause, code))
  );
}
