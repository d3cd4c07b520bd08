/** What goes wrong with files and downloads, as the answer that the node's client is given. */
import { DownloadError, type DownloadErrorCode } from '../io/downloads/download-error.ts';
import { HttpError } from '../protocols/http/errors.ts';

const statusOf: Readonly<Record<DownloadErrorCode, number>> = {
  'target-exists': 409,
  'no-space': 507,
  'in-use': 409,
  changed: 409,
  'bad-torrent': 409,
  io: 503,
};

/** `error` as a HttpError, when it is a DownloadError or the system's; others stay themselves. */
export function asHttpError(error: unknown): unknown {
  if (error instanceof DownloadError)
    return new HttpError(statusOf[error.code], error.code, error.message, { cause: error });
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  return new HttpError(409, 'no-such-file', error.message, { cause: error });
}
