/** One download of `rivulet get` from beginning to end, with its report. */
import { join } from 'node:path';
import { type Clock, systemClock } from '../async/clock.ts';
import type { ClientTorrent } from '../bittorrent/client/client-torrent.ts';
import { DownloadRun } from '../bittorrent/client/download-run.ts';
import type { SwarmClient } from '../bittorrent/client/swarm-client.ts';
import { formatCount } from '../bytes/format.ts';
import type { CommandIo } from '../cli/command.ts';
import { CommandError, exitCode } from '../cli/exit.ts';
import type { StopSignals } from '../cli/stop-signals.ts';
import { DownloadError } from '../io/downloads/download-error.ts';
import type { Log } from '../io/log.ts';
import { createReport, type Report } from './report.ts';
import { checkAskable, type Wanted } from './wanted.ts';

export interface FetchContext {
  readonly client: SwarmClient;
  readonly directory: string;
  readonly overwrite: boolean;
  readonly json: boolean;
  /** The download ends when nothing comes for this long; undefined: never. */
  readonly timeoutMs: number | undefined;
  readonly io: CommandIo;
  readonly log: Log;
  readonly stop: StopSignals;
  readonly clock?: Clock;
}

/** Downloads what is wanted. Settles with the exit code; fails with a CommandError. */
export async function fetchTo(context: FetchContext, wanted: Wanted): Promise<number> {
  const { client, io, json, stop, directory, overwrite, log, clock = systemClock } = context;
  const { file, tiers, peers } = wanted;
  const report = createReport(io, file, json);
  const beganAtMs = clock.now();
  const run = await DownloadRun.start(client, {
    file,
    tiers,
    peers,
    directory,
    overwrite,
    log,
    signal: stop.signal,
    onChecking: (done, total) => report.checking(done, total),
    events: notesOf(report),
  }).catch((error: unknown) => {
    report.end();
    throw asCommandError(error);
  });
  const watch = new Watch(context, run, report);
  let failure: unknown;
  try {
    if (run.torrent !== undefined) checkAskable(wanted);
    const ending = await Promise.race([run.finished, stop.asked, watch.gaveUp]);
    report.end();
    if (typeof ending !== 'number') {
      const seconds = (clock.now() - beganAtMs) / 1000;
      report.done(join(directory, file.name), seconds, run.torrent?.takenBytes ?? 0);
      return exitCode.ok;
    }
    report.note('stopped; the same command goes on from here');
    return ending;
  } catch (error) {
    report.end();
    failure = asCommandError(error);
    throw failure;
  } finally {
    watch.end();
    await run.stop().catch((error: unknown) => {
      // A disk that has failed fails here once more.
      if (failure === undefined) throw asCommandError(error);
    });
  }
}

/** Events of a download that become notes for the user, each note once. */
function notesOf(report: Report) {
  const said = new Set<string>();
  const note = (message: string): void => {
    if (said.has(message)) return;
    said.add(message);
    report.note(message);
  };
  return {
    onTrackerFailure: (tracker: string, reason: string) => note(`${tracker}: ${reason}`),
    onTrackerWarning: (tracker: string, warning: string) => note(`${tracker} says: ${warning}`),
  };
}

/** The interval at which a download is looked at for what should be told at once. */
const lookMs = 500;

/** Looks at a download now and then: reports progress, and gives up where nothing comes. */
class Watch {
  readonly #context: FetchContext;
  readonly #run: DownloadRun;
  readonly #report: Report;
  readonly #clock: Clock;
  readonly #stops: readonly (() => void)[];
  /** Rejects when nothing has come for too long. */
  readonly gaveUp: Promise<never>;
  #giveUp!: (error: Error) => void;
  #lastBytes = 0;
  #lastAtMs: number;
  #starved = false;

  constructor(context: FetchContext, run: DownloadRun, report: Report) {
    this.#context = context;
    this.#run = run;
    this.#report = report;
    this.gaveUp = new Promise((_, reject) => {
      this.#giveUp = reject;
    });
    this.gaveUp.catch(() => {}); // nobody may wait for it any more
    this.#clock = context.clock ?? systemClock;
    this.#lastAtMs = this.#clock.now();
    this.#stops = [
      this.#clock.every(report.everyMs, () => this.#tell()),
      this.#clock.every(lookMs, () => this.#look()),
    ];
  }

  end(): void {
    for (const stop of this.#stops) stop();
  }

  #tell(): void {
    const { torrent } = this.#run;
    if (torrent === undefined) return;
    const { leftBytes, takenBytes, record, connections } = torrent;
    this.#report.standing({ haveBytes: record.length - leftBytes, takenBytes, peers: connections.size });
  }

  #look(): void {
    const { torrent } = this.#run;
    if (torrent === undefined) return;
    if (torrent.starved !== this.#starved) this.#tellStarved(torrent);
    this.#checkTimeout(torrent.takenBytes);
  }

  #tellStarved(torrent: ClientTorrent): void {
    this.#starved = torrent.starved;
    const { unreachable, have } = torrent;
    const missing = formatCount(unreachable.length || have.size - have.count, 'piece');
    const waiting = `no peer that is here gives ${missing} that are missing; waiting for one`;
    this.#report.note(this.#starved ? waiting : 'there is a source again');
  }

  #checkTimeout(bytes: number): void {
    const now = this.#clock.now();
    if (bytes !== this.#lastBytes) {
      this.#lastBytes = bytes;
      this.#lastAtMs = now;
    }
    const { timeoutMs } = this.#context;
    if (timeoutMs !== undefined && now - this.#lastAtMs >= timeoutMs) {
      const message = `nothing came for ${timeoutMs / 1000} s; the same command goes on from here`;
      this.#giveUp(new CommandError(exitCode.unavailable, message));
    }
  }
}

function asCommandError(error: unknown): unknown {
  return error instanceof DownloadError ? new CommandError(exitCode.failure, error.message, { cause: error }) : error;
}
