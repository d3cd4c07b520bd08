/**
 * `rivulet share NAME`: takes part in the directory. Keeps the connection, runs the mini-server, and carries out the
 * commands that are typed, or those of a script. This file only puts the parts together.
 *
 *     $ rivulet share ada
 *     ada: others fetch from 127.0.0.1:40123
 *     ada> register plan.txt
 *     registered /home/ada/plan.txt
 *     ada>
 */

import { lookup } from 'node:dns/promises';
import { systemClock } from '../async/clock.ts';
import { errorText } from '../bytes/coded-error.ts';
import { formatEndpoint } from '../bytes/endpoint.ts';
import { ipBytes, isLoopbackIp } from '../bytes/ip.ts';
import { printable } from '../bytes/printable.ts';
import { type CommandIo, defineCommand } from '../cli/command.ts';
import { CommandError, exitCode } from '../cli/exit.ts';
import { catchStopSignals } from '../cli/stop-signals.ts';
import { type Console, openConsole } from './console.ts';
import { DirectoryAwayError } from './directory-client.ts';
import { DirectoryLink, DirectoryRefusal } from './directory-link.ts';
import { MiniServer } from './mini-server.ts';
import { directoryPortDefault, readOptions, type ShareOptions } from './options.ts';
import { OwnFiles } from './own-files.ts';
import { OwnNode } from './own-node.ts';
import { Shell } from './shell.ts';
import { UserMap } from './user-map.ts';

export const command = defineCommand({
  name: 'share',
  summary: 'share files straight with others, by way of the directory; commands come from the terminal or from stdin',
  operands: { usage: 'NAME', min: 1, max: 1 },
  flags: {
    server: {
      kind: 'text',
      placeholder: 'HOST:PORT',
      default: `127.0.0.1:${directoryPortDefault}`,
      summary: 'where the directory is',
    },
    port: {
      kind: 'number',
      placeholder: 'P',
      min: 0,
      max: 65535,
      default: 0,
      summary: 'where others fetch files; 0 for a free one',
    },
    host: {
      kind: 'text',
      placeholder: 'H',
      summary: 'the address to listen on (default: loopback if the directory is there, else all)',
    },
    map: {
      kind: 'text',
      placeholder: 'FILE',
      summary: 'keeps who is where (default: in the state folder of the user)',
    },
    refresh: {
      kind: 'number',
      placeholder: 'SECONDS',
      min: 1,
      max: 86_400,
      default: 30,
      summary: 'how often the map is written anew',
    },
    node: { kind: 'switch', summary: 'also share what is registered as torrents, by a swarm node' },
    swarm: {
      kind: 'text',
      placeholder: 'URL',
      summary: "the server's HTTP address, for --node (default: port 8080 of the directory's host)",
    },
    history: { kind: 'text', placeholder: 'FILE', summary: 'keeps what was typed (default: beside the map)' },
  },
  example: "rivulet share ada --server files.example.org:8082, or: echo 'list-files' | rivulet share ada",

  async run({ operands, flags }, io) {
    const options = readOptions(operands[0] ?? '', flags, io.env);
    const stop = catchStopSignals();
    try {
      return await share(options, io, stop.signal);
    } catch (error) {
      throw asCommandError(error);
    } finally {
      stop.release();
    }
  },
});

async function share(options: ShareOptions, io: CommandIo, signal: AbortSignal): Promise<number> {
  let node: OwnNode | undefined;
  const files = new OwnFiles({
    onRegistered: (path) => node?.share(path),
    onUnregistered: (path) => node?.unshare(path),
  });
  const { address } = await lookup(options.directory.host);
  // Others must reach us at the address that the directory sees us at.
  const host = options.host ?? (isLoopbackIp(ipBytes(address)) ? address : undefined);
  let say = (message: string): void => void io.stderr.write(`${options.name}: ${printable(message)}\n`);
  const mini = await MiniServer.open({
    host,
    port: options.port,
    files,
    onFault: (error) => say(errorText(error)),
  });
  const link = new DirectoryLink({
    host: address,
    port: options.directory.port,
    name: options.name,
    miniPort: mini.port,
    paths: () => files.paths(),
    onJoined: () => refresh(),
    say: (message) => say(message),
    signal,
  });
  const map = new UserMap(options.mapPath, (onLine) => link.list('list-users', onLine));
  const refresh = createRefresh(map, link, (message) => say(message));
  const stopRefreshing = systemClock.every(options.refreshMs, refresh);
  try {
    say(
      `others fetch from ${formatEndpoint({ address: mini.address, port: mini.port })}; who is where stands in ${map.path}`,
    );
    if (options.node !== undefined)
      node = await OwnNode.start({ ...options.node, host: host ?? '0.0.0.0', say: (message) => say(message) });
    await joinFirst(link, io, say);
    const terminal = await openConsole({ io, options, files, link, map, signal });
    say = (message) => terminal.say(message);
    link.stay().catch((error: unknown) => say(String(error)));
    const shell = new Shell({ ...terminal, name: options.name, files, link, map, terminal: io.stderr });
    return await runLines(shell, terminal, signal);
  } finally {
    stopRefreshing();
    link.close();
    await mini.close();
    await node?.stop();
  }
}

/** Runs each line, to the end or to `quit`. The exit code of a script says whether all lines went well. */
async function runLines(shell: Shell, terminal: Console, signal: AbortSignal): Promise<number> {
  let failed = false;
  try {
    for await (const line of terminal.lines()) {
      const outcome = await terminal.interruptible((interrupt) => shell.run(line, interrupt));
      if (outcome === 'quit' || signal.aborted) break;
      failed ||= outcome === 'failed';
    }
  } finally {
    await terminal.close();
  }
  return failed && !terminal.interactive ? exitCode.failure : exitCode.ok;
}

/** Joins; when the directory is away, a person at a terminal waits for it, and a script fails. */
async function joinFirst(link: DirectoryLink, io: CommandIo, say: (message: string) => void): Promise<void> {
  try {
    await link.join();
  } catch (error) {
    if (!(error instanceof DirectoryAwayError) || io.stdin.isTTY !== true) throw error;
    say(`${error.message}; trying again`);
  }
}

/** The function that writes the map anew. While the directory is away it does nothing; the link says that. */
function createRefresh(map: UserMap, link: DirectoryLink, say: (message: string) => void): () => void {
  let said = '';
  return () => {
    if (!link.online) return;
    map.refresh().catch((error: Error) => {
      if (!(error instanceof DirectoryAwayError) && error.message !== said) say(`the map: ${error.message}`);
      said = error.message;
    });
  };
}

function asCommandError(error: unknown): unknown {
  if (error instanceof DirectoryAwayError) return commandError(exitCode.unavailable, error);
  const ofSystem = error instanceof Error && 'syscall' in error;
  return ofSystem || error instanceof DirectoryRefusal ? commandError(exitCode.failure, error) : error;
}

function commandError(code: CommandError['exitCode'], error: Error): CommandError {
  return new CommandError(code, error.message, { cause: error });
}
