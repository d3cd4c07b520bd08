/**
 * The UDP tracker (BEP 15): one datagram in, at most one out. Until a connection id has shown that the source is not
 * forged, no response is longer than its request, and what is no request gets none.
 */
import { type IpAddress, ipBytes } from '../../bytes/ip.ts';
import { TrackerError } from '../../protocols/tracker/errors.ts';
import type { AnnounceResponse } from '../../protocols/tracker/types.ts';
import type { ConnectionIds } from '../../protocols/tracker/udp/connection-id.ts';
import { kindOf, readAnnounce, readScrape, type UdpRequestKind } from '../../protocols/tracker/udp/read.ts';
import { encodeAnnounce, encodeConnect, encodeError, encodeScrape } from '../../protocols/tracker/udp/write.ts';
import type { DomainContext } from '../context/context.ts';
import { countOutcome } from '../context/tracker-counters.ts';

export interface UdpTrackerOptions extends Pick<DomainContext, 'tracker' | 'counters'> {
  readonly ids: ConnectionIds;
  /** Our address that the client at `remote` reaches; a promise only when that has to be found out. */
  readonly localAddress: (remote: string) => string | Promise<string>;
  /** Milliseconds, on a clock that is never set back. */
  readonly now: () => number;
}

/** The datagram to send; undefined for none. */
type UdpResponse = Buffer | undefined;

/** The tracker, over UDP. */
export class UdpTracker {
  readonly #options: UdpTrackerOptions;

  constructor(options: UdpTrackerOptions) {
    this.#options = options;
  }

  /** The response to `datagram` from `source`. */
  answer(datagram: Buffer, source: string): UdpResponse | Promise<UdpResponse> {
    const address = ipBytes(source);
    const { ids, localAddress, now } = this.#options;
    try {
      const kind = kindOf(datagram);
      if (kind === 'connect') return encodeConnect(datagram, ids.issue(address, now()));
      if (!ids.accepts(datagram, address, now())) throw badConnectionId(kind);
      const local = localAddress(source);
      if (typeof local === 'string') return this.#serve(kind, datagram, address, local);
      return local.then((known) => this.#serve(kind, datagram, address, known));
    } catch (error) {
      if (!(error instanceof TrackerError)) throw error;
      return refusal(datagram, error);
    }
  }

  /** Serves a client whose address is known not to be forged. */
  #serve(kind: UdpRequestKind, datagram: Buffer, address: IpAddress, local: string): UdpResponse {
    const { announces, scrapes } = this.#options.counters.tracker;
    const refuse = (error: TrackerError) => refusal(datagram, error);
    switch (kind) {
      case 'announce':
        return countOutcome(announces.udp, () => this.#announce(datagram, address, ipBytes(local)), refuse);
      case 'scrape':
        return countOutcome(scrapes.udp, () => this.#scrape(datagram, ipBytes(local)), refuse);
      default:
        return encodeError(datagram, 'no such action');
    }
  }

  #announce(datagram: Buffer, address: IpAddress, localAddress: IpAddress): UdpResponse {
    const found = this.#options.tracker.announce(readAnnounce(datagram), { address, localAddress });
    return encodeAnnounce(datagram, found, ownFamily(found, address));
  }

  #scrape(datagram: Buffer, localAddress: IpAddress): UdpResponse {
    const { tracker } = this.#options;
    // BEP 15: a torrent that is not tracked is all zeros, since the counts have only their order.
    const counts = readScrape(datagram).map((infoHash) => tracker.scrape(infoHash, localAddress) ?? nobody);
    return encodeScrape(datagram, counts);
  }
}

const nobody = { seeders: 0, completed: 0, leechers: 0 };

function ownFamily({ ipv4, ipv6 }: AnnounceResponse, address: IpAddress) {
  return address.length === 4 ? ipv4 : ipv6;
}

function refusal(datagram: Buffer, error: TrackerError): UdpResponse {
  return error.answer === 'drop' ? undefined : encodeError(datagram, error.message);
}

/** The error for an id that is too old or forged: told to a client that asks something, else silence. */
function badConnectionId(kind: UdpRequestKind): TrackerError {
  return new TrackerError('bad-connection-id', 'bad connection id', kind === 'unknown' ? 'drop' : 'failure');
}
