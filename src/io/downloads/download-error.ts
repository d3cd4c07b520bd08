/** The errors between a download and the disk, in words for the user: what went wrong, where, and what can be done. */
import { CodedError } from '../../bytes/coded-error.ts';
import { isDiskFull, isSystemError } from '../files/calls.ts';

export type DownloadErrorCode =
  | 'target-exists' // something else has the name that the download is to get
  | 'no-space' // the disk, or the user's share of it, is full
  | 'in-use' // another process, or this one, is downloading it to the same place
  | 'changed' // files were moved, removed, replaced or written by somebody else
  | 'bad-torrent' // what it describes cannot be kept here
  | 'io'; // the disk failed, or refused

export class DownloadError extends CodedError<DownloadErrorCode> {}

/** `error` as a DownloadError, when it is the system's; others stay themselves. `doing` says what was tried, where. */
export function downloadError(doing: string, error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error && /^E[A-Z0-9]+$/.test(String(error.code)))) return error;
  if (isDiskFull(error)) {
    return new DownloadError('no-space', `${doing}: the disk is full. Make room; nothing is lost, and it can go on`, {
      cause: error,
    });
  }
  const gone = ['ENOENT', 'ENOTDIR', 'ELOOP'].some((code) => isSystemError(error, code));
  if (!gone) return new DownloadError('io', `${doing}: ${error.message}`, { cause: error });
  const advice = 'Something was moved, removed or replaced there. Put it back, or start the download again';
  return new DownloadError('changed', `${doing}: ${error.message}. ${advice}`, { cause: error });
}

/** Does `work`, and throws its failures as `downloadError` says. */
export async function attempt<Result>(doing: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw downloadError(doing, error);
  }
}
