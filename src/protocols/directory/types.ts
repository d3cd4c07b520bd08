/**
 * The directory: the files that each user shares, and the address of each user's mini-server
 * (docs/protocols/directory.md). Two protocols of lines, both for telnet and netcat: with the central directory, and
 * with the mini-server of a user.
 *
 *     register-user ada 9000                client to directory
 *     OK ada – 127.0.0.1:9000               directory to client
 *
 *     download /home/ada/plan.txt           client to mini-server
 *     OK 5 2cf24dba5fb0a30e26e83b2ac5…      mini-server to client; then the 5 bytes, and the end
 */
import { peerIdForm, peerIdRule } from '../../bytes/ids.ts';

/** The limits of both protocols. */
export const directoryLimits = {
  /** Bytes of a line without its end: PATH_MAX, and the limit of a line that is typed at a terminal. */
  lineBytesMax: 4096,
  /** Bytes of a line that is too long: it is passed over up to this limit, beyond which no person types. */
  floodBytesMax: 256 * 1024,
  /** Refused commands in a row: more than a person gives. */
  refusalsMax: 200,
  /** Bytes of a path: quoted, and with the longest command and name before it, it fits on a line. */
  pathBytesMax: 4000,
} as const;

/** Control characters, and the separators that some programs take for the end of a line: no line may hold them. */
export const controlCharacter = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

declare const brand: unique symbol;

/** A user's name, in the form of a peer's id; neither `OK` nor `ERR`. */
export type UserName = string & { readonly [brand]: 'UserName' };

/** The rule for names, as it is told to a person. */
export const userNameRule = `${peerIdRule}, but neither OK nor ERR`;

/** The name that `text` is; undefined when it is none. A line `OK – …` could be a user's, or the end of a list. */
export function parseUserName(text: string): UserName | undefined {
  return peerIdForm.test(text) && !/^(ok|err)$/i.test(text) ? (text as UserName) : undefined;
}

/** A request of a client to the directory. */
export type DirectoryRequest =
  | { readonly kind: 'register-user'; readonly name: UserName; readonly port: number }
  | { readonly kind: 'register-files'; readonly name: UserName; readonly paths: readonly string[] }
  | { readonly kind: 'unregister-files'; readonly name: UserName; readonly paths: readonly string[] }
  | { readonly kind: 'unregister-user'; readonly name: UserName }
  | { readonly kind: 'list-files' }
  | { readonly kind: 'list-users' }
  | { readonly kind: 'help' }
  | { readonly kind: 'quit' };

/** The commands of the directory. */
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

/** A request to a mini-server. */
export interface DownloadRequest {
  readonly path: string;
  /** The first byte that is wanted: the client has those before it. */
  readonly offset: number;
}

/** The line before a file's bytes, in the reply of a mini-server. */
export interface DownloadHead {
  /** Bytes of the complete file. */
  readonly size: number;
  /** SHA-256 of the complete file: 64 lower-case hex digits. */
  readonly sha256: string;
}

/** The reasons for a refusal: the word after `ERR`. */
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

/** The last line of a reply. */
export type Outcome =
  | { readonly kind: 'ok'; readonly text: string }
  | { readonly kind: 'err'; readonly code: DirectoryErrorCode; readonly message: string };
