/**
 * `rivulet get`: downloads from wire peers, by id, magnet link, `.torrent` or URL, into a folder. A download that an
 * earlier run left there is taken up.
 *
 *     $ rivulet get c9e1... -o films
 *     films/holiday.mp4
 */

import { SwarmClient, type SwarmClientOptions } from '../bittorrent/client/swarm-client.ts';
import { type Endpoint, parseEndpoint } from '../bytes/endpoint.ts';
import { usageError } from '../cli/arguments.ts';
import { defineCommand } from '../cli/command.ts';
import { CommandError, exitCode } from '../cli/exit.ts';
import { serverFlag, uploadRateFlag } from '../cli/flags.ts';
import { stderrLog } from '../cli/stderr-log.ts';
import { catchStopSignals } from '../cli/stop-signals.ts';
import { traceFlag, tracesTo } from '../cli/trace.ts';
import type { Log } from '../io/log.ts';
import { fetchTo } from './fetch.ts';
import { tellNote } from './report.ts';
import { findWanted } from './wanted.ts';
import { resolveWhat } from './what.ts';

export const command = defineCommand({
  name: 'get',
  summary: 'download from BitTorrent peers: by id, magnet link, .torrent or URL',
  operands: { usage: 'WHAT', min: 1, max: 1 },
  flags: {
    output: { kind: 'text', short: 'o', placeholder: 'DIR', default: '.', summary: 'the folder that it goes into' },
    overwrite: { kind: 'switch', summary: 'replace what is there under its name' },
    server: serverFlag,
    peer: { kind: 'list', placeholder: 'IP:PORT', summary: 'a peer to ask, besides those that trackers name' },
    host: { kind: 'text', placeholder: 'H', default: '127.0.0.1', summary: 'the address at which peers reach us' },
    port: { kind: 'number', placeholder: 'P', min: 0, max: 65535, default: 0, summary: 'the port; 0: a free one' },
    'upload-rate': uploadRateFlag,
    timeout: { kind: 'number', placeholder: 'S', min: 1, max: 86_400, summary: 'give up after S seconds of nothing' },
    trace: traceFlag(['wire', 'tracker']),
    json: { kind: 'switch', summary: 'print what happens on stdout, as JSON lines' },
  },
  example: 'rivulet get "magnet:?xt=urn:btih:..." -o films',

  async run({ operands: [what = ''], flags }, io) {
    const { output: directory, overwrite, json, timeout } = flags;
    const peers = flags.peer.map(parsePeer);
    const timeoutMs = timeout === undefined ? undefined : timeout * 1000;
    const note = (message: string): void => tellNote(io, json, message);
    const log = quietLog(stderrLog(io.stderr, 'rivulet'));
    const stop = catchStopSignals();
    try {
      const resolved = await resolveWhat(what, { server: flags.server, stdin: io.stdin, signal: stop.signal });
      const client = await openClient({
        host: flags.host,
        port: flags.port,
        uploadRate: flags['upload-rate'],
        log,
        traces: tracesTo(io.stderr, flags.trace),
      });
      try {
        const context = { client, directory, peers, timeoutMs, note, signal: stop.signal };
        const wanted = await findWanted(resolved, context);
        return await fetchTo({ client, directory, overwrite, json, timeoutMs, io, log, stop }, wanted);
      } finally {
        await client.close();
      }
    } catch (error) {
      if (stop.signal.aborted && !(error instanceof CommandError)) return await stop.asked;
      throw error;
    } finally {
      stop.release();
    }
  },
});

function parsePeer(text: string): Endpoint {
  const remote = parseEndpoint(text);
  if (remote === undefined) throw usageError(`--peer needs an address and a port like 127.0.0.1:6881, not "${text}"`);
  return remote;
}

async function openClient(
  options: Pick<SwarmClientOptions, 'host' | 'port' | 'uploadRate' | 'log' | 'traces'>,
): Promise<SwarmClient> {
  try {
    return await SwarmClient.open({ ...options, role: 'get', random: Math.random });
  } catch (cause) {
    const message = `peers cannot be let in at ${options.host}:${options.port}: ${(cause as Error).message}`;
    throw new CommandError(exitCode.unavailable, message, { cause });
  }
}

/** A log that tells of what happens between peers only where it is our fault. */
function quietLog(log: Log): Log {
  return { ...log, info() {}, warn() {}, enabled: (level) => level === 'error' };
}
