/**
 * Datagrams, reported to an observer by the readers of `read.ts`.
 *
 *     > 000000  verb            REGISTER
 *     > 000009  peer-id         p1
 *     > 000020  ipc-path        "/srv/peers/p1"
 */
import type { Observer } from '../../bytes/trace.ts';
import { RegisterError } from './errors.ts';
import { parseRegister, parseRegisterReply } from './read.ts';

/** Reports what a peer asks. */
export function observeRegister(datagram: Uint8Array, observe: Observer): void {
  unlessRefused(() => parseRegister(datagram, observe));
}

/** Reports what the server answers. */
export function observeRegisterReply(datagram: Uint8Array, observe: Observer): void {
  unlessRefused(() => parseRegisterReply(datagram, observe));
}

/** A datagram is refused where it is used, not here. */
function unlessRefused(parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    if (!(error instanceof RegisterError)) throw error;
  }
}
