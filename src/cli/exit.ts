/**
 * The exit codes of the programs, and the error that carries one.
 *
 * The codes follow the usual conventions: 2 is the code of shells and getopt programs for wrong usage, 69 and 78 are
 * EX_UNAVAILABLE and EX_CONFIG of sysexits.h, which service managers know.
 */

/** All exit codes. */
export const exitCode = { ok: 0, failure: 1, usage: 2, unavailable: 69, badConfig: 78 } as const;
/** One of the exit codes. */
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/**
 * An error that ends the program: `message` goes to stderr as it stands, without a stack, and the process exits with
 * `exitCode`. Any other error that reaches `run.ts` is a fault of ours, and is shown with its stack.
 */
export class CommandError extends Error {
  readonly exitCode: ExitCode;
  constructor(code: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandError';
    this.exitCode = code;
  }
}
