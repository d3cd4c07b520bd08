/**
 * How a program of the command line ends: the exit codes, and the error that carries one.
 *
 * The codes are those of the usual conventions: 2 is what shells and getopt programs use for wrong usage, 69 and 78 are
 * EX_UNAVAILABLE and EX_CONFIG of sysexits.h, which service managers know.
 */

export const exitCode = { ok: 0, failure: 1, usage: 2, unavailable: 69, badConfig: 78 } as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/**
 * Ends the program: `message` goes to stderr as it stands, without a stack, and the process exits with `exitCode`.
 * Any other error that reaches `main` is a fault of ours, and is shown with its stack.
 */
export class CommandError extends Error {
  readonly exitCode: ExitCode;
  constructor(code: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandError';
    this.exitCode = code;
  }
}
