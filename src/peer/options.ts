/** The options of a peer: the command line to values, or to the error that says what is wrong with it. */
import { join, resolve } from 'node:path';
import { bareHostOf } from '../bytes/host.ts';
import { type PeerId, parsePeerId, peerIdRule } from '../bytes/ids.ts';
import type { Trace, Traces } from '../bytes/trace.ts';
import { CommandError, exitCode } from '../cli/exit.ts';
import { type Register, registerByDatagram, registerByHttp } from './register.ts';

export interface PeerOptions {
  readonly id: PeerId;
  /** The folder of the pieces and the FIFOs, absolute. */
  readonly directory: string;
  readonly server: URL;
  readonly register: Register;
  /** Paths of files to lend out. */
  readonly shared: readonly string[];
}

export interface PeerFlags {
  readonly dir: string | undefined;
  readonly server: string;
  readonly udp: string | undefined;
  readonly share: readonly string[];
}

/** Reads the operands and flags of the command line. Throws a CommandError. */
export function readOptions(
  [idText = '', ...more]: readonly string[],
  flags: PeerFlags,
  traces: Traces = {},
): PeerOptions {
  const id = parsePeerId(idText);
  if (id === undefined) throw usage(`a peer's id is ${peerIdRule}, not "${idText}"`);
  // `--share *.iso` reaches us as one value of the flag and operands behind the id.
  if (more.length > 0 && flags.share.length === 0) throw usage(`one peer at a time: what is "${more[0]}"?`);
  const server = readServer(flags.server);
  return {
    id,
    directory: resolve(flags.dir ?? join('peers', id)),
    server,
    register: flags.udp === undefined ? registerByHttp(server) : readUdp(flags.udp, traces.register),
    shared: [...flags.share, ...more],
  };
}

function readServer(text: string): URL {
  const url = parseUrl(text.includes('://') ? text : `http://${text}`);
  if (url?.protocol === 'http:') return url;
  throw usage(`--server must be a URL such as http://127.0.0.1:8080, not "${text}"`);
}

function readUdp(text: string, trace: Trace | undefined): Register {
  const url = parseUrl(`udp://${text}`);
  const host = url === undefined ? '' : bareHostOf(url);
  const port = Number(url?.port);
  if (host !== '' && port > 0) return registerByDatagram(host, port, undefined, trace);
  throw usage(`--udp must be HOST:PORT such as 127.0.0.1:8081, not "${text}"`);
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function usage(message: string): CommandError {
  return new CommandError(exitCode.usage, message);
}
