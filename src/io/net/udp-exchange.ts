/**
 * Datagrams to one host and its responses, one after the other, each sent again while there is none. Owns the socket,
 * which the kernel connects to the host, so that datagrams from elsewhere are not seen. The caller says which datagram
 * is a response, and what it means.
 *
 *     await udpExchange({ host, port, sends: 2, clock, signal }, async ({ ask }) => {
 *       const id = await ask(hello, isWelcome);
 *       return ask(question(id), isResponse);         from the same port of ours
 *     });
 */
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { Backoff } from '../../async/backoff.ts';
import type { Clock } from '../../async/clock.ts';
import { unlessAborted } from '../../async/unless-aborted.ts';

export interface UdpExchangeOptions {
  /** The host: a name or an address. */
  readonly host: string;
  readonly port: number;
  /**
   * The most times that a datagram is sent. The first wait for a response takes `firstWaitMs`, each further one twice
   * as long.
   */
  readonly sends: number;
  readonly firstWaitMs?: number;
  readonly clock: Clock;
  /** Ends the exchange, whatever it waits for. */
  readonly signal: AbortSignal;
}

export interface UdpConversation {
  /** The family of the host's address: the same bytes may mean different things. */
  readonly family: 'ipv4' | 'ipv6';
  /** Sends `request`; settles with the first datagram for which `isResponse`, which must not throw. One at a time. */
  readonly ask: (request: Uint8Array, isResponse: (datagram: Buffer) => boolean) => Promise<Buffer>;
}

/** The first wait for a response (BEP 15, "Time outs"). */
const firstWaitMsDefault = 15_000;

/**
 * Runs `converse` on a socket that is closed at its end, and returns its result. Throws a system error when the host is
 * not known or cannot be reached (also when it says that nobody listens at the port), an Error when there is no
 * response, and the signal's reason when that came first.
 */
export async function udpExchange<Result>(
  options: UdpExchangeOptions,
  converse: (conversation: UdpConversation) => Promise<Result>,
): Promise<Result> {
  const { host, port, signal } = options;
  // IPv4 where there is both: UDP does not tell early that a path is not there.
  const { address, family } = await unlessAborted(lookup(host, { verbatim: false }), signal);
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  try {
    socket.connect(port, address);
    await once(socket, 'connect');
    socket.on('error', () => {}); // one that comes while nothing is asked is of no matter
    const ask: UdpConversation['ask'] = (request, isResponse) => askOnce(socket, { request, isResponse }, options);
    return await converse({ family: family === 6 ? 'ipv6' : 'ipv4', ask });
  } finally {
    socket.close();
  }
}

interface Question {
  readonly request: Uint8Array;
  readonly isResponse: (datagram: Buffer) => boolean;
}

function askOnce(socket: Socket, { request, isResponse }: Question, options: UdpExchangeOptions): Promise<Buffer> {
  const { host, port, sends, firstWaitMs = firstWaitMsDefault, clock, signal } = options;
  return new Promise((resolve, reject) => {
    let cancelWait = (): void => {};
    const settle = (finish: () => void): void => {
      cancelWait();
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      socket.off('message', onMessage);
      finish();
    };
    const onAbort = (): void => settle(() => reject(signal.reason));
    const onError = (error: Error): void => settle(() => reject(error));
    const onMessage = (datagram: Buffer): void => {
      if (isResponse(datagram)) settle(() => resolve(datagram));
    };
    const backoff = new Backoff({ firstMs: firstWaitMs, lastMs: firstWaitMs * 2 ** sends });
    const send = (sent: number): void => {
      if (sent === sends) {
        onError(new Error(`no answer from ${host}:${port}`));
        return;
      }
      socket.send(request); // a failure is an 'error' of the socket
      cancelWait = clock.after(backoff.next(), () => send(sent + 1));
    };
    signal.addEventListener('abort', onAbort);
    socket.on('error', onError);
    socket.on('message', onMessage);
    if (signal.aborted) onAbort();
    else send(0);
  });
}
