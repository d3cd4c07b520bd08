/** Errors of files and downloads, as responses to the node's client. */
import { DownloadError, type DownloadErrorCode } from '../io/downloads/download-error.ts';
import { isDiskFull, isSystemError } from '../io/files/calls.ts';
import { HttpError } from '../protocols/http/errors.ts';

const statusOf: Readonly<Record<DownloadErrorCode, number>> = {
  'target-exists': 409,
  'no-space': 507,
  'in-use': 409,
  changed: 409,
  'bad-torrent': 409,
  io: 503,
};

/** The system's codes for a path that leads to no readable file. */
const noFileCodes = ['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'EACCES', 'EPERM'];

/** An HttpError for a DownloadError or a system error; any other error as it is. */
export function asHttpError(error: unknown): unknown {
  if (error instanceof DownloadError)
    return new HttpError(statusOf[error.code], error.code, error.message, { cause: error });
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  if (isDiskFull(error)) return new HttpError(507, 'no-space', error.message, { cause: error });
  const isNoFile = noFileCodes.some((code) => isSystemError(error, code));
  return new HttpError(isNoFile ? 409 : 503, isNoFile ? 'no-such-file' : 'io', error.message, { cause: error });
}
