/**
 * `rivulet node`: shares and fetches files in the swarm, and is controlled over HTTP. The server lists the files and
 * tracks who has them; the bytes go from node to node.
 *
 *     $ rivulet node --http 9001 --wire 6901 --dir a
 *     http http://127.0.0.1:9001
 *     wire 127.0.0.1:6901
 *     ready
 */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SwarmClient, type SwarmClientOptions } from '../bittorrent/client/swarm-client.ts';
import { formatEndpoint } from '../bytes/endpoint.ts';
import { usageError } from '../cli/arguments.ts';
import { type CommandIo, defineCommand } from '../cli/command.ts';
import { CommandError, exitCode } from '../cli/exit.ts';
import { serverFlag, tokenFileFlag, uploadRateFlag } from '../cli/flags.ts';
import { stderrLog } from '../cli/stderr-log.ts';
import { catchStopSignals } from '../cli/stop-signals.ts';
import { traceFlag, tracesTo } from '../cli/trace.ts';
import { createDispatcher } from '../http/dispatcher.ts';
import { errorRenderer } from '../http/error-response.ts';
import { type HttpListener, type HttpListenerOptions, openHttpListener } from '../http/listener.ts';
import { policyCheck } from '../http/policy.ts';
import { untilParentGone } from '../io/child-programs.ts';
import { FolderTakenError, lockFolder } from '../io/files/folder-lock.ts';
import { makeFolder } from '../io/files/folders.ts';
import type { Log } from '../io/log.ts';
import { HttpError } from '../protocols/http/errors.ts';
import { createRoutes, type NodeContext } from './handlers.ts';
import { HomeServer } from './home-server.ts';
import { keepKnown } from './keep-known.ts';
import { NodeFiles } from './node-files.ts';
import { SavedFiles } from './saved-files.ts';

/** The address of the HTTP API: only this machine may tell a node which of its files to share. */
const httpHost = '127.0.0.1';
/** The time for requests under way when the node stops: their responses come at once. */
const drainMs = 2_000;

const portFlag = { kind: 'number', placeholder: 'P', min: 0, max: 65535, default: 0 } as const;

export const command = defineCommand({
  name: 'node',
  summary: 'a swarm node: shares files and fetches them from other nodes, by its HTTP API',
  operands: { usage: '', min: 0, max: 0 },
  flags: {
    http: { ...portFlag, summary: 'the port of the HTTP API, on 127.0.0.1; 0: a free one' },
    wire: { ...portFlag, summary: 'the port at which peers reach us; 0: a free one' },
    host: { kind: 'text', placeholder: 'H', default: '127.0.0.1', summary: 'the address at which peers reach us' },
    server: serverFlag,
    dir: { kind: 'text', placeholder: 'DIR', default: '.', summary: 'the folder that downloads go into' },
    'upload-rate': uploadRateFlag,
    'token-file': tokenFileFlag,
    trace: traceFlag(['http', 'wire', 'tracker']),
  },
  example: 'rivulet node --http 9001 --wire 6901 --server http://127.0.0.1:8080 --dir downloads',

  async run({ flags }, io) {
    const log = stderrLog(io.stderr, 'node');
    const url = parseServer(flags.server);
    const token = await readToken(flags['token-file'], io);
    const directory = resolve(flags.dir);
    const stop = catchStopSignals();
    const signal = abortedWhen(Promise.race([stop.asked, untilParentGone()]));
    const home = new HomeServer(url, token, signal);
    try {
      const state = join(directory, '.rivulet-node');
      await makeFolder(state, 0o700);
      const lock = await lockFolder(state);
      try {
        const wire = {
          host: flags.host,
          port: flags.wire,
          uploadRate: flags['upload-rate'],
          traces: tracesTo(io.stderr, flags.trace),
        };
        await runNode({ home, directory, state, httpPort: flags.http, wire, log, io, signal });
      } finally {
        await lock.release();
      }
      return exitCode.ok;
    } catch (error) {
      throw asCommandError(error);
    } finally {
      stop.release();
    }
  },
});

interface NodeRun {
  readonly home: HomeServer;
  readonly directory: string;
  /** The state folder. */
  readonly state: string;
  readonly httpPort: number;
  readonly wire: Pick<SwarmClientOptions, 'host' | 'port' | 'uploadRate' | 'traces'>;
  readonly log: Log;
  readonly io: CommandIo;
  readonly signal: AbortSignal;
}

async function runNode({ home, directory, state, httpPort, wire, log, io, signal }: NodeRun): Promise<void> {
  const saved = await SavedFiles.open(state);
  const client = await SwarmClient.open({ ...wire, role: 'node', log, random: Math.random });
  const files = new NodeFiles({ directory, client, home, saved, log });
  const http = await openHttp({ files, home }, { port: httpPort, log, trace: wire.traces?.http });
  const stopKeeping = keepKnown(client, () => files.torrents);
  // To resume may mean to read many files again.
  await Promise.race([files.resume(), aborted(signal)]);
  if (!signal.aborted) {
    io.stdout.write(`http http://${formatEndpoint(http)}\n`);
    io.stdout.write(`wire ${formatEndpoint({ address: client.host, port: client.port })}\n`);
    io.stdout.write('ready\n');
  }
  await aborted(signal);
  stopKeeping();
  await files.close();
  await http.close({ deadlineMs: drainMs });
  await client.close();
  await saved.close();
}

function openHttp(
  context: NodeContext,
  options: Pick<HttpListenerOptions, 'port' | 'log' | 'trace'>,
): Promise<HttpListener> {
  const check = policyCheck({ allowedHosts: [], token: null });
  const dispatch = createDispatcher(createRoutes(context));
  return openHttpListener({
    ...options,
    host: httpHost,
    handle: (request) => {
      check(request);
      return dispatch(request);
    },
    renderError: errorRenderer(),
  });
}

function parseServer(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:') return url;
  throw usageError(`--server needs a URL like ${serverFlag.default}, not "${text}"`);
}

async function readToken(path: string | undefined, { env }: CommandIo): Promise<string | undefined> {
  if (path === undefined) return env.RIVULET_TOKEN;
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    throw new CommandError(exitCode.failure, `${path}: ${(cause as Error).message}`, { cause });
  }
}

/** A signal that is aborted when `asked` settles, with the error for all requests that wait then. */
function abortedWhen(asked: Promise<unknown>): AbortSignal {
  const ending = new AbortController();
  void asked.then(() => ending.abort(new HttpError(503, 'stopping', 'the node stops')));
  return ending.signal;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((settle) => {
    if (signal.aborted) settle();
    else signal.addEventListener('abort', () => settle(), { once: true });
  });
}

/** The error as it ends the program: a fault of the user or the system is told without a stack. */
function asCommandError(error: unknown): unknown {
  const ofSystem = error instanceof Error && 'syscall' in error;
  if (!ofSystem && !(error instanceof FolderTakenError)) return error;
  return new CommandError(exitCode.unavailable, (error as Error).message, { cause: error });
}
