/** Traces the connection with a wire peer, whoever dialled (`--trace=wire`). */
import { formatEndpoint } from '../../bytes/endpoint.ts';
import { type Observer, observerOf, type Trace } from '../../bytes/trace.ts';
import type { PeerSocket } from '../../io/net/peer-socket.ts';
import { WireReader } from '../../protocols/wire/read.ts';

const nobody = { onInfoHash() {}, onHandshake() {}, onMessage() {} };

/**
 * Makes the observer for the reader of what comes over `socket`. Bytes that are sent are read again, by the reader that
 * peers of our own make have. `dialled`: whether we dialled, and so are the one whose lines begin with `>`.
 */
export function traceSocket(trace: Trace | undefined, socket: PeerSocket, dialled: boolean): Observer | undefined {
  if (trace === undefined) return undefined;
  const remote = formatEndpoint(socket.remote);
  const sent = new WireReader(nobody, observerOf(trace, remote, dialled ? '>' : '<'));
  socket.onSending = (bytes) => sent.receive(bytes);
  return observerOf(trace, remote, dialled ? '<' : '>');
}
