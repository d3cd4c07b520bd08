/**
 * What every protocol's error has in common: the other side broke a rule, and this is what it is told.
 *
 * Thrown in parsers, caught in one place per connection. Our own mistakes are plain `Error`s; their text never leaves
 * the process. `message` is meant for the other side: it says what was expected and what came.
 */
import { CodedError } from './coded-error.ts';

/** A rule of a protocol that the other side broke. */
export class ProtocolError<Answer> extends CodedError<string> {
  /** What the other side gets (an HTTP status, an `ERR` code...), or `'drop'`: nothing at all. */
  readonly answer: Answer | 'drop';

  constructor(code: string, answer: Answer | 'drop', message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.answer = answer;
  }
}
