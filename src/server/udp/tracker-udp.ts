/**
 * The UDP tracker (BEP 15): one datagram in, at most one out. Until a connection id has shown that the source is not
 * forged, no answer is longer than what came, and what is no request is not answered at all.
 */
import { type IpAddress, ipBytes } from '../../bytes/ip.ts';
import { TrackerError } from '../../protocols/tracker/errors.ts';
import type { AnnounceResponse } from '../../protocols/tracker/types.ts';
import type { ConnectionIds } from '../../protocols/tracker/udp/connection-id.ts';
import { kindOf, readAnnounce, readScrape, type UdpRequestKind } from '../../protocols/tracker/udp/read.ts';
import { encodeAnnounce, encodeConnect, encodeError, encodeScrape } from '../../protocols/tracker/udp/write.ts';
import type { DomainContext } from '../context/context.ts';
import type { TrackerRequest } from '../context/tracker-counters.ts';

export interface UdpTrackerOptions extends Pick<DomainContext, 'tracker' | 'counters'> {
  readonly ids: ConnectionIds;
  /** The address of ours that the client at that address reaches; a promise only when that has to be found out. */
  readonly localAddress: (remote: string) => string | Promise<string>;
  /** Milliseconds, on a clock that is never set back. */
  readonly now: () => number;
}

type Answer = Buffer | undefined;

export class UdpTracker {
  readonly #options: UdpTrackerOptions;

  constructor(options: UdpTrackerOptions) {
    this.#options = options;
  }

  /** The answer to `datagram` from `source`; undefined for silence. */
  answer(datagram: Buffer, source: string): Answer | Promise<Answer> {
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
      return refusal(datagram, error);
    }
  }

  /** The client is where it says it is. */
  #serve(kind: UdpRequestKind, datagram: Buffer, address: IpAddress, local: string): Answer {
    switch (kind) {
      case 'announce':
        return this.#counted('announces', datagram, () => this.#announce(datagram, address, ipBytes(local)));
      case 'scrape':
        return this.#counted('scrapes', datagram, () => this.#scrape(datagram, ipBytes(local)));
      default:
        return encodeError(datagram, 'no such action');
    }
  }

  #announce(datagram: Buffer, address: IpAddress, localAddress: IpAddress): Buffer {
    const found = this.#options.tracker.announce(readAnnounce(datagram), { address, localAddress });
    return encodeAnnounce(datagram, found, ownFamily(found, address));
  }

  #scrape(datagram: Buffer, localAddress: IpAddress): Buffer {
    const { tracker } = this.#options;
    // BEP 15: a torrent that is not tracked is all zeros, since the answers have only their order.
    const counts = readScrape(datagram).map((infoHash) => tracker.scrape(infoHash, localAddress) ?? nobody);
    return encodeScrape(datagram, counts);
  }

  #counted(request: TrackerRequest, datagram: Buffer, make: () => Buffer): Answer {
    const outcomes = this.#options.counters.tracker[request].udp;
    try {
      const answer = make();
      outcomes.answered += 1;
      return answer;
    } catch (error) {
      outcomes.refused += 1;
      return refusal(datagram, error);
    }
  }
}

const nobody = { seeders: 0, completed: 0, leechers: 0 };

function ownFamily({ ipv4, ipv6 }: AnnounceResponse, address: IpAddress) {
  return address.length === 4 ? ipv4 : ipv6;
}

function refusal(datagram: Buffer, error: unknown): Answer {
  if (!(error instanceof TrackerError)) throw error;
  return error.answer === 'drop' ? undefined : encodeError(datagram, error.message);
}

/** A client whose id is too old gets to know at once; to what is hardly a request nothing is said. */
function badConnectionId(kind: UdpRequestKind): TrackerError {
  return new TrackerError('bad-connection-id', 'bad connection id', kind === 'unknown' ? 'drop' : 'failure');
}
