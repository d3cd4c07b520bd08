/**
 * Errors that a program can tell apart by their `code`, and the text of an error that may be anything.
 *
 * Each room has a class of its own, whose codes are a union of strings:
 *
 *     export class StoreError extends CodedError<StoreErrorCode> {}
 */

/** An error with a stable code, kebab-case, on which programs and tests may rely. */
export class CodedError<Code extends string> extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The message of whatever was thrown, which in JavaScript need not be an Error. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
