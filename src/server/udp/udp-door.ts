/** The UDP door: storage peers register there (docs/protocols/register.md), and it is a tracker (BEP 15). */
import { randomBytes } from 'node:crypto';
import type { DatagramHandler } from '../../io/net/datagram.ts';
import { LocalAddresses } from '../../io/net/local-address.ts';
import { isRegister } from '../../protocols/register/read.ts';
import { ConnectionIds } from '../../protocols/tracker/udp/connection-id.ts';
import type { DomainContext } from '../context/context.ts';
import { answerRegistration } from './registration.ts';
import { UdpTracker } from './tracker-udp.ts';

/** Answers the datagrams of a socket that listens on the address `bound`. */
export function createUdpAnswer(context: DomainContext, bound: string): DatagramHandler {
  const now = (): number => performance.now();
  const localAddresses = new LocalAddresses(bound, now);
  const tracker = new UdpTracker({
    tracker: context.tracker,
    counters: context.counters,
    ids: new ConnectionIds(randomBytes(16)),
    localAddress: (remote) => localAddresses.for(remote),
    now,
  });
  return (datagram, source) =>
    isRegister(datagram) ? answerRegistration(context, datagram, source) : tracker.answer(datagram, source);
}
