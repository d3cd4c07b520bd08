/**
 * Lines to values: for the directory what a client asks, for the client what the directory answers.
 *
 *     parseRequest('register ada /a, /b')     { kind: 'register-files', name: 'ada', paths: ['/a', '/b'] }
 *     parseUserLine('ada – 127.0.0.1:9000')   { name: 'ada', address: '127.0.0.1', port: 9000 }
 */

import type { Endpoint } from '../../bytes/endpoint.ts';
import { formatIp, parseIp } from '../../bytes/ip.ts';
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

const commands: ReadonlyMap<string, DirectoryCommand> = new Map([
  ...directoryCommands.map((command) => [command, command] as const),
  ['register', 'register-files'],
  ['unregister', 'unregister-files'],
]);

/** What a line asks; undefined for an empty one. Throws a DirectoryError. */
export function parseRequest(line: string): DirectoryRequest | undefined {
  const { first, rest } = firstWord(line);
  if (first === '') return undefined;
  const kind = commandOf(line);
  if (kind === undefined) throw unknownCommand(first.toLowerCase(), line);
  return readRequest(kind, rest);
}

/** Which command `line` names, whatever else is wrong with it. */
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

/** How the directory's answer ends; undefined for a line of a list. */
export function parseOutcome(line: string): Outcome | undefined {
  if (/^OK(?: |$)/.test(line)) return { kind: 'ok', text: line.slice(3) };
  const [, word, message = ''] = /^ERR (\S+) ?(.*)$/.exec(line) ?? [];
  if (word === undefined) return undefined;
  // A newer server may know reasons that we do not; what it says to people is good all the same.
  const code = directoryErrorCodes.find((known) => known === word) ?? 'bad-request';
  return { kind: 'err', code, message: message === '' ? word : message };
}

/** `NAME – IP:PORT`, of a list or of a map file; undefined for anything else. */
export function parseUserLine(line: string): (Endpoint & { readonly name: UserName }) | undefined {
  const [, nameText = '', place = ''] = /^(\S+) – (\S+)$/.exec(line) ?? [];
  const name = parseUserName(nameText);
  const endpoint = parseEndpoint(place);
  return name && endpoint && { name, ...endpoint };
}

/** `NAME : PATH`, of a list; undefined for anything else. */
export function parseFileLine(line: string): { readonly name: UserName; readonly path: string } | undefined {
  const [, nameText = '', path = ''] = /^(\S+) : (\/.+)$/.exec(line) ?? [];
  const name = parseUserName(nameText);
  return name && { name, path };
}

/** `127.0.0.1:9000`, `[::1]:9000`; undefined for anything else, names among it. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const address = parseIp(bracketed ?? plain ?? '');
  const port = Number(digits);
  if (address === undefined || !isPort(port)) return undefined;
  return { address: formatIp(address), port };
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

/** Exactly `count` words. */
function words(text: string, count: number, usage: string): string[] {
  const found = text.split(' ').filter((word) => word !== '');
  if (found.length === count) return found;
  throw new DirectoryError('bad-request', `expected ${usage}`);
}

/** The first word of a line, and the rest of it; spaces around either do not count. */
export function firstWord(text: string): { readonly first: string; readonly rest: string } {
  const trimmed = text.trim();
  const space = trimmed.indexOf(' ');
  return space < 0
    ? { first: trimmed, rest: '' }
    : { first: trimmed.slice(0, space), rest: trimmed.slice(space).trim() };
}

/**
 * A page in the user's browser can make it send HTTP to any port, and what is in the body would be commands: at the
 * first sign of HTTP the connection ends. Every request has a line that ends with the version, and nearly every one a
 * `Host` (RFC 9112 3).
 */
function unknownCommand(word: string, line: string): DirectoryError {
  if (word === 'host:' || / HTTP\/\d(?:\.\d)?$/.test(line)) {
    return new DirectoryError('http', 'this is not HTTP', { fatal: true });
  }
  const meant = nearest(word, commands.keys());
  const hint = meant === undefined ? 'see help' : `did you mean ${meant}?`;
  return new DirectoryError('unknown-command', `there is no command "${word.slice(0, 40)}"; ${hint}`);
}
