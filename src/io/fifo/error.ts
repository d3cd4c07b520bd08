/** The reasons why a FIFO, or the folder that holds a pair of them, cannot be used. */
import { CodedError } from '../../bytes/coded-error.ts';

export type FifoErrorCode =
  | 'nobody' // no process has it open at the other end (any more)
  | 'not-a-fifo' // missing, or something else than a FIFO
  | 'not-a-directory' // the folder for the pair is missing, or something else than a folder
  | 'outside' // that folder does not lie where FIFOs may lie
  | 'closed' // this end was closed before the write was done
  | 'io'; // the system refused

export class FifoError extends CodedError<FifoErrorCode> {}
