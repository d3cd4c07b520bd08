/**
 * A line that cannot be accepted. `answer` is the code of the `ERR` line; the connection lives on unless `fatal`.
 */
import { ProtocolError } from '../../bytes/protocol-error.ts';
import type { DirectoryErrorCode } from './types.ts';

export class DirectoryError extends ProtocolError<DirectoryErrorCode> {
  declare readonly code: DirectoryErrorCode;
  declare readonly answer: DirectoryErrorCode;
  /** Whether the connection is closed after the answer. */
  readonly fatal: boolean;

  constructor(code: DirectoryErrorCode, message: string, options: ErrorOptions & { readonly fatal?: boolean } = {}) {
    super(code, code, message, options);
    this.fatal = options.fatal ?? false;
  }
}
