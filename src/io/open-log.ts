/**
 * The log's way out: to stdout or a file, as text or as JSON, one record a line. Lines of one turn of the event loop
 * are written together. Strangers choose what is in many a line, so nothing reaches a terminal raw, and no line can be
 * forged.
 *
 *     2026-11-20T10:00:00.000Z info http request method=GET path="/a b" status=200 ms=1.2
 *     {"time":"2026-11-20T10:00:00.000Z","level":"info","topic":"http","message":"request","fields":{...}}
 */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { inspect } from 'node:util';
import { printable } from '../bytes/printable.ts';
import { type Log, type LogFields, type LogLevel, type LogTopic, logLevels } from './log.ts';

export interface LogSettings {
  /** The lowest level of which lines are written. */
  readonly level: LogLevel;
  /** The destination: `stdout`, or the path of a file, which is appended to. */
  readonly output: string;
  readonly format: 'text' | 'json';
}

export interface LogSurroundings {
  readonly stdout: NodeJS.WritableStream;
  /** The time now, in milliseconds since 1970. */
  readonly now: () => number;
}

export interface OpenLog extends Log {
  /** Writes what is waiting, and begins the file anew: for programs that move old logs away. */
  reopen(): void;
  /** Writes what is waiting, and closes the file. Settles when stdout has taken all. */
  close(): Promise<void>;
}

interface LogRecord {
  readonly time: string;
  readonly level: LogLevel;
  readonly topic: LogTopic;
  readonly message: string;
  readonly fields: LogFields;
  /** The stack of the cause, and those of its own causes. */
  readonly error?: string;
}

/** Opens the log. Throws a system error when the file cannot be opened. */
export function openLog({ level, output, format }: LogSettings, { stdout, now }: LogSurroundings): OpenLog {
  const sink = output === 'stdout' ? new StreamSink(stdout) : new FileSink(output);
  const lines = new LineBuffer(sink);
  const encode = format === 'json' ? encodeJson : encodeText;
  const lowest = logLevels.indexOf(level);
  const enabled = (wanted: LogLevel): boolean => logLevels.indexOf(wanted) >= lowest;

  function write(level: LogLevel, topic: LogTopic, message: string, fields: LogFields = {}, cause?: unknown): void {
    if (!enabled(level)) return;
    const error = cause === undefined ? {} : { error: inspect(cause) };
    lines.add(encode({ time: new Date(now()).toISOString(), level, topic, message, fields, ...error }));
  }

  return {
    debug: (topic, message, fields) => write('debug', topic, message, fields),
    info: (topic, message, fields) => write('info', topic, message, fields),
    warn: (topic, message, fields) => write('warn', topic, message, fields),
    error: (topic, message, fields, cause) => write('error', topic, message, fields, cause),
    enabled,
    reopen() {
      lines.flush();
      sink.reopen();
    },
    async close() {
      lines.flush();
      await sink.close();
    },
  };
}

function encodeText({ time, level, topic, message, fields, error }: LogRecord): string {
  let line = `${time} ${level} ${topic} ${printable(message)}`;
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) line += ` ${name}=${encodeValue(value)}`;
  // A stack is easier read on lines of its own. They are indented: a record never begins with a blank.
  const stack = error?.split('\n').map((row) => `\n    ${printable(row)}`) ?? [];
  return `${line}${stack.join('')}\n`;
}

/** The text of a value, in quotes when it could be taken for something else. */
function encodeValue(value: string | number | boolean): string {
  if (typeof value !== 'string' || /^[\w.:/@%+,*?&~-]+$/.test(value)) return String(value);
  return printable(`"${value.replace(/["\\]/g, '\\$&')}"`);
}

/** JSON with C1 controls and others as escapes, which mean the same; `JSON.stringify` leaves them raw. */
function encodeJson(record: LogRecord): string {
  return `${printable(JSON.stringify(record))}\n`;
}

interface Sink {
  write(text: string): void;
  reopen(): void;
  close(): Promise<void>;
}

/** Gathers lines until the event loop has done what else there was to do: one write for many lines. */
class LineBuffer {
  readonly #sink: Sink;
  #waiting = '';

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  add(line: string): void {
    if (this.#waiting === '') setImmediate(() => this.flush());
    this.#waiting += line;
  }

  flush(): void {
    const text = this.#waiting;
    this.#waiting = '';
    if (text !== '') this.#sink.write(text);
  }
}

class StreamSink implements Sink {
  readonly #stream: NodeJS.WritableStream;
  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
  }

  write(text: string): void {
    this.#stream.write(text);
  }

  reopen(): void {
    // Stdout is not ours to open.
  }

  /** The callback of the last write comes after all others; an error then is the business of whoever owns stdout. */
  close(): Promise<void> {
    return new Promise((resolve) => this.#stream.write('', () => resolve()));
  }
}

/**
 * Writes are synchronous: they go to the kernel's cache in microseconds, in order, and nothing is lost if the process
 * dies of an exception.
 */
class FileSink implements Sink {
  readonly #path: string;
  #descriptor: number;

  constructor(path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true });
    this.#descriptor = openSync(path, 'a', 0o640);
  }

  write(text: string): void {
    const bytes = Buffer.from(text);
    try {
      for (let offset = 0; offset < bytes.length; ) offset += writeSync(this.#descriptor, bytes, offset);
    } catch {
      // The disk is full or failing. That must not end the server; these lines are lost.
    }
  }

  /** When the new file cannot be opened the old one stays. */
  reopen(): void {
    const descriptor = openSync(this.#path, 'a', 0o640);
    closeSync(this.#descriptor);
    this.#descriptor = descriptor;
  }

  async close(): Promise<void> {
    closeSync(this.#descriptor);
  }
}
