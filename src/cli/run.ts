/**
 * The command line as a function: picks a program by the first argument, runs it, turns whatever ends it into an exit
 * code. Programs are loaded only when they are needed, so that `rivulet ls` does not wait for the server's code.
 */
import { nearest } from '../bytes/nearest.ts';
import { parseArguments, usageError } from './arguments.ts';
import type { Command, CommandIo } from './command.ts';
import { CommandError, exitCode } from './exit.ts';
import { commandHelp, overview } from './help.ts';

/** Loads the module of one program. */
export type LoadProgram = () => Promise<{ readonly command: Command }>;
/** All programs by the command's name, in the order of the help. */
export type Programs = ReadonlyMap<string, LoadProgram>;

/** The arguments, and everything that they may name. */
export interface CommandLine {
  readonly args: readonly string[];
  readonly programs: Programs;
  readonly version: string;
}

/** Runs the program that the arguments name. Settles with the exit code; never fails. */
export async function runCommandLine(line: CommandLine, io: CommandIo): Promise<number> {
  try {
    return await dispatch(line, io);
  } catch (error) {
    if (error instanceof CommandError) {
      io.stderr.write(`rivulet: ${error.message}\n`);
      return error.exitCode;
    }
    // A fault of ours: the stack helps to find it.
    io.stderr.write(`rivulet: ${error instanceof Error ? error.stack : String(error)}\n`);
    return exitCode.failure;
  }
}

async function dispatch({ args, programs, version }: CommandLine, io: CommandIo): Promise<number> {
  const [name, ...rest] = args;
  switch (name) {
    case undefined:
      io.stderr.write(await overviewOf(programs));
      return exitCode.usage;
    case '--version':
      return print(io, `rivulet ${version}\n`);
    case '--help':
    case '-h':
    case 'help':
      return print(io, rest[0] === undefined ? await overviewOf(programs) : commandHelp(await load(programs, rest[0])));
  }
  const command = await load(programs, name);
  const outcome = parseArguments(command, rest);
  switch (outcome.kind) {
    case 'help':
      return print(io, commandHelp(command));
    case 'version':
      return print(io, `rivulet ${version}\n`);
    case 'run':
      return await command.run(outcome.parsed, io);
  }
}

function print(io: CommandIo, text: string): number {
  io.stdout.write(text);
  return exitCode.ok;
}

async function load(programs: Programs, name: string): Promise<Command> {
  const program = programs.get(name);
  if (program !== undefined) return (await program().catch(notLoaded)).command;
  const meant = nearest(name, programs.keys());
  throw usageError(
    `there is no command "${name}"; ${meant === undefined ? 'see: rivulet --help' : `did you mean "${meant}"?`}`,
  );
}

/** Throws for a program whose modules could not be loaded: with too few descriptors the fault is the user's to mend. */
function notLoaded(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'EMFILE' && code !== 'ENFILE') throw error;
  const message = `too few files may be open at once (${code}): allow more, as with "ulimit -n 1024"`;
  throw new CommandError(exitCode.unavailable, message, { cause: error });
}

async function overviewOf(programs: Programs): Promise<string> {
  return overview(await Promise.all([...programs.keys()].map((name) => load(programs, name))));
}
