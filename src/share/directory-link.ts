/**
 * The user's place in the directory: keeps a connection on which the name and all files are registered, and connects
 * again, with a back-off, whenever the connection is lost.
 */
import { Backoff } from '../async/backoff.ts';
import { foregroundClock } from '../async/clock.ts';
import { pause } from '../async/retry.ts';
import { encodePath } from '../protocols/directory/paths.ts';
import { type DirectoryErrorCode, directoryLimits, type Outcome, type UserName } from '../protocols/directory/types.ts';
import { DirectoryAwayError, DirectoryClient } from './directory-client.ts';

/** A reply `ERR` of the directory. */
export class DirectoryRefusal extends Error {
  readonly code: DirectoryErrorCode;
  constructor({ code, message }: Extract<Outcome, { kind: 'err' }>) {
    super(message);
    this.name = 'DirectoryRefusal';
    this.code = code;
  }
}

/** The settings and callbacks of a link. */
export interface DirectoryLinkOptions {
  readonly host: string;
  readonly port: number;
  readonly name: UserName;
  /** The port of the user's mini-server. */
  readonly miniPort: number;
  /** The files that are registered on a new connection. */
  readonly paths: () => readonly string[];
  /** Called each time the user has been registered. */
  readonly onJoined: () => void;
  /** Gets messages for the person: the directory is away, or back. */
  readonly say: (message: string) => void;
  readonly signal: AbortSignal;
}

/** `later`: the directory is away; it is told when it is back. */
export type Told = 'now' | 'later';

/** A connection with the directory that is made again whenever it is lost. */
export class DirectoryLink {
  readonly #options: DirectoryLinkOptions;
  readonly #closing = new AbortController();
  /** Ends the tries: aborted from outside, or by `close`. */
  readonly #signal: AbortSignal;
  /** The connection on which the name is registered. */
  #connection: DirectoryClient | undefined;
  /** The files that were registered on this connection, or asked to be. */
  #announced = new Set<string>();
  #away = new DirectoryAwayError('there was no connection yet');

  constructor(options: DirectoryLinkOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#closing.signal]);
  }

  /** Whether the name is registered now. */
  get online(): boolean {
    return this.#connection !== undefined;
  }

  /** Connects and registers. Fails with a DirectoryAwayError or a DirectoryRefusal. */
  async join(): Promise<void> {
    const { host, port, name, miniPort, paths, onJoined } = this.#options;
    const connection = await DirectoryClient.open(host, port, this.#signal);
    try {
      accept(await connection.ask({ kind: 'register-user', name, port: miniPort }));
      this.#connection = connection;
      this.#announced = new Set();
      await this.announce(paths());
    } catch (error) {
      this.#connection = undefined;
      connection.close();
      throw error;
    }
    onJoined();
  }

  /** Joins again whenever the connection is lost, until the link is closed. */
  async stay(): Promise<void> {
    const { say } = this.#options;
    const signal = this.#signal;
    const backoff = new Backoff();
    let said = '';
    while (!signal.aborted) {
      const reason = await this.#untilLost();
      if (signal.aborted) return;
      if (reason !== said) say(`${reason}; trying again`);
      said = reason;
      await pause(foregroundClock, backoff.next(), signal);
      if (!(await this.#joined())) continue;
      say('the directory is back');
      said = '';
      backoff.reset();
    }
  }

  /** Registers those of `paths` that are not registered yet. Fails with a DirectoryRefusal. */
  async announce(paths: readonly string[]): Promise<Told> {
    const fresh = paths.filter((path) => !this.#announced.has(path));
    return this.#tell(
      'register-files',
      fresh,
      (path) => this.#announced.add(path),
      () => {
        for (const path of fresh) this.#announced.delete(path);
      },
    );
  }

  /** Unregisters those of `paths` that are registered. Fails with a DirectoryRefusal. */
  async withdraw(paths: readonly string[]): Promise<Told> {
    const known = paths.filter((path) => this.#announced.has(path));
    return this.#tell('unregister-files', known, (path) => this.#announced.delete(path));
  }

  /** Asks for a list, whose lines go to `onLine`. Fails with a DirectoryAwayError or a DirectoryRefusal. */
  async list(kind: 'list-files' | 'list-users', onLine: (line: string) => void): Promise<void> {
    if (this.#connection === undefined) throw this.#away;
    accept(await this.#connection.ask({ kind }, onLine));
  }

  close(): void {
    this.#closing.abort();
    this.#connection?.close();
    this.#connection = undefined;
  }

  /** Settles when there is no connection, with the reason. */
  async #untilLost(): Promise<string> {
    if (this.#connection === undefined) return this.#away.message;
    this.#away = await this.#connection.closed;
    this.#connection = undefined;
    return this.#away.message;
  }

  async #joined(): Promise<boolean> {
    try {
      await this.join();
      return true;
    } catch (error) {
      // Also when it refuses: it may not have noticed yet that the connection before this one is gone.
      const known = error instanceof DirectoryAwayError || error instanceof DirectoryRefusal;
      if (!known) throw error;
      this.#away = error instanceof DirectoryAwayError ? error : new DirectoryAwayError(error.message);
      return false;
    }
  }

  /** Sends `paths` in batches. `note` is called for each path before it is sent, `onRefused` after a refusal. */
  async #tell(
    kind: 'register-files' | 'unregister-files',
    paths: readonly string[],
    note: (path: string) => void,
    onRefused: () => void = () => {},
  ): Promise<Told> {
    const connection = this.#connection;
    if (connection === undefined) return 'later';
    for (const path of paths) note(path);
    try {
      // One after the other: so many lines at once could be more than the directory takes in while it answers.
      for (const batch of batches(paths))
        accept(await connection.ask({ kind, name: this.#options.name, paths: batch }));
      return 'now';
    } catch (error) {
      if (error instanceof DirectoryAwayError) return 'later';
      onRefused();
      throw error;
    }
  }
}

function accept(outcome: Outcome): void {
  if (outcome.kind === 'err') throw new DirectoryRefusal(outcome);
}

/** Room on a line for the command, the name and the separators of paths. */
const reservedBytes = 128;

/** The paths in groups, each as large as fits on a line; the longest possible path fits alone. */
function* batches(paths: readonly string[]): Generator<string[]> {
  let batch: string[] = [];
  let bytes = 0;
  for (const path of paths) {
    const size = Buffer.byteLength(encodePath(path)) + 2;
    if (batch.length > 0 && bytes + size > directoryLimits.lineBytesMax - reservedBytes) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(path);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
