/**
 * A registration that cannot be accepted. `answer` is the code of the ERR reply, or `'drop'` for a datagram that is no
 * registration at all: it is not answered, so that nobody can make us send anything by sending us noise.
 */
import { ProtocolError } from '../../bytes/protocol-error.ts';
import type { RegisterErrorCode } from './types.ts';

export class RegisterError extends ProtocolError<RegisterErrorCode> {
  constructor(answer: RegisterErrorCode | 'drop', message: string, options?: ErrorOptions) {
    super(answer, answer, message, options);
  }
}
