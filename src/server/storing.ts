/** What the client is told when our disk fails it. */
import { isSystemError } from '../io/files.ts';
import { HttpError } from '../protocols/http/errors.ts';
import type { HttpResponse } from './exchange.ts';

/** Does `work`; failures of our disk that the client should understand become HttpError 507 or 503. */
export async function storing(work: () => Promise<HttpResponse>): Promise<HttpResponse> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HttpError) throw error;
    if (isCausedBy(error, 'ENOSPC') || isCausedBy(error, 'EDQUOT')) {
      throw new HttpError(507, 'no-space', 'the disk is full; nothing was kept', { cause: error });
    }
    if (isCausedBy(error, 'EMFILE') || isCausedBy(error, 'ENFILE')) {
      const message = 'too many files are open; nothing was kept';
      throw new HttpError(503, 'busy', message, { cause: error, headers: [['Retry-After', '1']] });
    }
    const failing = ['EIO', 'EROFS', 'EACCES', 'EPERM', 'ENOENT'].find((code) => isCausedBy(error, code));
    if (failing === undefined) throw error;
    const message = `the server's storage fails (${failing}); nothing was kept`;
    throw new HttpError(503, 'storage-failing', message, { cause: error, headers: [['Retry-After', '30']] });
  }
}

function isCausedBy(error: unknown, code: string): boolean {
  return (
    isSystemError(error, code) || (error instanceof Error && error.cause !== undefined && isCausedBy(error.cause, code))
  );
}
