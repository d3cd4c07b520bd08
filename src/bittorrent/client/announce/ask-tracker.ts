/**
 * Sends one announce to one tracker, over HTTP or UDP. Nothing is kept between two announces: a connection id (BEP 15)
 * is good for a minute, and nobody announces that often.
 */
import { randomInt } from 'node:crypto';
import type { Clock } from '../../../async/clock.ts';
import { formatEndpoint } from '../../../bytes/endpoint.ts';
import { observerOf, type Trace } from '../../../bytes/trace.ts';
import { type HttpCallOptions, httpCall } from '../../../io/net/http-client.ts';
import { udpExchange } from '../../../io/net/udp-exchange.ts';
import { observeBencode } from '../../../protocols/bencode/trace.ts';
import { TrackerError } from '../../../protocols/tracker/errors.ts';
import { parseHttpResponse } from '../../../protocols/tracker/http/read-response.ts';
import { redirectTarget } from '../../../protocols/tracker/http/redirect.ts';
import { announceUrl } from '../../../protocols/tracker/http/write-request.ts';
import { type ClientAnnounce, responseLimits, type TrackerResponse } from '../../../protocols/tracker/types.ts';
import {
  answers,
  parseUdpAnnounceResponse,
  parseUdpConnectResponse,
} from '../../../protocols/tracker/udp/read-response.ts';
import { observeRequest, observeResponse } from '../../../protocols/tracker/udp/trace.ts';
import { encodeAnnounceRequest, encodeConnectRequest } from '../../../protocols/tracker/udp/write-request.ts';
import { parseTrackerUrl, type TrackerUrl } from '../../../protocols/tracker/url.ts';

export interface AskOptions {
  readonly clock: Clock;
  /** Ends the announce, whatever it waits for. */
  readonly signal: AbortSignal;
  /** Takes what is asked and answered, field by field. */
  readonly trace?: Trace | undefined;
}

/** Sends `announce` to the tracker with that URL. */
export type AskTracker = (tracker: string, announce: ClientAnnounce, options: AskOptions) => Promise<TrackerResponse>;

export const askLimits = {
  /** Redirects that are followed. */
  redirects: 3,
  /** The longest silence of an HTTP tracker. */
  silenceMs: 20_000,
  /** Times that a datagram is sent: again after 15 s (BEP 15 goes on for hours; another tracker may answer sooner). */
  sends: 2,
} as const;

/**
 * Asks a tracker over the network. Fails with TrackerError for a URL that cannot be asked and for a response that makes
 * no sense; with HttpError, system errors or Error when no response came; and with the reason of the signal.
 */
export const askTracker: AskTracker = async (tracker, announce, options) => {
  const target = parseTrackerUrl(tracker);
  return target.kind === 'http' ? askByHttp(target.url, announce, options) : askByUdp(target, announce, options);
};

/** Fields of a request: no compression, which nobody here reads; some trackers refuse a client without a name. */
const headers: NonNullable<HttpCallOptions['headers']> = [
  ['User-Agent', 'Rivulet'],
  ['Accept-Encoding', 'identity'],
];

async function askByHttp(
  tracker: URL,
  announce: ClientAnnounce,
  { signal, trace }: AskOptions,
): Promise<TrackerResponse> {
  const { redirects, silenceMs } = askLimits;
  const call = { method: 'GET', headers, timeoutMs: silenceMs, bodyBytesMax: responseLimits.bytesMax, signal };
  let url = announceUrl(tracker, announce, observerOf(trace, tracker.host, '>'));
  for (let hops = 0; hops <= redirects; hops += 1) {
    const response = await httpCall(url, call);
    const target = redirectTarget({ status: response.status, location: response.headers.get('location'), from: url });
    if (target === undefined) {
      const observe = observerOf(trace, url.host, '<');
      if (observe !== undefined) observeBencode(response.body, observe);
      return parseHttpResponse(response.body, response.status);
    }
    url = target;
  }
  throw new TrackerError('bad-answer', `more than ${redirects} redirects`, 'drop');
}

type UdpTracker = Extract<TrackerUrl, { kind: 'udp' }>;

/** Asks from one port of ours: some trackers give their connection id to an address with its port. */
function askByUdp({ host, port, path }: UdpTracker, announce: ClientAnnounce, options: AskOptions) {
  return udpExchange({ host, port, sends: askLimits.sends, ...options }, async ({ family, ask }) => {
    const traced = options.trace && tracedQuestion(options.trace, formatEndpoint({ address: host, port }), family);
    const question = async (request: Buffer): Promise<Buffer> => {
      const response = ask(request, (datagram) => answers(request, datagram));
      return traced === undefined ? response : traced(request, response);
    };
    const welcome = parseUdpConnectResponse(await question(encodeConnectRequest(newTransaction())));
    if (welcome.kind === 'failure') return welcome;
    const head = { connectionId: welcome.connectionId, transaction: newTransaction(), path };
    return parseUdpAnnounceResponse(await question(encodeAnnounceRequest(head, announce)), family);
  });
}

/** Traces a datagram and the response to it. A datagram that has to be sent again is not shown again. */
function tracedQuestion(trace: Trace, remote: string, family: 'ipv4' | 'ipv6') {
  return async (request: Buffer, response: Promise<Buffer>): Promise<Buffer> => {
    const [asking, answering] = [observerOf(trace, remote, '>'), observerOf(trace, remote, '<')];
    if (asking !== undefined) observeRequest(request, asking);
    const datagram = await response;
    if (answering !== undefined) observeResponse(datagram, family, answering);
    return datagram;
  };
}

/** A transaction id, by which the response is recognised, and which nobody should guess (BEP 15). */
function newTransaction(): number {
  return randomInt(2 ** 32);
}
