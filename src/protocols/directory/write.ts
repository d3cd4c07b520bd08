/** Values to lines, without their line ends, for the directory and for its clients. */
import { type Endpoint, formatEndpoint } from '../../bytes/endpoint.ts';
import { encodePath } from './paths.ts';
import type { DirectoryErrorCode, DirectoryRequest } from './types.ts';

/** The line of a request. */
export function encodeRequest(request: DirectoryRequest): string {
  switch (request.kind) {
    case 'register-user':
      return `${request.kind} ${request.name} ${request.port}`;
    case 'unregister-user':
      return `${request.kind} ${request.name}`;
    case 'register-files':
    case 'unregister-files':
      return `${request.kind} ${request.name} ${request.paths.map(encodePath).join(', ')}`;
    case 'list-files':
    case 'list-users':
    case 'help':
    case 'quit':
      return request.kind;
  }
}

/** The line of a user in a list: `NAME – IP:PORT`. */
export function encodeUserLine({ name, address, port }: Endpoint & { readonly name: string }): string {
  return `${name} – ${formatEndpoint({ address, port })}`;
}

/** The line of a file in a list: `NAME : PATH`. */
export function encodeFileLine(name: string, path: string): string {
  return `${name} : ${path}`;
}

/** The last line of a reply of success. */
export function encodeOk(text: string): string {
  return text === '' ? 'OK' : `OK ${text}`;
}

/** The only line of a refusal. */
export function encodeErr(code: DirectoryErrorCode, message: string): string {
  return `ERR ${code} ${message}`;
}

/** The reply to `help`. */
export const helpLines: readonly string[] = [
  'register-user NAME PORT           you are NAME; your mini-server listens on PORT at your address',
  'register-files NAME F1, F2        these absolute paths can be had from you (also: register)',
  'unregister-files NAME F1, F2      no longer (also: unregister)',
  'unregister-user NAME              you and your files go; so they do when you close the connection',
  'list-files                        lines NAME : PATH',
  'list-users                        lines NAME – IP:PORT',
  'quit                              ends the connection',
  'A path with a comma is quoted: "/a, b"; a quote inside is written twice: "/say ""hi"", please".',
];
