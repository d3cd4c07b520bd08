/**
 * One datagram to a host and its answer, sent again while there is none. Owns the socket, which the kernel connects to
 * the host, so that datagrams from elsewhere are not seen. What is an answer is for the caller to say.
 *
 *     const { datagram } = await udpExchange({ host, port, request, isAnswer, sends: 2, clock, signal });
 */
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import type { Clock } from './clock.ts';

export interface UdpExchangeOptions {
  /** A name or an address. */
  readonly host: string;
  readonly port: number;
  readonly request: Uint8Array;
  /** Whether `datagram` is the answer; others are passed over. */
  readonly isAnswer: (datagram: Buffer) => boolean;
  /** How often the request is sent at most. The first time an answer is waited for `firstWaitMs`, then twice as long. */
  readonly sends: number;
  readonly firstWaitMs?: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface UdpAnswer {
  readonly datagram: Buffer;
  /** Of the host's address: the same bytes may mean different things. */
  readonly family: 'ipv4' | 'ipv6';
}

/** BEP 15, "Time outs". */
const firstWaitMsDefault = 15_000;

/**
 * Throws a system error when the host is not known or cannot be reached (also when it says that nobody listens at the
 * port), an Error when there is no answer, and the signal's reason when that came first.
 */
export async function udpExchange(options: UdpExchangeOptions): Promise<UdpAnswer> {
  const { host, signal } = options;
  signal.throwIfAborted();
  // IPv4 where there is both: UDP does not tell early that a path is not there.
  const found = await unlessAborted(lookup(host, { verbatim: false }), signal);
  const family = found.family === 6 ? 'ipv6' : 'ipv4';
  return { datagram: await exchangeWith(found.address, family, options), family };
}

/** A look-up cannot be ended, only left. */
function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

async function exchangeWith(
  address: string,
  family: UdpAnswer['family'],
  { host, port, request, isAnswer, sends, firstWaitMs = firstWaitMsDefault, clock, signal }: UdpExchangeOptions,
): Promise<Buffer> {
  const socket = createSocket(family === 'ipv6' ? 'udp6' : 'udp4');
  let cancelWait = (): void => {};
  let onAbort = (): void => {};
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      const send = (sent: number): void => {
        if (sent === sends) {
          reject(new Error(`no answer from ${host}:${port}`));
          return;
        }
        socket.send(request); // a failure is an 'error' of the socket
        cancelWait = clock.after(firstWaitMs * 2 ** sent, () => send(sent + 1));
      };
      onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort);
      socket.on('error', reject);
      socket.on('message', (datagram) => {
        if (isAnswer(datagram)) resolve(datagram);
      });
      socket.on('connect', () => send(0));
      socket.connect(port, address);
    });
  } finally {
    cancelWait();
    signal.removeEventListener('abort', onAbort);
    socket.close();
  }
}
