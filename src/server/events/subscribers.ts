/**
 * The subscribers of a feed and their places. When all are taken, an address that has more of them than others gives
 * one up for a newcomer: its oldest, whose browser comes back by itself if it is still there. Pure: no I/O, no clock.
 */
import { AddressCounts, addressOwner } from '../../bytes/address-counts.ts';
import { HttpError } from '../../protocols/http/errors.ts';

/**
 * Subscribers at once. A page takes one, and a browser no more than six of one server (HTTP/1.1), so these are forty
 * people with all tabs open. Each costs a connection, and its share of a tick when much changes at once.
 */
export const subscribersMax = 256;

/** Whoever has a place. */
export interface Subscriber {
  readonly address: string;
}

/** The subscribers, in the order in which they came. */
export class Subscribers<Member extends Subscriber> {
  readonly #members = new Set<Member>();
  readonly #byAddress = new AddressCounts();

  get size(): number {
    return this.#members.size;
  }

  [Symbol.iterator](): IterableIterator<Member> {
    return this.#members.values();
  }

  /**
   * The member who must go so that one from `address` can come; undefined when there is a free place. Throws HttpError
   * 503 when no address has more than this one would have then: who is sent away could send the newcomer away in turn.
   */
  inTheWayOf(address: string): Member | undefined {
    if (this.#members.size < subscribersMax) return undefined;
    let first: { readonly member: Member; readonly count: number } | undefined;
    for (const member of this.#members) {
      const count = this.#byAddress.of(member.address);
      if (count > (first?.count ?? 0)) first = { member, count };
    }
    if (first !== undefined && first.count > this.#byAddress.of(address) + 1) return first.member;
    throw tooMany(addressOwner(address));
  }

  add(member: Member): void {
    this.#members.add(member);
    this.#byAddress.add(member.address);
  }

  /** Whether the member was there. */
  delete(member: Member): boolean {
    const there = this.#members.delete(member);
    if (there) this.#byAddress.remove(member.address);
    return there;
  }
}

function tooMany(owner: string): HttpError {
  const message = `${subscribersMax} listen to events already, and nobody has more of these places than ${owner}`;
  return new HttpError(503, 'too-many-subscribers', message, { headers: [['Retry-After', '5']] });
}
