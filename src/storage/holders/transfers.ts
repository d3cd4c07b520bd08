/**
 * The transfers that are under way. Whoever moves bytes says so here; nobody is called, views look. Pure: it is told
 * the time.
 *
 *     const transfer = transfers.begin({ kind: 'download', file, name, peer: '127.0.0.1', length });
 *     transfer.add(262144)         for each chunk that has gone: an addition, nothing else
 *     transfer.end()
 *     transfers.all()              the transfers that have begun and not ended
 *
 * Their number is bounded by what they belong to: requests, connections, rounds of copying.
 */
import type { TorrentId } from '../../bytes/ids.ts';
import { Speed } from '../../bytes/speed.ts';

/**
 * `upload`: a client sends a file; `download`: one fetches it over HTTP; `seed`: a BitTorrent peer fetches it; `copy`:
 * pieces go to storage peers.
 */
export type TransferKind = 'upload' | 'download' | 'seed' | 'copy';

/** The facts about a transfer that are known when it begins. */
export interface TransferDescription {
  readonly kind: TransferKind;
  /** The file's id; null while it is not known: that of an upload depends on its last byte. */
  readonly file: TorrentId | null;
  readonly name: string;
  /** The other side, as it is shown. */
  readonly peer: string;
  /** The number of bytes in all; null when nobody can know. */
  readonly length: number | null;
  /** The beginning, in milliseconds since 1970, of a transfer that is noticed later. */
  readonly startedMs?: number;
}

/** The things that all transfers share. */
interface Among {
  readonly underWay: Set<Transfer>;
  readonly now: () => number;
}

/** The shortest time between two samples: more of them do not make a speed any better known. */
const sampleMs = 250;

/** One transfer. */
export class Transfer {
  /** A number that counts up from 1. */
  readonly id: number;
  readonly kind: TransferKind;
  readonly file: TorrentId | null;
  readonly name: string;
  readonly peer: string;
  readonly length: number | null;
  /** The beginning, in milliseconds since 1970. */
  readonly startedMs: number;
  readonly #among: Among;
  #bytes = 0;
  /** The speed, measured from the first look on: most transfers are over before anybody looks. */
  #speed: Speed | undefined;
  #sampledMs: number;

  /** Called by `Transfers.begin` only. */
  constructor(id: number, description: TransferDescription, among: Among) {
    const { kind, file, name, peer, length, startedMs = among.now() } = description;
    this.id = id;
    this.kind = kind;
    this.file = file;
    this.name = name;
    this.peer = peer;
    this.length = length;
    this.startedMs = startedMs;
    this.#sampledMs = startedMs;
    this.#among = among;
    among.underWay.add(this);
  }

  /** The number of bytes so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Notes that `bytes` more have gone. */
  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Notes that the transfer is over, however it ended. */
  end(): void {
    this.#among.underWay.delete(this);
  }

  /**
   * The bytes per second over the last few seconds in which somebody looked. Samples are taken by looking, at least a
   * quarter of a second apart. So the first look has the average since the start, and the first one after a long time
   * the average since the one before.
   */
  measureSpeed(): number {
    const nowMs = this.#among.now();
    const ageMs = nowMs - this.startedMs;
    if (ageMs > 0 && ageMs < sampleMs) return (this.#bytes / ageMs) * 1000;
    this.#speed ??= speedSince(this.startedMs);
    // Either way: a clock that is set back must not keep samples from being taken for hours.
    if (Math.abs(nowMs - this.#sampledMs) >= sampleMs) {
      this.#sampledMs = nowMs;
      this.#speed.sample(nowMs, this.#bytes);
    }
    return this.#speed.bytesPerSecond;
  }
}

function speedSince(startedMs: number): Speed {
  const speed = new Speed();
  speed.sample(startedMs, 0);
  return speed;
}

/** All transfers that are under way. */
export class Transfers {
  readonly #among: Among;
  #begun = 0;

  /** `now`: milliseconds since 1970. */
  constructor(now: () => number) {
    this.#among = { underWay: new Set(), now };
  }

  begin(description: TransferDescription): Transfer {
    this.#begun += 1;
    return new Transfer(this.#begun, description, this.#among);
  }

  /** The transfers that are under way, in the order in which they began. */
  all(): IterableIterator<Transfer> {
    return this.#among.underWay.values();
  }
}
