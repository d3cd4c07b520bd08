/** The log of a peer or node: plain lines for the person at the terminal. */
import { printable } from '../bytes/printable.ts';
import type { Log, LogFields } from '../io/log.ts';

/**
 * A log that writes `name: message field=value` to `stream`, without `debug` lines. Everything is escaped: paths and
 * the texts of a server may hold control characters.
 */
export function stderrLog(stream: NodeJS.WritableStream, name: string): Log {
  const write = (message: string, fields: LogFields = {}): void => {
    const values = Object.entries(fields).map(([key, value]) => ` ${key}=${value}`);
    stream.write(`${name}: ${printable(message + values.join(''))}\n`);
  };
  return {
    debug() {},
    info: (_, message, fields) => write(message, fields),
    warn: (_, message, fields) => write(message, fields),
    error(_, message, fields, cause) {
      write(message, fields);
      if (cause instanceof Error) stream.write(`${cause.stack}\n`);
    },
    enabled: (level) => level !== 'debug',
  };
}
