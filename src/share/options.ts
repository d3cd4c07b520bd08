/** The command line of `rivulet share`, to values, or to the error that says what is wrong with it. */

import { join, resolve } from 'node:path';
import { formatEndpoint } from '../bytes/endpoint.ts';
import { bareHostOf } from '../bytes/host.ts';
import { usageError } from '../cli/arguments.ts';
import { parseUserName, type UserName, userNameRule } from '../protocols/directory/types.ts';

/** The settings of `rivulet share`. */
export interface ShareOptions {
  readonly name: UserName;
  /** The place of the directory; `host` may be a name. */
  readonly directory: { readonly host: string; readonly port: number };
  /** The address of the mini-server; undefined for one that fits the directory. */
  readonly host: string | undefined;
  readonly port: number;
  /** An absolute path. */
  readonly mapPath: string;
  readonly historyPath: string;
  readonly refreshMs: number;
  /** The HTTP server and the state folder of a swarm node; undefined without a node. */
  readonly node: { readonly server: string; readonly directory: string } | undefined;
}

/** The flags as they were given. */
export interface ShareFlags {
  readonly server: string;
  readonly host: string | undefined;
  readonly port: number;
  readonly map: string | undefined;
  readonly refresh: number;
  readonly history: string | undefined;
  readonly node: boolean;
  readonly swarm: string | undefined;
}

/** The default port of the directory. */
export const directoryPortDefault = 8082;
const httpPortDefault = 8080;

/** The settings for the user `nameText`. Throws a CommandError. */
export function readOptions(nameText: string, flags: ShareFlags, env: NodeJS.ProcessEnv): ShareOptions {
  const name = parseUserName(nameText);
  if (name === undefined) throw usageError(`a user's name is ${userNameRule}; not "${nameText}"`);
  const directory = readServer(flags.server);
  const folder = stateFolder(env);
  const mapPath = resolve(flags.map ?? join(folder, `${name}@${directory.host}:${directory.port}.map`));
  return {
    name,
    directory,
    host: flags.host,
    port: flags.port,
    mapPath,
    historyPath: resolve(flags.history ?? join(folder, `${name}.history`)),
    refreshMs: flags.refresh * 1000,
    node: flags.node ? nodeOptions(flags.swarm, directory.host, `${mapPath}.node`) : undefined,
  };
}

function nodeOptions(swarm: string | undefined, host: string, directory: string): ShareOptions['node'] {
  const server = swarm ?? `http://${formatEndpoint({ address: host, port: httpPortDefault })}`;
  if (URL.canParse(server) && new URL(server).protocol === 'http:') return { server, directory };
  throw usageError(`--swarm needs a URL like http://127.0.0.1:${httpPortDefault}, not "${server}"`);
}

/** The host and the port in `HOST`, `HOST:PORT` or `[ADDRESS]:PORT`. */
function readServer(text: string): ShareOptions['directory'] {
  const url = URL.canParse(`directory://${text}`) ? new URL(`directory://${text}`) : undefined;
  const host = url === undefined ? '' : bareHostOf(url);
  const port = url?.port === '' ? directoryPortDefault : Number(url?.port);
  if (host !== '' && port > 0 && url?.pathname === '') return { host, port };
  throw usageError(`--server must be HOST:PORT such as 127.0.0.1:${directoryPortDefault}, not "${text}"`);
}

/** The folder for what a program keeps between two runs (XDG Base Directory Specification 0.8). */
function stateFolder({ XDG_STATE_HOME, HOME }: NodeJS.ProcessEnv): string {
  const states = XDG_STATE_HOME || (HOME ? join(HOME, '.local', 'state') : '.');
  return join(states, 'rivulet', 'share');
}
