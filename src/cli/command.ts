/**
 * The declaration of a command: its name, its flags and operands, and the function that runs it. `arguments.ts` parses
 * by it, `help.ts` makes the `--help` text of it, and `run.ts` picks the command. Commands know nothing of these.
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

/** The parts of each flag. */
interface FlagBase {
  readonly summary: string;
  /** One letter, for a short form such as `-o`; `-h` is help. */
  readonly short?: string;
}

/** The parts of a flag with a value. */
interface ValueFlag extends FlagBase {
  /** The word for the value in the help: `FILE`. */
  readonly placeholder: string;
}

/** One `--flag`. A `text` or `number` flag with a `default` always has a value. */
export type Flag =
  | (FlagBase & { readonly kind: 'switch' })
  /** `--flag` for all of the names, `--flag=a,b` for some; without it there are none. */
  | (FlagBase & { readonly kind: 'names'; readonly names: readonly string[] })
  | (ValueFlag & { readonly kind: 'text'; readonly default?: string })
  /** `list`: may be given several times. */
  | (ValueFlag & { readonly kind: 'list' })
  /** `number`: a whole number from `min` to `max`. */
  | (ValueFlag & { readonly kind: 'number'; readonly min: number; readonly max: number; readonly default?: number });

/** Flags by name, without the dashes. Every command has `help` and `version` besides. */
export type Flags = Readonly<Record<string, Flag>>;

interface ValueByKind {
  switch: boolean;
  text: string;
  list: readonly string[];
  names: readonly string[];
  number: number;
}
type FlagValue<F extends Flag> =
  | ValueByKind[F['kind']]
  | (F extends { kind: 'switch' | 'list' | 'names' } | { default: string | number } ? never : undefined);

/** The values of the flags, and the operands. */
export interface ParsedArguments<F extends Flags> {
  readonly flags: { readonly [Name in keyof F]: FlagValue<F[Name]> };
  /** The arguments that are no flags, in order; all arguments after `--`. */
  readonly operands: readonly string[];
}

/** The process around a command, passed in so that tests can see the output. */
export interface CommandIo {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** The stream for data. */
  readonly stdout: Writable & { readonly isTTY?: boolean };
  /** The stream for messages and progress. */
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** One command. */
export interface Command<F extends Flags = Flags> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The number of operands, and their place in the usage line: `FILE...`. */
  readonly operands: { readonly usage: string; readonly min: number; readonly max: number };
  readonly flags: F;
  /** A line that can be typed. */
  readonly example: string;
  /** Runs the command. Settles with the exit code, or fails with a CommandError. */
  run(parsed: ParsedArguments<F>, io: CommandIo): Promise<number>;
}

/** Declares a command so that `run` sees each flag with its own type. */
export function defineCommand<const F extends Flags>(command: Command<F>): Command<F> {
  return command;
}
