/** The commands of `rivulet share`: each prints its result, or fails with a reason. */
import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Endpoint } from '../bytes/endpoint.ts';
import { formatExactSize } from '../bytes/format.ts';
import type { CommandIo } from '../cli/command.ts';
import { Progress } from '../cli/progress.ts';
import { NotAFileError } from '../io/files/regular-file.ts';
import { DirectoryError } from '../protocols/directory/errors.ts';
import { checkPath } from '../protocols/directory/paths.ts';
import type { DownloadHead } from '../protocols/directory/types.ts';
import { CommandLineError, helpText, parseCommandLine, type ShareCommand } from './command-line.ts';
import { DirectoryAwayError } from './directory-client.ts';
import { type DirectoryLink, DirectoryRefusal } from './directory-link.ts';
import { DownloadFailure, type DownloadOptions, download } from './download.ts';
import { identify, type OwnFile, type OwnFiles, registeredPath } from './own-files.ts';
import { isThere } from './partial-file.ts';
import type { UserMap } from './user-map.ts';

/** The collaborators of a shell. */
export interface ShellContext {
  /** The user's name. */
  readonly name: string;
  readonly files: OwnFiles;
  readonly link: DirectoryLink;
  readonly map: UserMap;
  /** Writes a line of a result. */
  readonly print: (line: string) => void;
  /** Writes a message. */
  readonly say: (message: string) => void;
  /** The stream of the progress bar. */
  readonly terminal: CommandIo['stderr'];
}

/** The outcome of one line. */
export type LineOutcome = 'done' | 'failed' | 'quit';

/** The reason why a command cannot be done; for a person. */
class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
}

/** Runs commands, one line at a time. */
export class Shell {
  readonly #context: ShellContext;

  constructor(context: ShellContext) {
    this.#context = context;
  }

  /** Runs `line`, until `signal` interrupts it. A failure is said; only faults of ours are thrown. */
  async run(line: string, signal: AbortSignal): Promise<LineOutcome> {
    try {
      const command = parseCommandLine(line, this.#context.name);
      if (command?.kind === 'quit') return 'quit';
      if (command !== undefined) await this.#do(command, signal);
      return 'done';
    } catch (error) {
      if (!isForThePerson(error)) throw error;
      this.#context.say(error.message);
      return 'failed';
    }
  }

  async #do(command: Exclude<ShareCommand, { kind: 'quit' }>, signal: AbortSignal): Promise<void> {
    const { link, print } = this.#context;
    switch (command.kind) {
      case 'help':
        for (const line of helpText.trimEnd().split('\n')) print(line);
        return;
      case 'list-users':
      case 'list-files':
        return link.list(command.kind, print);
      case 'register':
        return this.#each(command.paths, (path) => this.#register(path));
      case 'unregister':
        return this.#each(command.paths, (path) => this.#unregister(path));
      case 'download':
        return this.#download(command, signal);
    }
  }

  /** Does `work` for each path, the others also when one fails. */
  async #each(paths: readonly string[], work: (path: string) => Promise<void>): Promise<void> {
    let failed = 0;
    for (const path of paths) {
      try {
        await work(path);
      } catch (error) {
        if (!isForThePerson(error)) throw error;
        if (paths.length === 1) throw error;
        this.#context.say(error.message);
        failed += 1;
      }
    }
    if (failed > 0) throw new CommandFailure(`${failed} of ${paths.length} failed`);
  }

  async #register(path: string): Promise<void> {
    const file = await identify(path);
    if (this.#context.files.has(file.path)) throw new CommandFailure(`${file.path} is registered already`);
    await this.#share(file);
  }

  /** Registers `file`, in place of another at the same path. */
  async #share(file: OwnFile): Promise<void> {
    const { files, link, print, say } = this.#context;
    const told = await link.announce([file.path]);
    files.add(file);
    print(`registered ${file.path}`);
    if (told === 'later') say('the directory is away, and will hear of it when it is back');
  }

  async #unregister(path: string): Promise<void> {
    const { files, link, print } = this.#context;
    const registered = await registeredPath(path, files);
    if (registered === undefined) throw new CommandFailure(`${resolve(path)} is not registered`);
    files.remove(registered);
    await link.withdraw([registered]);
    print(`unregistered ${registered}`);
  }

  async #download(command: Extract<ShareCommand, { kind: 'download' }>, signal: AbortSignal): Promise<void> {
    const { print } = this.#context;
    const { overwrite } = command;
    const remote = checkPath(command.remote);
    const target = await targetOf(command.local, remote);
    if (!overwrite && (await isThere(target))) {
      throw new CommandFailure(`${target} is there already; download -f replaces it`);
    }
    const endpoint = await this.#find(command.user);
    const { size, sha256 } = await this.#fetch({ endpoint, path: remote, target, overwrite, signal });
    print(`downloaded ${target}, ${formatExactSize(size)}, SHA-256 ${sha256}`);
    await this.#share(await identify(target));
  }

  /** Downloads with a progress bar, which goes away whatever happens. */
  async #fetch(what: Omit<DownloadOptions, 'onBegin' | 'onBytes'>): Promise<DownloadHead> {
    let bar: Progress | undefined;
    const onBegin = (size: number, before: number): void => {
      bar = new Progress(this.#context.terminal, basename(what.target), size);
      bar.skip(before);
    };
    try {
      return await download({ ...what, onBegin, onBytes: (count) => bar?.add(count) });
    } finally {
      bar?.end();
    }
  }

  async #find(user: string): Promise<Endpoint> {
    const endpoint = await this.#context.map.find(user);
    if (endpoint === undefined) throw new CommandFailure(`nobody is called ${user}`);
    return endpoint;
  }
}

/** The path of the file: in a folder it gets the name that it has on the other machine. */
async function targetOf(local: string, remote: string): Promise<string> {
  const path = resolve(local);
  const isFolder =
    local.endsWith('/') ||
    (await stat(path).then(
      (stats) => stats.isDirectory(),
      () => false,
    ));
  return isFolder ? join(path, basename(remote)) : path;
}

const told = [
  ...[CommandFailure, CommandLineError, DirectoryError, NotAFileError],
  ...[DirectoryAwayError, DirectoryRefusal, DownloadFailure],
];

/** Whether the error is the user's, the other side's or the system's, and is told without a stack. */
function isForThePerson(error: unknown): error is Error {
  return told.some((kind) => error instanceof kind) || (error instanceof Error && 'syscall' in error);
}
