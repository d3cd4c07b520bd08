/**
 * Connection ids (BEP 15, "UDP connections / spoofing"): a client that repeats one shows that it gets what is sent to
 * its address, so the address is not forged. Nothing is kept: an id is a keyed hash of the address and the second in
 * which it was given, and has the last byte of that second, so that it can be computed again.
 *
 *     offset 0                7
 *            SipHash          second
 *
 * An id belongs to an address and not to a port: a NAT may change the port between two datagrams.
 */
import type { IpAddress } from '../../../bytes/ip.ts';
import { SipHash } from '../../../bytes/siphash.ts';

/** Seconds for which an id is accepted: two minutes, of which a client may use the first (BEP 15). */
export const connectionIdSeconds = 120;
/** The hash has 56 bits: a forger who sends a million datagrams a second needs a thousand years. */
const hashLength = 7;

export class ConnectionIds {
  readonly #hash: SipHash;
  readonly #digest = Buffer.alloc(8);

  /** `key`: 16 random bytes, new with each start. */
  constructor(key: Uint8Array) {
    this.#hash = new SipHash(key);
  }

  /** The id for the client at `address`, good until the next call. `nowMs` on a clock that is never set back. */
  issue(address: IpAddress, nowMs: number): Uint8Array {
    return this.#idOf(address, secondOf(nowMs));
  }

  /** Whether `datagram` begins with an id that was issued to `address` in the last two minutes. */
  accepts(datagram: Buffer, address: IpAddress, nowMs: number): boolean {
    const now = secondOf(nowMs);
    const age = (now - (datagram[hashLength] as number)) & 0xff;
    if (age >= connectionIdSeconds) return false;
    const id = this.#idOf(address, now - age);
    let difference = 0;
    for (let index = 0; index < hashLength; index += 1)
      difference |= (id[index] as number) ^ (datagram[index] as number);
    return difference === 0;
  }

  #idOf(address: IpAddress, second: number): Buffer {
    const message = address.length === 4 ? ipv4Message : ipv6Message;
    message.set(address);
    message.writeUInt32BE(second >>> 0, address.length);
    this.#hash.hash(message, this.#digest);
    this.#digest[hashLength] = second;
    return this.#digest;
  }
}

const ipv4Message = Buffer.alloc(8);
const ipv6Message = Buffer.alloc(20);

function secondOf(nowMs: number): number {
  return Math.floor(nowMs / 1000);
}
