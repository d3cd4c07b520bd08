/** The errors between a piece and the disk, in the words of the FIFO protocol's `ERR code=`. */
import { CodedError, errorText } from '../../bytes/coded-error.ts';
import { isDiskFull } from '../files/calls.ts';

export type StoreErrorCode =
  | 'not-found' // it is not held (any more)
  | 'corrupt' // the bytes do not have the promised hash, or the file ends before the piece does
  | 'no-space' // the disk, or the user's quota, is full
  | 'io'; // the disk failed, or refused

export class StoreError extends CodedError<StoreErrorCode> {}

/** `error` as a StoreError: one stays itself, others become `no-space` or `io`. `doing` says what was tried. */
export function storeError(doing: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const reason = errorText(error);
  return new StoreError(isDiskFull(error) ? 'no-space' : 'io', `${doing}: ${reason}`, { cause: error });
}
