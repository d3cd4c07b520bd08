/**
 * One try to register with the server, over HTTP or by one datagram. The caller decides when to try again; to register
 * twice is no error.
 *
 *     POST /register_peer    peer-id=p1&ipc-path=%2Fsrv%2Fpeers%2Fp1    ->    200
 *     REGISTER peer-id=p1 ipc-path=/srv/peers/p1                        ->    OK peer-id=p1 files=3 pieces=412
 */
import { createSocket, type Socket } from 'node:dgram';
import { type Clock, foregroundClock } from '../async/clock.ts';
import type { Attempt } from '../async/retry.ts';
import { formatEndpoint } from '../bytes/endpoint.ts';
import type { PeerId } from '../bytes/ids.ts';
import { type Observer, observerOf, type Trace } from '../bytes/trace.ts';
import { RegisterError } from '../protocols/register/errors.ts';
import { parseRegisterReply } from '../protocols/register/read.ts';
import { observeRegister } from '../protocols/register/trace.ts';
import { encodeRegister } from '../protocols/register/write.ts';
import { askServer, describeFailure } from './server-api.ts';

export interface Registration {
  readonly id: PeerId;
  /** The folder of the FIFOs; absolute, since the server may run in another folder. */
  readonly ipcPath: string;
}

/** Registers a peer. The value of a successful attempt says, for a person, where the peer is registered. */
export type Register = (registration: Registration) => Promise<Attempt<string>>;

/** Registers with the server at `server`, by POST. */
export function registerByHttp(server: URL): Register {
  return async ({ id, ipcPath }) => {
    const response = await askServer(new URL('/register_peer', server), { 'peer-id': id, 'ipc-path': ipcPath });
    return response.kind === 'done' ? { kind: 'done', value: server.origin } : response;
  };
}

/** The wait for a reply, since a datagram may be lost. The server needs some milliseconds. */
const replyTimeoutMs = 2_000;

/** Registers with the server's UDP port, by one datagram. */
export function registerByDatagram(
  host: string,
  port: number,
  clock: Pick<Clock, 'after'> = foregroundClock,
  trace?: Trace,
): Register {
  return async ({ id, ipcPath }) => {
    const where = `udp ${host}:${port}`;
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    try {
      const request = encodeRegister({ peerId: id, ipcPath });
      const remote = formatEndpoint({ address: host, port });
      const observe = observerOf(trace, remote, '>');
      if (observe !== undefined) observeRegister(request, observe);
      const reply = await exchange(socket, { host, port }, request, clock);
      return judge(reply, where, observerOf(trace, remote, '<'));
    } catch (error) {
      return { kind: 'again', message: `no answer from ${where} (${describeFailure(error)})` };
    } finally {
      socket.close();
    }
  };
}

/** Sends `request` and settles with the first datagram that comes back from there. */
function exchange(
  socket: Socket,
  { host, port }: { readonly host: string; readonly port: number },
  request: Uint8Array,
  clock: Pick<Clock, 'after'>,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const endWait = clock.after(replyTimeoutMs, () => reject(new Error('timeout')));
    const fail = (error: Error): void => {
      endWait();
      reject(error);
    };
    socket.on('error', fail);
    socket.on('message', (reply) => {
      endWait();
      resolve(reply);
    });
    // Connected, a socket takes datagrams from nowhere else, and hears (by ICMP) that nobody listens.
    socket.connect(port, host, (error?: Error) => {
      if (error) fail(error);
      else socket.send(request);
    });
  });
}

function judge(datagram: Uint8Array, where: string, observe: Observer | undefined): Attempt<string> {
  try {
    const reply = parseRegisterReply(datagram, observe);
    if (reply.verb === 'OK') return { kind: 'done', value: where };
    const message = `the server says: ${reply.message || reply.code}`;
    return { kind: reply.code === 'taken' || reply.code === 'gone' ? 'again' : 'refused', message };
  } catch (error) {
    if (!(error instanceof RegisterError)) throw error;
    return { kind: 'again', message: `an answer from ${where} that makes no sense: ${error.message}` };
  }
}
