/** The error of the directory's protocols. */
import { ProtocolError } from '../../bytes/protocol-error.ts';
import type { DirectoryErrorCode } from './types.ts';

/** A line that is refused. `answer` is the code of the `ERR` line; the connection stays open unless `fatal`. */
export class DirectoryError extends ProtocolError<DirectoryErrorCode> {
  declare readonly code: DirectoryErrorCode;
  declare readonly answer: DirectoryErrorCode;
  /** Whether the connection is closed after the reply. */
  readonly fatal: boolean;

  constructor(code: DirectoryErrorCode, message: string, options: ErrorOptions & { readonly fatal?: boolean } = {}) {
    super(code, code, message, options);
    this.fatal = options.fatal ?? false;
  }
}
