/**
 * From the arguments that the user typed to flags and operands, by a command's declaration. Knows no command. The
 * splitting into tokens is `node:util`'s; their meaning, and the messages for mistakes, are here.
 *
 *     ['--port', '0', '--json', '--', '-x']   ->   flags: { port: 0, json: true }, operands: ['-x']
 */
import { parseArgs } from 'node:util';
import { nearest } from '../bytes/nearest.ts';
import type { Command, Flag, Flags, ParsedArguments } from './command.ts';
import { CommandError, exitCode } from './exit.ts';

/** The flags that every command has; with one of them the command is not run. */
export const commonFlags = {
  help: { kind: 'switch', short: 'h', summary: 'print this and exit' },
  version: { kind: 'switch', summary: 'print the version and exit' },
} as const satisfies Flags;

/** The outcome: run the command, or print the help or the version. */
export type ArgumentsOutcome<F extends Flags> =
  | { readonly kind: 'run'; readonly parsed: ParsedArguments<F> }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' };

/** The flags and operands in `args`. Throws a CommandError (exit code 2) that names the fault. */
export function parseArguments<F extends Flags>(command: Command<F>, args: readonly string[]): ArgumentsOutcome<F> {
  const flags: Flags = { ...command.flags, ...commonFlags };
  const values = new Map(Object.entries(command.flags).map(([name, flag]) => [name, initialValue(flag)]));
  const operands: string[] = [];
  for (const token of tokensOf(args, flags)) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
    if (flag === undefined) throw unknownFlag(command.name, token.rawName, flags);
    if (token.name === 'help' || token.name === 'version') return { kind: token.name };
    values.set(token.name, nextValue(flag, token, values.get(token.name)));
  }
  checkOperands(command, operands);
  return { kind: 'run', parsed: { flags: Object.fromEntries(values), operands } as unknown as ParsedArguments<F> };
}

/** The error for wrong usage. */
export function usageError(message: string): CommandError {
  return new CommandError(exitCode.usage, message);
}

/** A flag as it was typed. */
interface OptionToken {
  readonly name: string;
  /** The name as it was typed: `--port`, `-p`. */
  readonly rawName: string;
  readonly value?: string | undefined;
  /** Whether the flag was typed as `--name=value`. */
  readonly inlineValue?: boolean | undefined;
}

function tokensOf(args: readonly string[], flags: Flags) {
  const options = Object.entries(flags).map(([name, { kind, short }]) => {
    const type = kind === 'switch' || kind === 'names' ? ('boolean' as const) : ('string' as const);
    return [name, { type, ...(short === undefined ? {} : { short }) }] as const;
  });
  // Not strict: the errors of `parseArgs` neither say what is expected nor what was meant.
  return parseArgs({ args: [...args], options: Object.fromEntries(options), strict: false, tokens: true }).tokens;
}

function initialValue(flag: Flag): unknown {
  if (flag.kind === 'switch') return false;
  return flag.kind === 'list' || flag.kind === 'names' ? [] : flag.default;
}

/** The flag's value after `token`. The last of several values counts, as usual; a list gathers all. */
function nextValue(flag: Flag, token: OptionToken, before: unknown): unknown {
  const { rawName, value, inlineValue } = token;
  if (flag.kind === 'switch') {
    if (value !== undefined) throw usageError(`${rawName} takes no value`);
    return true;
  }
  if (flag.kind === 'names') return parseNames(flag.names, rawName, value);
  // `--config --root x` forgot a value; a value that really begins with a dash is given as `--config=-x`.
  if (value === undefined || (inlineValue !== true && /^-./.test(value))) {
    throw usageError(`${rawName} needs a value: ${rawName} ${flag.placeholder}`);
  }
  switch (flag.kind) {
    case 'text':
      return value;
    case 'list':
      return [...(before as readonly string[]), value];
    case 'number':
      return parseNumber(flag, rawName, value);
  }
}

function parseNumber({ min, max }: Flag & { kind: 'number' }, rawName: string, value: string): number {
  const number = /^[0-9]{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw usageError(`${rawName} needs a whole number from ${min} to ${max}, not "${value}"`);
}

/** Some of `names`; all of them where none is given. */
function parseNames(names: readonly string[], rawName: string, value: string | undefined): readonly string[] {
  if (value === undefined) return names;
  const chosen = value.split(',');
  const unknown = chosen.find((name) => !names.includes(name));
  if (unknown === undefined) return chosen;
  throw usageError(`${rawName} knows ${names.join(', ')}, not "${unknown}"`);
}

function unknownFlag(command: string, rawName: string, flags: Flags): CommandError {
  const meant = nearest(rawName.replace(/^-+/, ''), Object.keys(flags));
  const hint = meant === undefined ? `see: rivulet ${command} --help` : `did you mean --${meant}?`;
  return usageError(`${rawName} is not a flag of "rivulet ${command}"; ${hint}`);
}

function checkOperands({ name, operands: { usage, min, max } }: Command, operands: readonly string[]): void {
  if (operands.length < min) throw usageError(`missing operand: rivulet ${name} ${usage}`);
  if (operands.length > max) throw usageError(`one operand too many for "rivulet ${name}": "${operands[max]}"`);
}
