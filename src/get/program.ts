/**
 * `rivulet get`: downloads from wire peers, by id, magnet link, `.torrent` or URL, into a folder. What an earlier run
 * left there is taken up.
 *
 *     $ rivulet get c9e1... -o films
 *     films/holiday.mp4
 */
import type { FileId } from '../bytes/ids.ts';
import { usageError } from '../cli/arguments.ts';
import { type CommandIo, defineCommand } from '../cli/command.ts';
import { CommandError, exitCode } from '../cli/exit.ts';
import { serverFlag } from '../cli/server-call.ts';
import { stderrLog } from '../cli/stderr-log.ts';
import { catchStopSignals } from '../cli/stop-signals.ts';
import type { RemoteAddress } from '../io/peer-socket.ts';
import { SwarmClient } from '../swarm/leech/swarm-client.ts';
import { fetchTo } from './fetch.ts';
import { resolveWhat } from './what.ts';

export const command = defineCommand({
  name: 'get',
  summary: 'download from BitTorrent peers, by id, magnet link, .torrent or URL',
  operands: { usage: 'WHAT', min: 1, max: 1 },
  flags: {
    output: { kind: 'text', short: 'o', placeholder: 'DIR', default: '.', summary: 'the folder that it goes into' },
    overwrite: { kind: 'switch', summary: 'replace what is there under its name' },
    server: serverFlag,
    peer: { kind: 'list', placeholder: 'HOST:PORT', summary: 'a peer to be asked besides those that trackers name' },
    host: { kind: 'text', placeholder: 'H', default: '127.0.0.1', summary: 'the address at which peers reach us' },
    port: { kind: 'number', placeholder: 'P', min: 0, max: 65535, default: 0, summary: 'the port; 0: a free one' },
    timeout: { kind: 'number', placeholder: 'S', min: 1, max: 86_400, summary: 'give up after S seconds of nothing' },
    json: { kind: 'switch', summary: 'print what happens on stdout, as JSON lines' },
  },
  example: 'rivulet get "magnet:?xt=urn:btih:..." -o films',

  async run({ operands: [what = ''], flags }, io) {
    const peers = flags.peer.map(parsePeer);
    const stop = catchStopSignals();
    const log = stderrLog(io.stderr, 'rivulet');
    try {
      const resolved = await resolveWhat(what, { server: flags.server });
      const client = await openClient(flags, log);
      try {
        const outcome = await fetchTo(flags.output, resolved, { client, peers, io, log, stop, ...flags });
        return outcome;
      } finally {
        await client.close();
      }
    } finally {
      stop.release();
    }
  },
});
