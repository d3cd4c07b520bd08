/**
 * The UDP listener's handler: storage peers register there (docs/protocols/register.md), and it is a tracker (BEP 15).
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../async/clock.ts';
import type { Traces } from '../../bytes/trace.ts';
import type { DatagramHandler } from '../../io/net/datagram.ts';
import { LocalAddresses } from '../../io/net/local-address.ts';
import { isRegister } from '../../protocols/register/read.ts';
import { ConnectionIds } from '../../protocols/tracker/udp/connection-id.ts';
import { answerRegistration, type RegistrationContext } from './registration.ts';
import { tracedAnswer } from './traced.ts';
import { UdpTracker, type UdpTrackerOptions } from './tracker-udp.ts';

type Context = RegistrationContext & Pick<UdpTrackerOptions, 'tracker' | 'counters'>;

export interface UdpHandlerOptions {
  /** The address on which the socket listens. */
  readonly bound: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly traces?: Traces | undefined;
}

/** Handles the datagrams of the UDP socket. */
export function createUdpHandler(context: Context, { bound, clock, traces = {} }: UdpHandlerOptions): DatagramHandler {
  const now = (): number => clock.now();
  const localAddresses = new LocalAddresses(bound, now);
  const tracker = new UdpTracker({
    tracker: context.tracker,
    counters: context.counters,
    ids: new ConnectionIds(randomBytes(16)),
    localAddress: (remote) => localAddresses.for(remote),
    now,
  });
  return tracedAnswer(traces, (datagram, source) =>
    isRegister(datagram) ? answerRegistration(context, datagram, source) : tracker.answer(datagram, source),
  );
}
