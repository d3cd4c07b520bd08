/**
 * The directory: who shares which files, and where each one's mini-server is (docs/protocols/directory.md). Two
 * protocols of lines, both for telnet and netcat: with the central directory, and with the mini-server of a user.
 *
 *     register-user ada 9000                client to directory
 *     OK ada – 127.0.0.1:9000               directory to client
 *
 *     download /home/ada/plan.txt           client to mini-server
 *     OK 5 2cf24dba5fb0a30e26e83b2ac5…      mini-server to client; then the 5 bytes, and the end
 */
import { peerIdForm, peerIdRule } from '../../bytes/ids.ts';

export const directoryLimits = {
  /** Of a line without its end: PATH_MAX, and what a terminal lets one type into a line. */
  lineBytesMax: 4096,
  /** Of a line that is too long all the same: it is passed over, but who sends as much as this does not type. */
  floodBytesMax: 256 * 1024,
  /** Refused commands in a row: no person gives as many. */
  refusalsMax: 200,
  /** With the longest command and name before it and quotes around it, it fits on a line; so it does in a list. */
  pathBytesMax: 4000,
} as const;

/** Control characters, and the separators that some programs take for the end of a line: on no line are any. */
export const controlCharacter = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

declare const brand: unique symbol;

/** What a user is called, in the form of a peer's id; neither `OK` nor `ERR`. */
export type UserName = string & { readonly [brand]: 'UserName' };

export const userNameRule = `${peerIdRule}, but neither OK nor ERR`;

/** The name that `text` is; undefined when it is none. A line `OK – …` could be a user's, or the end of a list. */
export function parseUserName(text: string): UserName | undefined {
  return peerIdForm.test(text) && !/^(ok|err)$/i.test(text) ? (text as UserName) : undefined;
}

/** What a client asks of the directory. */
export type DirectoryRequest =
  | { readonly kind: 'register-user'; readonly name: UserName; readonly port: number }
  | { readonly kind: 'register-files'; readonly name: UserName; readonly paths: readonly string[] }
  | { readonly kind: 'unregister-files'; readonly name: UserName; readonly paths: readonly string[] }
  | { readonly kind: 'unregister-user'; readonly name: UserName }
  | { readonly kind: 'list-files' }
  | { readonly kind: 'list-users' }
  | { readonly kind: 'help' }
  | { readonly kind: 'quit' };

export const directoryCommands = [
  'register-user',
  'register-files',
  'unregister-files',
  'unregister-user',
  'list-files',
  'list-users',
  'help',
  'quit',
] as const satisfies readonly DirectoryRequest['kind'][];
export type DirectoryCommand = (typeof directoryCommands)[number];

/** What a mini-server is asked. */
export interface DownloadRequest {
  readonly path: string;
  /** Where to begin, in bytes: what comes before is there already. */
  readonly offset: number;
}

/** The line before a file's bytes. */
export interface DownloadHead {
  /** Bytes of the whole file. */
  readonly size: number;
  /** Of the whole file: 64 lower-case hex digits. */
  readonly sha256: string;
}

/** Why a line was refused: the word after `ERR`. */
export const directoryErrorCodes = [
  'bad-line', // not UTF-8, or with a control character
  'too-long', // a line, or a path
  'flood', // so much of that that the connection ends
  'http', // a browser speaks; the connection ends
  'unknown-command',
  'bad-request', // words are missing, or there are too many
  'bad-name',
  'bad-port',
  'bad-path', // not absolute, or not one that a list can show
  'name-taken', // another connection has that name
  'already-registered', // this connection has a name, or the file is registered
  'unknown-user',
  'not-yours', // only the connection that registered a name may speak for it
  'unknown-file',
  'full', // there is no room for more
  'idle', // nothing was said for too long
  'stopping', // the server ends
  // Of mini-servers:
  'not-registered', // the file is not among those that can be had
  'changed', // it is no longer the file that was registered, or somebody writes to it
  'bad-offset', // beyond the end of the file
  'busy', // too many downloads at once
  'io', // the disk failed
] as const;
export type DirectoryErrorCode = (typeof directoryErrorCodes)[number];

/** How an answer ends. */
export type Outcome =
  | { readonly kind: 'ok'; readonly text: string }
  | { readonly kind: 'err'; readonly code: DirectoryErrorCode; readonly message: string };
