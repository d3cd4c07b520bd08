/**
 * Lines to values: requests for the directory, replies for its clients.
 *
 *     parseRequest('register ada /a, /b')     { kind: 'register-files', name: 'ada', paths: ['/a', '/b'] }
 *     parseUserLine('ada – 127.0.0.1:9000')   { name: 'ada', address: '127.0.0.1', port: 9000 }
 */

import { type Endpoint, parseEndpoint } from '../../bytes/endpoint.ts';
import { nearest } from '../../bytes/nearest.ts';
import { DirectoryError } from './errors.ts';
import { parsePathList } from './paths.ts';
import {
  type DirectoryCommand,
  type DirectoryRequest,
  directoryCommands,
  directoryErrorCodes,
  type Outcome,
  parseUserName,
  type UserName,
  userNameRule,
} from './types.ts';

/** The command for each word, short forms included. */
const commands: ReadonlyMap<string, DirectoryCommand> = new Map([
  ...directoryCommands.map((command) => [command, command] as const),
  ['register', 'register-files'],
  ['unregister', 'unregister-files'],
]);

/** The request in `line`; undefined for an empty line. Throws a DirectoryError. */
export function parseRequest(line: string): DirectoryRequest | undefined {
  const { first, rest } = firstWord(line);
  if (first === '') return undefined;
  const kind = commandOf(line);
  if (kind === undefined) throw unknownCommand(first.toLowerCase(), line);
  return readRequest(kind, rest);
}

/** The command that `line` names, even when the rest of the line is wrong; undefined when it names none. */
export function commandOf(line: string): DirectoryCommand | undefined {
  return commands.get(firstWord(line).first.toLowerCase());
}

function readRequest(kind: DirectoryCommand, rest: string): DirectoryRequest {
  switch (kind) {
    case 'register-user': {
      const [name = '', port = ''] = words(rest, 2, `${kind} NAME PORT`);
      return { kind, name: readName(name), port: readPort(port) };
    }
    case 'unregister-user': {
      const [name = ''] = words(rest, 1, `${kind} NAME`);
      return { kind, name: readName(name) };
    }
    case 'register-files':
    case 'unregister-files': {
      const { first, rest: paths } = firstWord(rest);
      if (paths === '') throw new DirectoryError('bad-request', `expected ${kind} NAME F1, F2`);
      return { kind, name: readName(first), paths: parsePathList(paths) };
    }
    case 'list-files':
    case 'list-users':
    case 'help':
    case 'quit':
      words(rest, 0, kind);
      return { kind };
  }
}

/** The last line of a reply; undefined for a line of a list. */
export function parseOutcome(line: string): Outcome | undefined {
  if (/^OK(?: |$)/.test(line)) return { kind: 'ok', text: line.slice(3) };
  const [, word, message = ''] = /^ERR (\S+) ?(.*)$/.exec(line) ?? [];
  if (word === undefined) return undefined;
  // A newer server may know other codes; its message for people is good all the same.
  const code = directoryErrorCodes.find((known) => known === word) ?? 'bad-request';
  return { kind: 'err', code, message: message === '' ? word : message };
}

/** The user in the line `NAME – IP:PORT` of a list or of a map file; undefined for any other line. */
export function parseUserLine(line: string): (Endpoint & { readonly name: UserName }) | undefined {
  const [, nameText = '', place = ''] = /^(\S+) – (\S+)$/.exec(line) ?? [];
  const name = parseUserName(nameText);
  const endpoint = parseEndpoint(place);
  return name && endpoint && { name, ...endpoint };
}

/** The file in the line `NAME : PATH` of a list; undefined for any other line. */
export function parseFileLine(line: string): { readonly name: UserName; readonly path: string } | undefined {
  const [, nameText = '', path = ''] = /^(\S+) : (\/.+)$/.exec(line) ?? [];
  const name = parseUserName(nameText);
  return name && { name, path };
}

function readName(text: string): UserName {
  const name = parseUserName(text);
  if (name !== undefined) return name;
  throw new DirectoryError('bad-name', `a name is ${userNameRule}; not "${text.slice(0, 80)}"`);
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (isPort(port)) return port;
  throw new DirectoryError('bad-port', `a port is a number from 1 to 65535, not "${text.slice(0, 80)}"`);
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65535;
}

/** The words of `text`, of which there must be `count`. Throws a DirectoryError with `usage`. */
function words(text: string, count: number, usage: string): string[] {
  const found = text.split(' ').filter((word) => word !== '');
  if (found.length === count) return found;
  throw new DirectoryError('bad-request', `expected ${usage}`);
}

/** The first word of a line, and the rest of the line, both without spaces around them. */
export function firstWord(text: string): { readonly first: string; readonly rest: string } {
  const trimmed = text.trim();
  const space = trimmed.indexOf(' ');
  return space < 0
    ? { first: trimmed, rest: '' }
    : { first: trimmed.slice(0, space), rest: trimmed.slice(space).trim() };
}

/**
 * The error of an unknown command. At the first sign of HTTP it closes the connection: a page can make the user's
 * browser send HTTP to any port, and the lines of the body would be commands. Each HTTP request has a line that ends
 * with the version (RFC 9112 3), and nearly each a `Host` (RFC 9112 3.2).
 */
function unknownCommand(word: string, line: string): DirectoryError {
  if (word === 'host:' || / HTTP\/\d(?:\.\d)?$/.test(line)) {
    return new DirectoryError('http', 'this is not HTTP', { fatal: true });
  }
  const meant = nearest(word, commands.keys());
  const hint = meant === undefined ? 'see help' : `did you mean ${meant}?`;
  return new DirectoryError('unknown-command', `there is no command "${word.slice(0, 40)}"; ${hint}`);
}
