/**
 * What every protocol's error has in common: the other side broke a rule, and this is what it is told.
 *
 * Thrown in parsers, caught in one place per connection. Our own mistakes are plain `Error`s; their text never leaves
 * the process. `message` is meant for the other side: it says what was expected and what came.
 */
export class ProtocolError<Answer> extends Error {
  /** Stable, kebab-case; programs and tests may rely on it. */
  readonly code: string;
  /** What the other side gets (an HTTP status, an `ERR` code...), or `'drop'`: nothing at all. */
  readonly answer: Answer | 'drop';

  constructor(code: string, answer: Answer | 'drop', message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.answer = answer;
  }
}
