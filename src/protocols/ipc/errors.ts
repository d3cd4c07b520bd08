/**
 * The errors of the FIFO protocol. `answer` is the code of the `ERR` line that the other side gets.
 *
 *     ERR seq=12 code=bad-request message=GET_PART%20needs%20part%3D
 */
import { ProtocolError } from '../../bytes/protocol-error.ts';
import type { ErrCode, Seq } from './types.ts';

/**
 * Thrown by the parsers for a message that breaks a rule, and by a peer for a request that it cannot fulfil (`new
 * IpcError('not-found', 'no piece 7 of …')`). `code` is finer than `answer` where a rule of the protocol broke.
 */
export class IpcError extends ProtocolError<ErrCode> {
  declare readonly answer: ErrCode;
  /** The `seq` of the request, where it could be read. */
  readonly seq: Seq;

  constructor(answer: ErrCode, message: string, options: { code?: string; seq?: Seq; cause?: unknown } = {}) {
    super(options.code ?? answer, answer, message, { cause: options.cause });
    this.seq = options.seq;
  }
}
