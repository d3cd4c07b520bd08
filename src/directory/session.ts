/**
 * One client of the directory: what it may do, and what it is told. Bytes come in, text goes out, as much of it as is
 * asked for, so that a list of any length needs no memory. It knows no socket and no time.
 *
 *     session.receive(bytes of 'list-users\n');
 *     session.next();     'ada – 127.0.0.1:9000\nOK 1 user\n'
 *     session.next();     undefined: nothing to say until more bytes come
 */
import { DirectoryError } from '../protocols/directory/errors.ts';
import { LineReader } from '../protocols/directory/lines.ts';
import { commandOf, parseRequest } from '../protocols/directory/read.ts';
import { type DirectoryRequest, directoryLimits, type UserName } from '../protocols/directory/types.ts';
import { encodeErr, encodeOk, encodeUserLine, helpLines } from '../protocols/directory/write.ts';
import type { DirectoryCounters } from './counters.ts';
import type { Directory, DirectoryUser } from './directory.ts';

/** Of a list, made at a time: it is sent while others wait for their turn. */
const batchCharacters = 16 * 1024;

/** What is sent: characters, or their UTF-8. */
export type Text = string | Uint8Array;

export class DirectorySession {
  readonly #directory: Directory;
  readonly #counters: DirectoryCounters;
  /** Where the client's connection comes from. */
  readonly #address: string;
  readonly #reader = new LineReader();
  #user: DirectoryUser | undefined;
  /** The rest of an answer under way. */
  #rest: Iterator<Text> | undefined;
  #refusals = 0;
  #over = false;

  constructor(directory: Directory, counters: DirectoryCounters, address: string) {
    this.#directory = directory;
    this.#counters = counters;
    this.#address = address;
  }

  /** What this connection has registered. */
  get user(): DirectoryUser | undefined {
    return this.#user;
  }

  /** Whether everything has been said, and the connection is to be closed. */
  get over(): boolean {
    return this.#over && this.#rest === undefined;
  }

  /** Takes bytes, once `next` has answered undefined. They must stay as they are until it does so again. */
  receive(bytes: Uint8Array): void {
    this.#reader.receive(bytes);
  }

  /** The next text to be sent: a line or a few, or a block of a list; undefined until more bytes come. */
  next(): Text | undefined {
    for (;;) {
      const next = this.#rest?.next();
      if (next?.done === false) return next.value;
      this.#rest = undefined;
      if (this.#over || !this.#answerLine()) return undefined;
    }
  }

  /** The connection is gone, and so are its user and files. */
  leave(): void {
    this.#over = true;
    this.#rest = undefined;
    if (this.#user !== undefined) this.#directory.removeUser(this.#user);
    this.#user = undefined;
  }

  /** Reads a line and begins to answer it; false when none has come. The one place where refusals are answered. */
  #answerLine(): boolean {
    let command: keyof DirectoryCounters = 'unknown';
    try {
      const line = this.#reader.next();
      if (line === undefined) return false;
      command = commandOf(line) ?? 'unknown';
      const request = parseRequest(line);
      if (request === undefined) return true;
      this.#rest = this.#answer(request)[Symbol.iterator]();
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

  /** The answer, in whole lines. What changes, changes before the first of them. Throws a DirectoryError. */
  #answer(request: DirectoryRequest): Iterable<Text> {
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

/** `1 file`, `2000 files`: without commas between the digits, for scripts. */
function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}

function ending(line: string): string {
  return `${line}\n`;
}
