/**
 * One client of the directory: its requests, its rights and its replies. Bytes come in, text goes out, a bit at a time
 * as `next` is called, so that a list of any length needs no memory. Pure: no socket and no time.
 *
 *     session.receive(bytes of 'list-users\n');
 *     session.next();     'ada – 127.0.0.1:9000\nOK 1 user\n'
 *     session.next();     undefined: nothing to send until more bytes come
 */
import type { Observer } from '../bytes/trace.ts';
import { DirectoryError } from '../protocols/directory/errors.ts';
import { LineReader } from '../protocols/directory/lines.ts';
import { commandOf, parseRequest } from '../protocols/directory/read.ts';
import { type DirectoryRequest, directoryLimits, type UserName } from '../protocols/directory/types.ts';
import { encodeErr, encodeOk, encodeUserLine, helpLines } from '../protocols/directory/write.ts';
import type { DirectoryCounters } from './counters.ts';
import type { Directory, DirectoryUser } from './directory.ts';

/** Characters of a list that are made at a time, while other connections wait. */
const batchCharacters = 16 * 1024;

/** Text to be sent: characters, or their UTF-8. */
export type Text = string | Uint8Array;

/** The state of one client's connection. */
export class DirectorySession {
  readonly #directory: Directory;
  readonly #counters: DirectoryCounters;
  /** The IP address of the client. */
  readonly #address: string;
  readonly #reader: LineReader;
  #user: DirectoryUser | undefined;
  /** The rest of the reply under way. */
  #rest: Iterator<Text> | undefined;
  #refusals = 0;
  #over = false;

  constructor(directory: Directory, counters: DirectoryCounters, address: string, observe?: Observer) {
    this.#reader = new LineReader(observe);
    this.#directory = directory;
    this.#counters = counters;
    this.#address = address;
  }

  /** The user that this connection has registered. */
  get user(): DirectoryUser | undefined {
    return this.#user;
  }

  /** Whether everything has been sent, and the connection is to be closed. */
  get over(): boolean {
    return this.#over && this.#rest === undefined;
  }

  /** Takes bytes, once `next` has given undefined. They must not change until it does so again. */
  receive(bytes: Uint8Array): void {
    this.#reader.receive(bytes);
  }

  /** The next text to be sent: a line or a few, or a block of a list; undefined until more bytes come. */
  next(): Text | undefined {
    for (;;) {
      const next = this.#rest?.next();
      if (next?.done === false) return next.value;
      this.#rest = undefined;
      if (this.#over || !this.#replyToLine()) return undefined;
    }
  }

  /** Removes the user with all files: the connection is gone. */
  leave(): void {
    this.#over = true;
    this.#rest = undefined;
    if (this.#user !== undefined) this.#directory.removeUser(this.#user);
    this.#user = undefined;
  }

  /** Reads a line and begins the reply; false when no line has come. The one place where errors become refusals. */
  #replyToLine(): boolean {
    let command: keyof DirectoryCounters = 'unknown';
    try {
      const line = this.#reader.next();
      if (line === undefined) return false;
      command = commandOf(line) ?? 'unknown';
      const request = parseRequest(line);
      if (request === undefined) return true;
      this.#rest = this.#reply(request)[Symbol.iterator]();
      this.#counters[command].answered += 1;
      this.#refusals = 0;
    } catch (error) {
      if (!(error instanceof DirectoryError)) throw error;
      this.#counters[command].refused += 1;
      this.#rest = [this.#refusal(error).map(ending).join('')].values();
    }
    return true;
  }

  #refusal({ answer, message, fatal }: DirectoryError): string[] {
    this.#refusals += 1;
    const lines = [encodeErr(answer, message)];
    const tooMany = this.#refusals >= directoryLimits.refusalsMax;
    if (tooMany && !fatal) lines.push(encodeErr('flood', `${this.#refusals} lines in a row were refused`));
    this.#over = fatal || tooMany;
    return lines;
  }

  /** The reply, in complete lines. All changes are made before the first line. Throws a DirectoryError. */
  #reply(request: DirectoryRequest): Iterable<Text> {
    switch (request.kind) {
      case 'register-user':
        return [ending(encodeOk(encodeUserLine(this.#register(request.name, request.port))))];
      case 'register-files':
        this.#directory.addFiles(this.#own(request.name), request.paths);
        return [ending(encodeOk(counted(request.paths.length, 'file')))];
      case 'unregister-files':
        this.#directory.removeFiles(this.#own(request.name), request.paths);
        return [ending(encodeOk(counted(request.paths.length, 'file')))];
      case 'unregister-user':
        this.#directory.removeUser(this.#own(request.name));
        this.#user = undefined;
        return [ending(encodeOk(`${request.name} is gone`))];
      case 'list-files':
        return this.#fileLines();
      case 'list-users':
        return this.#userLines();
      case 'help':
        return [[...helpLines, encodeOk('')].map(ending).join('')];
      case 'quit':
        this.#over = true;
        return [ending(encodeOk('bye'))];
    }
  }

  #register(name: UserName, port: number): DirectoryUser {
    if (this.#user !== undefined) {
      const message = `this connection is ${this.#user.name}; first: unregister-user ${this.#user.name}`;
      throw new DirectoryError('already-registered', message);
    }
    this.#user = this.#directory.addUser(name, { address: this.#address, port });
    return this.#user;
  }

  /** Throws a DirectoryError unless `name` is this connection's user. */
  #own(name: UserName): DirectoryUser {
    if (this.#user?.name === name) return this.#user;
    if (this.#directory.has(name)) throw new DirectoryError('not-yours', `${name} is not this connection's user`);
    throw new DirectoryError('unknown-user', `there is no user ${name}; first: register-user ${name} PORT`);
  }

  *#fileLines(): Generator<Text> {
    let count = 0;
    for (const block of this.#directory.fileBlocks()) {
      count += block.fileCount;
      yield block.bytes;
    }
    yield ending(encodeOk(counted(count, 'file')));
  }

  *#userLines(): Generator<Text> {
    let count = 0;
    let lines = '';
    for (const user of this.#directory.users()) {
      count += 1;
      lines += ending(encodeUserLine(user));
      if (lines.length < batchCharacters) continue;
      yield lines;
      lines = '';
    }
    yield `${lines}${ending(encodeOk(counted(count, 'user')))}`;
  }
}

/** The text `1 file` or `2000 files`: without commas between the digits, for scripts. */
function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}

function ending(line: string): string {
  return `${line}\n`;
}
