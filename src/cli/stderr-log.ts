/** The log of a peer: plain lines for the person in whose terminal it runs. */
import { printable } from '../bytes/printable.ts';
import type { Log, LogFields } from '../io/log.ts';

/**
 * Writes `name: message field=value` to `stream`; `debug` lines are left out. Paths, and what a server says, may hold
 * anything: nothing of it steers the terminal.
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
