/** The silence of one connection, in either direction, and what follows from that. Pure. */

export const connectionTimeouts = {
  /** From the first moment to the end of the handshakes. */
  handshakeMs: 10_000,
  /** The longest silence of a peer. Others send a keep-alive every two minutes (BEP 3, "peer protocol"). */
  silenceMs: 180_000,
  /** The longest silence of ours: after it we send a keep-alive. */
  keepAliveMs: 100_000,
} as const;

/** A thing that has been missing for too long: a keep-alive is sent, the others end the connection. */
export type Overdue = 'handshake' | 'bytes' | 'keep-alive';

export class Liveness {
  #ageMs = 0;
  #silentMs = 0;
  #quietMs = 0;

  /** The peer has sent something. */
  heard(): void {
    this.#silentMs = 0;
  }

  /** We have sent something. */
  said(): void {
    this.#quietMs = 0;
  }

  /** Time passes: `ms` milliseconds. Returns what is overdue. `opened`: the handshakes are done. */
  tick(ms: number, opened: boolean): Overdue | undefined {
    const { handshakeMs, silenceMs, keepAliveMs } = connectionTimeouts;
    this.#ageMs += ms;
    this.#silentMs += ms;
    this.#quietMs += ms;
    if (!opened) return this.#ageMs >= handshakeMs ? 'handshake' : undefined;
    if (this.#silentMs >= silenceMs) return 'bytes';
    return this.#quietMs >= keepAliveMs ? 'keep-alive' : undefined;
  }
}
