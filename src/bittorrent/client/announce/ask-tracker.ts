/**
 * One announce to one tracker, over HTTP or UDP, and its reply. It keeps nothing between two announces: a connection
 * id (BEP 15) is good for a minute, and nobody announces that often.
 */
import { randomInt } from 'node:crypto';
import type { Clock } from '../../../async/clock.ts';
import { type HttpCallOptions, httpCall } from '../../../io/net/http-client.ts';
import { udpExchange } from '../../../io/net/udp-exchange.ts';
import { TrackerError } from '../../../protocols/tracker/errors.ts';
import { parseHttpResponse } from '../../../protocols/tracker/http/read-response.ts';
import { redirectTarget } from '../../../protocols/tracker/http/redirect.ts';
import { announceUrl } from '../../../protocols/tracker/http/write-request.ts';
import { type ClientAnnounce, replyLimits, type TrackerReply } from '../../../protocols/tracker/types.ts';
import {
  answers,
  parseUdpAnnounceResponse,
  parseUdpConnectResponse,
} from '../../../protocols/tracker/udp/read-response.ts';
import { encodeAnnounceRequest, encodeConnectRequest } from '../../../protocols/tracker/udp/write-request.ts';
import { parseTrackerUrl, type TrackerUrl } from '../../../protocols/tracker/url.ts';

export interface AskOptions {
  readonly clock: Clock;
  /** Ends it, whatever it waits for. */
  readonly signal: AbortSignal;
}

export type AskTracker = (tracker: string, announce: ClientAnnounce, options: AskOptions) => Promise<TrackerReply>;

export const askLimits = {
  redirects: 3,
  /** The longest silence of an HTTP tracker. */
  silenceMs: 20_000,
  /** Of one datagram: after 15 s it is sent once more (BEP 15 goes on for hours; another tracker may answer sooner). */
  sends: 2,
} as const;

/**
 * Throws a TrackerError where `tracker` is no URL that can be asked or what came is no answer; HttpError, system errors
 * and an Error where none came; and the signal's reason.
 */
export const askTracker: AskTracker = async (tracker, announce, options) => {
  const target = parseTrackerUrl(tracker);
  return target.kind === 'http' ? askByHttp(target.url, announce, options) : askByUdp(target, announce, options);
};

/** Without compression, since there is no reader for it; some trackers refuse a client without a name. */
const headers: NonNullable<HttpCallOptions['headers']> = [
  ['User-Agent', 'Rivulet'],
  ['Accept-Encoding', 'identity'],
];

async function askByHttp(tracker: URL, announce: ClientAnnounce, { signal }: AskOptions): Promise<TrackerReply> {
  const { redirects, silenceMs } = askLimits;
  const call = { method: 'GET', headers, timeoutMs: silenceMs, bodyBytesMax: replyLimits.bytesMax, signal };
  let url = announceUrl(tracker, announce);
  for (let hops = 0; hops <= redirects; hops += 1) {
    const answer = await httpCall(url, call);
    const target = redirectTarget({ status: answer.status, location: answer.headers.get('location'), from: url });
    if (target === undefined) return parseHttpResponse(answer.body, answer.status);
    url = target;
  }
  throw new TrackerError('bad-answer', `more than ${redirects} redirects`, 'drop');
}

type UdpTracker = Extract<TrackerUrl, { kind: 'udp' }>;

/** From one port of ours: some trackers give their connection id to an address with its port. */
function askByUdp({ host, port, path }: UdpTracker, announce: ClientAnnounce, options: AskOptions) {
  return udpExchange({ host, port, sends: askLimits.sends, ...options }, async ({ family, ask }) => {
    const question = (request: Buffer) => ask(request, (datagram) => answers(request, datagram));
    const welcome = parseUdpConnectResponse(await question(encodeConnectRequest(newTransaction())));
    if (welcome.kind === 'failure') return welcome;
    const head = { connectionId: welcome.connectionId, transaction: newTransaction(), path };
    return parseUdpAnnounceResponse(await question(encodeAnnounceRequest(head, announce)), family);
  });
}

/** It is what an answer is known by, so nobody should guess it. */
function newTransaction(): number {
  return randomInt(2 ** 32);
}
