/** The command `rivulet server`: from flags and configuration to a running server, and back to an exit code. */
import { join } from 'node:path';
import { foregroundClock } from '../async/clock.ts';
import { type Traces, traceNames } from '../bytes/trace.ts';
import { type CommandIo, defineCommand } from '../cli/command.ts';
import { CommandError, exitCode } from '../cli/exit.ts';
import { traceFlag, tracesTo } from '../cli/trace.ts';
import { startProgram, untilParentGone } from '../io/child-programs.ts';
import { type OpenLog, openLog } from '../io/open-log.ts';
import { type Config, ConfigError, type LoadedConfig, loadConfig } from './config/config.ts';
import { openServer, type Server, type ServerOptions } from './server.ts';
import { withIoThreads } from './wiring/io-threads.ts';
import { startLocalPeers } from './wiring/local-peers.ts';
import { startFailure } from './wiring/start-failure.ts';

const localPeersMax = 64;

export const command = defineCommand({
  name: 'server',
  summary: 'HTTP server, dispatcher and registry of peers: one process',
  operands: { usage: '', min: 0, max: 0 },
  flags: {
    config: { kind: 'text', placeholder: 'FILE', summary: 'the configuration (default: config.json of the root)' },
    root: { kind: 'text', placeholder: 'DIR', summary: "what relative paths start from (default: the file's folder)" },
    host: { kind: 'text', placeholder: 'H', summary: 'the address to listen on, instead of http.host' },
    port: {
      kind: 'number',
      placeholder: 'P',
      min: 0,
      max: 65535,
      summary: 'the HTTP port, instead of http.port; 0 picks a free one, for every door',
    },
    peers: {
      kind: 'number',
      placeholder: 'N',
      min: 0,
      max: localPeersMax,
      default: 0,
      summary: 'also start N local storage peers, p1 to pN',
    },
    rebuild: {
      kind: 'switch',
      summary: 'list files again that peers have and can prove, and the ledger does not know',
    },
    'accept-older-metadata': {
      kind: 'switch',
      summary: 'go on with metadata that is older than what the peers have seen',
    },
    trace: traceFlag(traceNames),
  },
  example: 'rivulet server --port 8080 --peers 3',
  async run({ flags }, io) {
    const loadAgain = (): LoadedConfig => withFlags(load(flags), flags);
    const loaded = loadAgain();
    return withIoThreads(loaded.config.concurrency.io_threads, async () => {
      const log = startLog(loaded.config, io);
      try {
        return await serve({
          loaded,
          loadAgain,
          log,
          io,
          peers: flags.peers,
          rebuild: flags.rebuild,
          acceptOlderMetadata: flags['accept-older-metadata'],
          traces: tracesTo(io.stderr, flags.trace),
        });
      } finally {
        await log.close();
      }
    });
  },
});

function load(flags: { readonly config: string | undefined; readonly root: string | undefined }): LoadedConfig {
  try {
    return loadConfig({ file: flags.config, root: flags.root });
  } catch (error) {
    if (error instanceof ConfigError) throw new CommandError(exitCode.badConfig, error.message, { cause: error });
    throw error;
  }
}

function startLog({ logging }: Config, { stdout }: CommandIo): OpenLog {
  try {
    return openLog(logging, { stdout, now: Date.now });
  } catch (cause) {
    const message = `/logging/output: ${(cause as Error).message}`;
    throw new CommandError(exitCode.badConfig, message, { cause });
  }
}

/**
 * Applies the flags. Port 0 is for every listener: a user who asks for a free port does not want a fixed one elsewhere.
 */
function withFlags(
  loaded: LoadedConfig,
  { host, port }: { readonly host: string | undefined; readonly port: number | undefined },
): LoadedConfig {
  const { config } = loaded;
  const http = { ...config.http, host: host ?? config.http.host, port: port ?? config.http.port };
  const ports = port === 0 ? { udp: { port: 0 }, wire: { port: 0 }, directory: { port: 0 } } : {};
  return { ...loaded, config: { ...config, http, ...ports } };
}

interface Run {
  readonly loaded: LoadedConfig;
  readonly loadAgain: () => LoadedConfig;
  readonly log: OpenLog;
  readonly io: CommandIo;
  /** The number of local peers to start. */
  readonly peers: number;
  /** Whether the ledger is completed by what peers can prove. */
  readonly rebuild: boolean;
  /** Whether a ledger that is older than its peers goes on as if it were not. */
  readonly acceptOlderMetadata: boolean;
  readonly traces: Traces;
}

async function serve(run: Run): Promise<number> {
  const { log, io } = run;
  const { config, root } = run.loaded;
  const print = (line: string): void => void io.stdout.write(`${line}\n`);
  const { traces, rebuild, acceptOlderMetadata } = run;
  const server = await open({ config, root, log, traces, rebuild, acceptOlderMetadata });
  const stopping = new AbortController();
  const stop = Promise.race([untilStopSignal(), untilParentGone()]).then(() => stopping.abort());
  const onHangUp = (): void => reload(run, server);
  process.on('SIGHUP', onHangUp);
  for (const { name, address } of server.listeners) print(`${name} ${address}`);
  const localPeers = await startLocalPeers({
    signal: stopping.signal,
    token: server.token,
    count: run.peers,
    dropDelay: config.drop_delay,
    directory: config.ipc_roots[0] ?? join(root, 'peers'),
    serverUrl: server.listeners[0]?.address ?? '',
    start: startProgram,
    clock: foregroundClock,
    onExit: (id, how, retryMs) =>
      log.warn('server', `the local peer ${id} has ended: ${how}; it is started again in ${retryMs / 1000} s`),
  });
  await server.becomeReady(stopping.signal);
  if (!stopping.signal.aborted) print('ready');
  await stop;
  log.info('server', 'stopping');
  await server.drain();
  await localPeers.stop();
  await server.close();
  process.off('SIGHUP', onHangUp);
  return exitCode.ok;
}

/**
 * Reads the configuration again (SIGHUP): changes that are possible while the server runs are made, the others are
 * named. A configuration with a fault changes nothing.
 */
function reload({ loadAgain, log }: Run, server: Server): void {
  try {
    const { config } = loadAgain();
    log.reopen();
    const forLater = server.reconfigure(config);
    log.info('server', 'the configuration was read again', { needs_restart: forLater.join(', ') || undefined });
  } catch (error) {
    const reason = error instanceof CommandError ? error.message : String(error);
    log.error('server', `the configuration was read again and not taken: ${reason}`);
  }
}

async function open(options: ServerOptions): Promise<Server> {
  try {
    return await openServer(options);
  } catch (error) {
    const reason = startFailure(error);
    if (reason === undefined) throw error;
    throw new CommandError(exitCode.unavailable, reason, { cause: error });
  }
}

/** Settles at the first SIGTERM or SIGINT; a second one ends the process at once. */
function untilStopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (): void => {
      if (asked) process.exit(exitCode.failure);
      asked = true;
      resolve();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
