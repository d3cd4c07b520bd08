/**
 * How long one connection has been silent, in either direction, and what follows from that. Time does not pass by
 * itself here.
 */

export const connectionTimeouts = {
  /** From the first moment to the end of the handshakes. */
  handshakeMs: 10_000,
  /** Without a byte from the peer. Others send a keep-alive every two minutes (BEP 3). */
  silenceMs: 180_000,
  /** Without a byte to it: then we send one. */
  keepAliveMs: 100_000,
} as const;

/** `keep-alive`: we should say something; the others end it. */
export type Overdue = 'handshake' | 'bytes' | 'keep-alive';

export class Liveness {
  #ageMs = 0;
  #silentMs = 0;
  #quietMs = 0;

  /** The peer has sent something. */
  heard(): void {
    this.#silentMs = 0;
  }

  /** We have. */
  said(): void {
    this.#quietMs = 0;
  }

  /** Says that `ms` have passed; answers what is overdue. `opened`: the handshakes are done. */
  passed(ms: number, opened: boolean): Overdue | undefined {
    const { handshakeMs, silenceMs, keepAliveMs } = connectionTimeouts;
    this.#ageMs += ms;
    this.#silentMs += ms;
    this.#quietMs += ms;
    if (!opened) return this.#ageMs >= handshakeMs ? 'handshake' : undefined;
    if (this.#silentMs >= silenceMs) return 'bytes';
    return this.#quietMs >= keepAliveMs ? 'keep-alive' : undefined;
  }
}
