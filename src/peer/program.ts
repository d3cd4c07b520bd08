/**
 * The program `rivulet peer ID`, a storage peer: one process, one folder with pieces, one pair of FIFOs. Here the parts
 * are put together; each knows its own business.
 *
 *     $ rivulet peer p1
 *     p1: pieces and FIFOs are in /srv/rivulet/peers/p1
 *     p1: registered with http://127.0.0.1:8080
 *     ready
 */

import { Backoff } from '../async/backoff.ts';
import { foregroundClock } from '../async/clock.ts';
import { BufferPool } from '../bytes/buffer-pool.ts';
import type { Traces } from '../bytes/trace.ts';
import { type CommandIo, defineCommand } from '../cli/command.ts';
import { CommandError, exitCode } from '../cli/exit.ts';
import { stderrLog } from '../cli/stderr-log.ts';
import { catchStopSignals } from '../cli/stop-signals.ts';
import { traceFlag, tracesTo } from '../cli/trace.ts';
import { untilParentGone } from '../io/child-programs.ts';
import { FifoError } from '../io/fifo/error.ts';
import { FolderTakenError, lockFolder } from '../io/files/folder-lock.ts';
import { makeFolder } from '../io/files/folders.ts';
import type { Log } from '../io/log.ts';
import { asideTickMs, dropDelaySeconds } from '../io/pieces/aside/asides.ts';
import { PieceStore, StoreError } from '../io/pieces/piece-store.ts';
import { type PeerOptions, readOptions } from './options.ts';
import { PieceServer } from './piece-server.ts';
import { SeenEpoch } from './seen-epoch.ts';
import { serveFifos } from './serve-fifos.ts';
import { serveStreams } from './serve-streams.ts';
import { shareFile } from './share.ts';

/** Buffers kept for the next piece: as many as a quick transfer has in use. */
const idleBytesMax = 32 * 1024 * 1024;

export const command = defineCommand({
  name: 'peer',
  summary: 'a storage peer: one process, one directory, one pair of FIFOs',
  operands: { usage: 'ID', min: 1, max: Number.POSITIVE_INFINITY },
  flags: {
    dir: { kind: 'text', placeholder: 'DIR', summary: 'where pieces and FIFOs are kept (default: peers/ID)' },
    server: { kind: 'text', placeholder: 'URL', summary: 'the server', default: 'http://127.0.0.1:8080' },
    udp: { kind: 'text', placeholder: 'HOST:PORT', summary: 'register by a datagram instead of by HTTP' },
    share: { kind: 'list', placeholder: 'FILE', summary: 'lend out a complete file that the server knows' },
    'drop-delay': {
      kind: 'number',
      placeholder: 'SECONDS',
      min: 0,
      max: dropDelaySeconds.max,
      default: dropDelaySeconds.usual,
      summary: 'how long a file that the server drops is put aside; 0 removes it at once',
    },
    trace: traceFlag(['ipc', 'register']),
    stdio: { kind: 'switch', summary: 'speak on stdin and stdout instead of FIFOs; nothing is registered' },
  },
  example: 'rivulet peer p1 --server http://127.0.0.1:8080',

  async run({ operands, flags }, io) {
    const traces = tracesTo(io.stderr, flags.trace);
    const options = readOptions(operands, flags, traces);
    const log = stderrLog(io.stderr, options.id);
    const stop = catchStopSignals();
    const parentGone = new AbortController();
    void untilParentGone().then(() => parentGone.abort());
    const signal = AbortSignal.any([stop.signal, parentGone.signal]);
    try {
      await makeFolder(options.directory, 0o700);
      log.info('peer', `pieces and FIFOs are in ${options.directory}`);
      const lock = await lockFolder(options.directory);
      try {
        await runPeer(options, {
          stdio: flags.stdio,
          dropDelay: flags['drop-delay'],
          traces,
          io,
          log,
          signal,
        });
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

interface Run {
  readonly stdio: boolean;
  /** Seconds for which dropped files are put aside. */
  readonly dropDelay: number;
  readonly traces: Traces;
  readonly io: CommandIo;
  readonly log: Log;
  readonly signal: AbortSignal;
}

async function runPeer(options: PeerOptions, { stdio, dropDelay, traces, io, log, signal }: Run): Promise<void> {
  const aside = { delayMs: dropDelay * 1000, now: Date.now };
  const store = await PieceStore.open(options.directory, { log, aside });
  const stopTicking = foregroundClock.every(asideTickMs, () => void store.asides.tick());
  try {
    const seen = await SeenEpoch.open(options.directory, log);
    await shareAll(options, store, log, signal);
    const pool = new BufferPool(idleBytesMax);
    const { id, directory, register } = options;
    const trace = traces.ipc && ((line: string) => traces.ipc?.(line, id));
    const context = { server: new PieceServer(id, store, pool, seen), pool, log, signal, trace };
    if (stdio) await serveStreams({ ...context, input: io.stdin, output: io.stdout });
    else await serveFifos({ ...context, id, directory, register, onRegistered: sayRegistered(io, log) });
  } finally {
    stopTicking();
    await store.close();
  }
}

/**
 * Says `ready` once, for whoever started this process; a server that comes back concerns only the person who reads the
 * log.
 */
function sayRegistered(io: CommandIo, log: Log): (where: string) => void {
  let ready = false;
  return (where) => {
    log.info('peer', `registered with ${where}`);
    if (!ready) io.stdout.write('ready\n');
    ready = true;
  };
}

async function shareAll(options: PeerOptions, store: PieceStore, log: Log, signal: AbortSignal): Promise<void> {
  const say = (message: string): void => log.warn('peer', `${message}; trying again`);
  const retrying = { backoff: new Backoff(), clock: foregroundClock, signal, say };
  for (const path of options.shared) {
    const file = await shareFile(path, { store, server: options.server, retrying });
    if (file !== undefined) log.info('peer', `sharing ${path} as ${file}`);
  }
}

/** The error as a CommandError, told without a stack, when it is the user's or the system's fault. */
function asCommandError(error: unknown): unknown {
  const known = [FolderTakenError, FifoError, StoreError].some((kind) => error instanceof kind);
  const ofSystem = error instanceof Error && 'syscall' in error;
  return known || ofSystem ? new CommandError(exitCode.failure, (error as Error).message, { cause: error }) : error;
}
