/**
 * The source of commands and the place for results: a person at a terminal, with a prompt, or a script, with plain
 * lines.
 */
import { mkdir, readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { printable } from '../bytes/printable.ts';
import type { CommandIo } from '../cli/command.ts';
import { readIfThere, writeFileAtomically } from '../io/files/files.ts';
import { parseFileLine } from '../protocols/directory/read.ts';
import { type CompletionSources, complete } from './completion.ts';
import type { DirectoryLink } from './directory-link.ts';
import type { ShareOptions } from './options.ts';
import type { OwnFiles } from './own-files.ts';
import { Prompt } from './prompt.ts';
import type { UserMap } from './user-map.ts';

/** A terminal, or a script. */
export interface Console {
  readonly interactive: boolean;
  lines(): AsyncIterable<string>;
  /** Writes a line of a result. */
  print(line: string): void;
  /** Writes a message. */
  say(message: string): void;
  /** Runs `work`, whose signal is aborted by Ctrl-C. */
  interruptible<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** The collaborators of a console. */
export interface ConsoleContext {
  readonly io: CommandIo;
  readonly options: ShareOptions;
  readonly files: OwnFiles;
  readonly link: DirectoryLink;
  readonly map: UserMap;
  /** Ends the lines, and interrupts the work under way. */
  readonly signal: AbortSignal;
}

/** Opens a prompt on a terminal, and reads plain lines from anything else. */
export async function openConsole(context: ConsoleContext): Promise<Console> {
  const { stdin, stdout } = context.io;
  return stdin.isTTY === true && stdout.isTTY === true ? openPrompt(context) : openScript(context);
}

function openScript({ io, options, signal }: ConsoleContext): Console {
  const input = createInterface({ input: io.stdin });
  signal.addEventListener('abort', () => input.close());
  return {
    interactive: false,
    lines: () => input,
    print: (line) => void io.stdout.write(`${printable(line)}\n`),
    say: (message) => void io.stderr.write(`${options.name}: ${printable(message)}\n`),
    interruptible: (work) => work(signal),
    async close() {
      input.close();
    },
  };
}

async function openPrompt(context: ConsoleContext): Promise<Console> {
  const { io, options, signal } = context;
  let interrupt = new AbortController();
  signal.addEventListener('abort', () => interrupt.abort());
  const prompt = new Prompt({
    io,
    prompt: `${options.name}> `,
    complete: (line) => complete(line, sourcesOf(context)),
    history: await readHistory(options.historyPath),
    onInterrupt: () => interrupt.abort(),
    signal,
  });
  return {
    interactive: true,
    lines: () => prompt.lines(),
    print: (line) => prompt.write(`${printable(line)}\n`, 'stdout'),
    say: (message) => prompt.write(`${options.name}: ${printable(message)}\n`, 'stderr'),
    interruptible: (work) => {
      interrupt = new AbortController();
      return work(interrupt.signal);
    },
    async close() {
      prompt.close();
      await writeHistory(options.historyPath, prompt.history);
    },
  };
}

/** The history, latest first; the file has the latest last, as a person expects. */
async function readHistory(path: string): Promise<string[]> {
  const text = (await readIfThere(path))?.toString() ?? '';
  return text
    .split('\n')
    .filter((line) => line !== '')
    .reverse();
}

async function writeHistory(path: string, history: readonly string[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomically(
    path,
    [...history]
      .reverse()
      .map((line) => `${line}\n`)
      .join(''),
    0o600,
  );
}

function sourcesOf({ files, link, map }: ConsoleContext): CompletionSources {
  return {
    users: async () => [...(await map.users()).keys()],
    async filesOf(user) {
      const paths: string[] = [];
      await link.list('list-files', (line) => {
        const file = parseFileLine(line);
        if (file?.name === user) paths.push(file.path);
      });
      return paths;
    },
    own: () => files.paths(),
    local: localNames,
  };
}

/** Paths that begin with `prefix`; hidden files only when the prefix names one, as in a shell. */
async function localNames(prefix: string): Promise<string[]> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const begin = prefix.slice(folder.length);
  const entries = await readdir(folder === '' ? '.' : folder, { withFileTypes: true });
  return entries
    .filter(({ name }) => name.startsWith(begin) && (begin !== '' || !name.startsWith('.')))
    .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`);
}
