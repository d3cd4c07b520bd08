/**
 * Our place in the directory: keeps a connection, with our name and all our files registered, makes it anew whenever it
 * is lost, and asks what there is to ask.
 */
import { Backoff } from '../async/backoff.ts';
import { foregroundClock } from '../async/clock.ts';
import { pause } from '../async/retry.ts';
import { encodePath } from '../protocols/directory/paths.ts';
import { type DirectoryErrorCode, directoryLimits, type Outcome, type UserName } from '../protocols/directory/types.ts';
import { DirectoryAwayError, DirectoryConnection } from './directory-connection.ts';

/** The directory has answered `ERR`. */
export class DirectoryRefusal extends Error {
  readonly code: DirectoryErrorCode;
  constructor({ code, message }: Extract<Outcome, { kind: 'err' }>) {
    super(message);
    this.name = 'DirectoryRefusal';
    this.code = code;
  }
}

export interface DirectoryLinkOptions {
  readonly host: string;
  readonly port: number;
  readonly name: UserName;
  /** Of our mini-server. */
  readonly miniPort: number;
  /** What is to be registered when a connection is made. */
  readonly paths: () => readonly string[];
  /** Called whenever we are registered (again). */
  readonly onJoined: () => void;
  /** For the person: that the directory is away, that it is back. */
  readonly say: (message: string) => void;
  readonly signal: AbortSignal;
}

/** `later`: the directory is away; it will hear of it when it is back. */
export type Told = 'now' | 'later';

export class DirectoryLink {
  readonly #options: DirectoryLinkOptions;
  readonly #closing = new AbortController();
  /** Ends the trying: from outside, or because it was closed. */
  readonly #signal: AbortSignal;
  /** Once our name is registered on it. */
  #connection: DirectoryConnection | undefined;
  /** What this connection has registered, or asked to. */
  #announced = new Set<string>();
  #away = new DirectoryAwayError('there was no connection yet');

  constructor(options: DirectoryLinkOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#closing.signal]);
  }

  get online(): boolean {
    return this.#connection !== undefined;
  }

  /** Connects and registers. Fails with a DirectoryAwayError or a DirectoryRefusal. */
  async join(): Promise<void> {
    const { host, port, name, miniPort, paths, onJoined } = this.#options;
    const connection = await DirectoryConnection.open(host, port, this.#signal);
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

  /** Joins again whenever that is needed, until `signal` comes, or it is closed. */
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

  /** Registers `paths`, those that are not yet. Fails with a DirectoryRefusal. */
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

  /** Fails with a DirectoryAwayError or a DirectoryRefusal. */
  async list(kind: 'list-files' | 'list-users', onLine: (line: string) => void): Promise<void> {
    if (this.#connection === undefined) throw this.#away;
    accept(await this.#connection.ask({ kind }, onLine));
  }

  close(): void {
    this.#closing.abort();
    this.#connection?.close();
    this.#connection = undefined;
  }

  /** Why the connection is no more. */
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

  /** `note` is called for each path when it is asked, so that nothing is asked twice; `onRefused` if it was in vain. */
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

/** For the command, a name and what separates paths. */
const reservedBytes = 128;

/** As many paths at a time as fit on a line; the longest path fits alone. */
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
