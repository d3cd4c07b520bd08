/**
 * What the user of `rivulet get` sees: a bar on a terminal, a line now and then where stderr is none, JSON lines on
 * stdout with `--json`.
 *
 *     plan.iso [##########----------]  50%  1.5 GiB of 3.0 GiB  412 MiB/s  3 peers  0:04 left
 */
import { formatCount, formatSize } from '../bytes/format.ts';
import { printable } from '../bytes/printable.ts';
import type { CommandIo } from '../cli/command.ts';
import { Progress } from '../cli/progress.ts';
import { Speed } from '../cli/speed.ts';

/** How far a download is. */
export interface Standing {
  readonly haveBytes: number;
  /** What came of what was asked for. */
  readonly takenBytes: number;
  readonly peers: number;
}

export interface Report {
  /** How often `standing` is to be called, milliseconds. */
  readonly everyMs: number;
  /** Bytes from an earlier run are being read again. */
  checking(doneBytes: number, totalBytes: number): void;
  standing(standing: Standing): void;
  /** Something to know: no fault of the command's. */
  note(message: string): void;
  /** It is at `path`, after so long. */
  done(path: string, seconds: number): void;
  /** Makes room for what comes after. */
  end(): void;
}

export interface Reported {
  readonly id: string;
  readonly name: string;
  readonly length: number;
}

/** Something to know, while it is not known yet what is downloaded. */
export function tellNote(io: CommandIo, json: boolean, message: string): void {
  if (json) io.stdout.write(`${JSON.stringify({ event: 'note', message })}\n`);
  else io.stderr.write(`rivulet: ${printable(message)}\n`);
}

export function createReport(io: CommandIo, file: Reported, json: boolean): Report {
  if (json) return new JsonReport(io, file);
  return io.stderr.isTTY === true ? new BarReport(io, file) : new LineReport(io, file);
}

/** Bytes that are here, speed, peers, time left: of one standing after the other. */
class Course {
  readonly #speed = new Speed();
  readonly #length: number;

  constructor(length: number) {
    this.#length = length;
  }

  note({ haveBytes, takenBytes, peers }: Standing) {
    this.#speed.sample(performance.now(), takenBytes);
    return {
      have_bytes: haveBytes,
      length: this.#length,
      bytes_per_second: Math.round(this.#speed.bytesPerSecond),
      peers,
      seconds_left: this.#speed.secondsFor(this.#length - haveBytes),
    };
  }
}

class BarReport implements Report {
  readonly everyMs = 200;
  readonly #io: CommandIo;
  readonly #file: Reported;
  readonly #progress: Progress;
  readonly #course: Course;

  constructor(io: CommandIo, file: Reported) {
    this.#io = io;
    this.#file = file;
    this.#progress = new Progress(io.stderr, file.name, file.length);
    this.#course = new Course(file.length);
  }

  checking(doneBytes: number, totalBytes: number): void {
    this.#progress.show(0, `reading again what is there: ${percent(doneBytes, totalBytes)}`);
  }

  standing(standing: Standing): void {
    const { bytes_per_second, peers, seconds_left } = this.#course.note(standing);
    this.#progress.show(standing.haveBytes, facts(bytes_per_second, peers, seconds_left));
  }

  note(message: string): void {
    this.#progress.end();
    tellNote(this.#io, false, message);
  }

  done(path: string, seconds: number): void {
    this.#io.stdout.write(`${path}\n`);
    const { length } = this.#file;
    const speed = formatSize(length / Math.max(seconds, 0.001));
    this.#io.stderr.write(`${formatSize(length)} in ${formatSeconds(seconds)} (${speed}/s), every piece verified\n`);
  }

  end(): void {
    this.#progress.end();
  }
}

class LineReport implements Report {
  readonly everyMs = 5_000;
  readonly #isTime = seldom(this.everyMs, this.everyMs);
  readonly #io: CommandIo;
  readonly #file: Reported;
  readonly #course: Course;

  constructor(io: CommandIo, file: Reported) {
    this.#io = io;
    this.#file = file;
    this.#course = new Course(file.length);
  }

  checking(doneBytes: number, totalBytes: number): void {
    if (!this.#isTime()) return;
    this.note(`${this.#file.name}: reading again what is there: ${percent(doneBytes, totalBytes)}`);
  }

  standing(standing: Standing): void {
    const { name, length } = this.#file;
    const { bytes_per_second, peers, seconds_left } = this.#course.note(standing);
    const done = `${percent(standing.haveBytes, length)} of ${formatSize(length)}`;
    this.note(`${name}: ${done}  ${facts(bytes_per_second, peers, seconds_left)}`);
  }

  note(message: string): void {
    tellNote(this.#io, false, message);
  }

  done(path: string): void {
    this.#io.stdout.write(`${path}\n`);
  }

  end(): void {}
}

class JsonReport implements Report {
  readonly everyMs = 1_000;
  readonly #isTime = seldom(this.everyMs, 0);
  readonly #io: CommandIo;
  readonly #file: Reported;
  readonly #course: Course;

  constructor(io: CommandIo, file: Reported) {
    this.#io = io;
    this.#file = file;
    this.#course = new Course(file.length);
  }

  checking(doneBytes: number, totalBytes: number): void {
    if (!this.#isTime()) return;
    this.#write({ event: 'checking', done_bytes: doneBytes, total_bytes: totalBytes });
  }

  standing(standing: Standing): void {
    this.#write({ event: 'progress', ...this.#course.note(standing) });
  }

  note(message: string): void {
    tellNote(this.#io, true, message);
  }

  done(path: string, seconds: number): void {
    const { id, name, length } = this.#file;
    this.#write({ event: 'done', path, id, name, length, seconds });
  }

  end(): void {}

  #write(value: object): void {
    this.#io.stdout.write(`${JSON.stringify(value)}\n`);
  }
}

/** Says, as often as it is asked, whether it is time: after `firstMs` from now, and every `everyMs` then. */
function seldom(everyMs: number, firstMs: number): () => boolean {
  let dueMs = performance.now() + firstMs;
  return () => {
    const now = performance.now();
    if (now < dueMs) return false;
    dueMs = now + everyMs;
    return true;
  };
}

function facts(bytesPerSecond: number, peers: number, secondsLeft: number | undefined): string {
  const left = secondsLeft === undefined ? [] : [`${formatSeconds(secondsLeft)} left`];
  return [`${formatSize(bytesPerSecond)}/s`, formatCount(peers, 'peer'), ...left].join('  ');
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
