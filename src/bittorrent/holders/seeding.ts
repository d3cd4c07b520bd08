/**
 * The BitTorrent peers that fetch from us: transfers of the kind `seed`, made of the counters that connections keep
 * anyway. The counters are read now and then, and before transfers are shown, so that sending a block costs no more.
 *
 * A transfer begins when blocks are sent to a peer, or wait to be sent, and ends ten seconds after the last, or with
 * the connection. It has no length: what a peer lacks it may get from others.
 */
import type { Transfer, Transfers } from '../../storage/holders/transfers.ts';
import type { WireHolder, WireHolders } from './holders.ts';

export interface SeedingContext {
  readonly transfers: Transfers;
  readonly holders: Pick<WireHolders, 'all' | 'get'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A transfer is over when its peer has asked for nothing for this long. */
export const quietMs = 10_000;

/** The state of a peer at the last look. */
interface Seen {
  sentBytes: number;
  busyMs: number;
  transfer: Transfer | undefined;
}

export class Seeding {
  readonly #context: SeedingContext;
  readonly #seen = new Map<WireHolder, Seen>();
  #lookedMs: number;

  constructor(context: SeedingContext) {
    this.#context = context;
    this.#lookedMs = context.now();
  }

  /** Brings the transfers up to date. Called every few seconds at least: that is how late a start is noticed. */
  look(): void {
    const { holders, now } = this.#context;
    const nowMs = now();
    for (const [holder, { transfer }] of this.#seen) {
      if (holders.get(holder.id) === holder) continue;
      transfer?.end();
      this.#seen.delete(holder);
    }
    for (const holder of holders.all()) this.#lookAt(holder, nowMs);
    this.#lookedMs = nowMs;
  }

  #lookAt(holder: WireHolder, nowMs: number): void {
    const { uploadedBytes, owesBlocks } = holder.connection;
    const seen = this.#seen.get(holder) ?? { sentBytes: 0, busyMs: 0, transfer: undefined };
    this.#seen.set(holder, seen);
    const bytes = uploadedBytes - seen.sentBytes;
    seen.sentBytes = uploadedBytes;
    if (bytes > 0 || owesBlocks) {
      seen.busyMs = nowMs;
      seen.transfer ??= this.#begin(holder);
      seen.transfer.add(bytes);
    } else if (nowMs - seen.busyMs >= quietMs) {
      seen.transfer?.end();
      seen.transfer = undefined;
    }
  }

  /** Begins a transfer as of the last look: blocks were sent at some time since. */
  #begin({ id, connection }: WireHolder): Transfer {
    const { id: file, name } = connection.torrent.content.record;
    const startedMs = this.#lookedMs;
    return this.#context.transfers.begin({ kind: 'seed', file, name, peer: id, length: null, startedMs });
  }
}
