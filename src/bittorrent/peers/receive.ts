/** The one place where what is wrong with the bytes of a wire peer is caught. */
import type { Log } from '../../io/log.ts';
import { WireError } from '../../protocols/wire/errors.ts';
import type { WireReader } from '../../protocols/wire/read.ts';

/** Has `bytes` read. Returns why the connection has to be closed: they break a rule, or we failed over them. */
export function receive(reader: WireReader, bytes: Uint8Array, log: Log): string | undefined {
  try {
    reader.receive(bytes);
    return undefined;
  } catch (error) {
    if (error instanceof WireError) return `${error.code}: ${error.message}`;
    log.error('wire', 'a message could not be handled', {}, error);
    return 'our own fault';
  }
}
