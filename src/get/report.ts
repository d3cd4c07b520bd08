/**
 * The output of `rivulet get`: a bar on a terminal, a line now and then where stderr is none, JSON lines on stdout with
 * `--json`.
 *
 *     plan.iso [##########----------]  50%  1.5 GiB of 3.0 GiB  412 MiB/s  3 peers  0:04 left
 */
import { formatCount, formatSize } from '../bytes/format.ts';
import { printable } from '../bytes/printable.ts';
import { Speed } from '../bytes/speed.ts';
import type { CommandIo } from '../cli/command.ts';
import { Progress } from '../cli/progress.ts';

/** The progress of a download. */
export interface Standing {
  readonly haveBytes: number;
  /** Bytes that came and were asked for. */
  readonly takenBytes: number;
  readonly peers: number;
}

export interface Report {
  /** The interval at which `standing` is to be called, in milliseconds. */
  readonly everyMs: number;
  /** Bytes from an earlier run are being read again. */
  checking(doneBytes: number, totalBytes: number): void;
  standing(standing: Standing): void;
  /** Tells the user of something that is no fault of the command. */
  note(message: string): void;
  /** The download is complete: it is at `path`, took `seconds`, and `takenBytes` of it came in this run. */
  done(path: string, seconds: number, takenBytes: number): void;
  /** Ends the bar, so that other output can follow. */
  end(): void;
}

export interface Reported {
  readonly id: string;
  readonly name: string;
  readonly length: number;
}

/** Tells the user of something before it is known what is downloaded. */
export function tellNote(io: CommandIo, json: boolean, message: string): void {
  if (json) io.stdout.write(`${JSON.stringify({ event: 'note', message })}\n`);
  else io.stderr.write(`rivulet: ${printable(message)}\n`);
}

export function createReport(io: CommandIo, file: Reported, json: boolean): Report {
  if (json) return jsonReport(io, file);
  return io.stderr.isTTY === true ? barReport(io, file) : lineReport(io, file);
}

/** Follows a download: turns one standing after the other into the facts that are told. */
function courseOf(length: number) {
  const speed = new Speed();
  return ({ haveBytes, takenBytes, peers }: Standing) => {
    speed.sample(performance.now(), takenBytes);
    return {
      have_bytes: haveBytes,
      length,
      bytes_per_second: Math.round(speed.bytesPerSecond),
      peers,
      seconds_left: speed.secondsFor(length - haveBytes),
    };
  };
}

function barReport(io: CommandIo, { name, length }: Reported): Report {
  const progress = new Progress(io.stderr, name, length);
  const course = courseOf(length);
  return {
    everyMs: 200,
    checking: (done, total) => progress.show(0, `reading again what is there: ${percent(done, total)}`),
    standing: (standing) => progress.show(standing.haveBytes, facts(course(standing))),
    note(message) {
      progress.end();
      tellNote(io, false, message);
    },
    done(path, seconds, takenBytes) {
      progress.end();
      io.stdout.write(`${path}\n`);
      const speed = formatSize(takenBytes / Math.max(seconds, 0.001));
      const came = takenBytes === 0 ? '' : `; ${formatSize(takenBytes)} came in ${formatSeconds(seconds)} (${speed}/s)`;
      io.stderr.write(`${formatSize(length)}, every piece verified${came}\n`);
    },
    end: () => progress.end(),
  };
}

function lineReport(io: CommandIo, { name, length }: Reported): Report {
  const course = courseOf(length);
  const everyMs = 5_000;
  const isTime = seldom(everyMs, everyMs);
  return {
    everyMs,
    checking(done, total) {
      if (isTime()) tellNote(io, false, `${name}: reading again what is there: ${percent(done, total)}`);
    },
    standing(standing) {
      const done = `${percent(standing.haveBytes, length)} of ${formatSize(length)}`;
      tellNote(io, false, `${name}: ${done}  ${facts(course(standing))}`);
    },
    note: (message) => tellNote(io, false, message),
    done: (path) => void io.stdout.write(`${path}\n`),
    end() {},
  };
}

function jsonReport(io: CommandIo, { id, name, length }: Reported): Report {
  const course = courseOf(length);
  const write = (value: object): void => void io.stdout.write(`${JSON.stringify(value)}\n`);
  const everyMs = 1_000;
  const isTime = seldom(everyMs, 0);
  return {
    everyMs,
    checking(done, total) {
      if (isTime()) write({ event: 'checking', done_bytes: done, total_bytes: total });
    },
    standing: (standing) => write({ event: 'progress', ...course(standing) }),
    note: (message) => tellNote(io, true, message),
    done: (path, seconds) => write({ event: 'done', path, id, name, length, seconds }),
    end() {},
  };
}

/**
 * A function that says whether it is time to tell: first `firstMs` from now, then every `everyMs`. Without it each of
 * tens of thousands of pieces would be told of.
 */
function seldom(everyMs: number, firstMs: number): () => boolean {
  let dueMs = performance.now() + firstMs;
  return () => {
    const now = performance.now();
    if (now < dueMs) return false;
    dueMs = now + everyMs;
    return true;
  };
}

function facts({ bytes_per_second, peers, seconds_left }: ReturnType<ReturnType<typeof courseOf>>): string {
  const left = seconds_left === undefined ? [] : [`${formatSeconds(seconds_left)} left`];
  return [`${formatSize(bytes_per_second)}/s`, formatCount(peers, 'peer'), ...left].join('  ');
}

/** `1:05`, `2:03:00`. */
function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}

function percent(part: number, whole: number): string {
  return `${whole === 0 ? 100 : Math.floor((part / whole) * 100)}%`;
}
