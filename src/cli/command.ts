/**
 * What a program of the command line declares of itself: its name, its flags, what it runs. `arguments.ts` turns that
 * into a parser and the `--help` text; `main.ts` picks the program. Programs know nothing of either.
 *
 *     export const command = defineCommand({
 *       name: 'peer',
 *       summary: 'a storage peer: one process, one directory, one pair of FIFOs',
 *       operands: { usage: 'ID', min: 1, max: 1 },
 *       flags: { dir: { kind: 'text', placeholder: 'DIR', summary: 'where the pieces are kept' } },
 *       example: 'rivulet peer p1 --dir /srv/p1',
 *       async run({ operands: [id], flags }, io) { ...; return exitCode.ok; },
 *     });
 */
import type { Readable, Writable } from 'node:stream';

interface FlagBase {
  readonly summary: string;
  /** One letter, for `-o`. `-h` is help. */
  readonly short?: string;
}

interface ValueFlag extends FlagBase {
  /** What the help shows for the value: `FILE`. */
  readonly placeholder: string;
}

/** One `--flag`. A `text` or `number` flag with a `default` always has a value. */
export type Flag =
  | (FlagBase & { readonly kind: 'switch' })
  | (ValueFlag & { readonly kind: 'text'; readonly default?: string })
  /** May be given several times. */
  | (ValueFlag & { readonly kind: 'list' })
  /** A whole number from `min` to `max`. */
  | (ValueFlag & { readonly kind: 'number'; readonly min: number; readonly max: number; readonly default?: number });

/** By name, without the dashes. `help` and `version` are understood by every command. */
export type Flags = Readonly<Record<string, Flag>>;

interface ValueByKind {
  switch: boolean;
  text: string;
  list: readonly string[];
  number: number;
}
type FlagValue<F extends Flag> =
  | ValueByKind[F['kind']]
  | (F extends { kind: 'switch' | 'list' } | { default: string | number } ? never : undefined);

/** What the user asked for. */
export interface ParsedArguments<F extends Flags> {
  readonly flags: { readonly [Name in keyof F]: FlagValue<F[Name]> };
  /** What is not a flag, in order; everything after `--`. */
  readonly operands: readonly string[];
}

/** The process around a command, passed in so that tests can look at what it writes. */
export interface CommandIo {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** For data. */
  readonly stdout: Writable & { readonly isTTY?: boolean };
  /** For messages and progress. */
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Command<F extends Flags = Flags> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** How many operands it takes, and how the usage line shows them: `FILE...`. */
  readonly operands: { readonly usage: string; readonly min: number; readonly max: number };
  readonly flags: F;
  /** A line one can type. */
  readonly example: string;
  /** Settles with the exit code, or fails with a CommandError, when the program is over. */
  run(parsed: ParsedArguments<F>, io: CommandIo): Promise<number>;
}

/** Declares a command so that `run` sees each flag with its own type. */
export function defineCommand<const F extends Flags>(command: Command<F>): Command<F> {
  return command;
}
