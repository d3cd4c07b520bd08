/**
 * The base of every protocol's error: the other side broke a rule, and is told so.
 *
 * Thrown in parsers, caught in one place per connection. Our own mistakes are plain `Error`s; their text never leaves
 * the process. `message` is meant for the other side: it says what was expected and what came.
 */
import { CodedError } from './coded-error.ts';

/** A rule of a protocol that the other side broke. */
export class ProtocolError<Answer> extends CodedError<string> {
  /** The answer that the other side gets (an HTTP status, an `ERR` code...), or `'drop'`: none at all. */
  readonly answer: Answer | 'drop';

  constructor(code: string, answer: Answer | 'drop', message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.answer = answer;
  }
}
