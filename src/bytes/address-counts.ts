/**
 * Counts, by address, of what is scarce: connections, subscriptions. This file owns what "one address" is, and knows no
 * limit. Pure: no socket and no time.
 *
 *     192.0.2.7, ::ffff:192.0.2.7       one address: 192.0.2.7
 *     2001:db8:0:1::1, 2001:db8:0:1::2  one address: 2001:db8:0:1::/64
 */
import { formatIp, parseIp } from './ip.ts';

/** Bytes of an IPv6 address that tell one host from another: whoever has one address has all 2^64 of its subnet. */
const ipv6PrefixBytes = 8;

/**
 * The owner of an address: an IPv4 address itself, the /64 of an IPv6 one (RFC 4291 2.5.4). What spells no address
 * stands for itself.
 */
export function addressOwner(address: string): string {
  // Most are IPv4, which need no parsing.
  if (!address.includes(':')) return address;
  const bytes = parseIp(address);
  if (bytes === undefined) return address;
  if (bytes.length === 4) return formatIp(bytes);
  return `${formatIp(Uint8Array.from(bytes, (byte, index) => (index < ipv6PrefixBytes ? byte : 0)))}/64`;
}

/** Counts by address. */
export class AddressCounts {
  readonly #counts = new Map<string, number>();

  /** The count of the address, or of its /64. */
  of(address: string): number {
    return this.#counts.get(addressOwner(address)) ?? 0;
  }

  add(address: string): void {
    const owner = addressOwner(address);
    this.#counts.set(owner, (this.#counts.get(owner) ?? 0) + 1);
  }

  /** Takes back one `add` of the same address. */
  remove(address: string): void {
    const owner = addressOwner(address);
    const left = (this.#counts.get(owner) ?? 0) - 1;
    if (left > 0) this.#counts.set(owner, left);
    else this.#counts.delete(owner);
  }
}
