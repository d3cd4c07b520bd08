/**
 * All connections of a listener. Owns how many there may be, in all and from one address, and what is done to all of
 * them at once.
 */
import type { Socket } from 'node:net';
import { AddressCounts } from '../bytes/address-counts.ts';
import { HttpError } from '../protocols/http/errors.ts';
import { Connection } from './connection.ts';
import type { ConnectionContext } from './context.ts';

/** The open connections of a listener. */
export class ConnectionTable {
  readonly #context: ConnectionContext;
  readonly #open = new Set<Connection>();
  readonly #byAddress = new AddressCounts();
  /** The number of connections that are being told that there are too many. */
  #refusals = 0;
  #retiring = false;

  constructor(context: ConnectionContext) {
    this.#context = context;
  }

  get count(): number {
    return this.#open.size;
  }

  /** Takes over `accepted`. One too many is told so by 503, unless too many are being told so already. */
  add(accepted: Socket): void {
    const connection = new Connection(accepted, this.#context);
    if (this.#hasRoomFor(connection.remoteAddress)) this.#admit(connection);
    else if (this.#refusals < this.#context.limits.refusals) this.#refuse(connection);
    else connection.destroy();
  }

  /** Says that `ms` more have passed. */
  tick(ms: number): void {
    for (const connection of this.#open) connection.tick(ms);
  }

  /**
   * Lets every connection finish its current exchange, and closes idle ones. Settles when all that are open now are
   * closed. Connections that come later get one response each.
   */
  async retire(): Promise<void> {
    this.#retiring = true;
    const closing = [...this.#open].map((connection) => new Promise<void>((resolve) => connection.onceClosed(resolve)));
    for (const connection of this.#open) connection.retire();
    await Promise.all(closing);
  }

  /** Cuts every connection. */
  destroy(): void {
    for (const connection of this.#open) connection.destroy();
  }

  #hasRoomFor(address: string): boolean {
    const { connections, connectionsPerAddress } = this.#context.limits;
    const admitted = this.#open.size - this.#refusals;
    return admitted < connections && this.#byAddress.of(address) < connectionsPerAddress;
  }

  #admit(connection: Connection): void {
    const address = connection.remoteAddress;
    if (this.#retiring) connection.answerOnce();
    this.#open.add(connection);
    this.#byAddress.add(address);
    connection.onceClosed(() => {
      this.#byAddress.remove(address);
      this.#open.delete(connection);
    });
  }

  #refuse(connection: Connection): void {
    this.#open.add(connection);
    this.#refusals += 1;
    connection.onceClosed(() => {
      this.#refusals -= 1;
      this.#open.delete(connection);
    });
    const retryAfter = { headers: [['Retry-After', '5']] as const };
    connection.refuse(new HttpError(503, 'too-many-connections', 'too many connections are open', retryAfter));
  }
}
