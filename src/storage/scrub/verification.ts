/**
 * A verification at once, and at full speed, of what holders hold: `POST /verify_peers`. Each has its pieces read and
 * hashed, a few at a time; what is bad is told as it is found. Then the files in which something was bad are repaired,
 * and it is told what could be healed. An object is one verification: `verify`, then `settle`, then `reportMissing`.
 */

import { inParallel } from '../../async/in-parallel.ts';
import { errorText } from '../../bytes/coded-error.ts';
import type { PeerId } from '../../bytes/ids.ts';
import { pieceSize } from '../../protocols/metainfo/types.ts';
import { heldBytes, type TorrentEntry } from '../catalog/torrent-entry.ts';
import type { HolderError, HolderErrorCode } from '../holders/holder.ts';
import { endsSession, type VerifiedHolder, type VerifyContext, verifyCopy } from './verify-copy.ts';

export interface VerificationContext extends VerifyContext {
  /** Gives the file's pieces all the copies that they can have, as far as it can; may fail then. */
  readonly repair: (entry: TorrentEntry) => Promise<void>;
  /** Safe copies wanted of each piece. */
  readonly replicas: number;
  /** Bytes that one holder may be asked for at once, beyond its first piece. */
  readonly windowBytes: number;
}

/** A copy that is bad, or could not be read. */
export interface Finding {
  readonly entry: TorrentEntry;
  readonly pieceIndex: number;
  readonly holder: PeerId;
  readonly problem: HolderErrorCode;
  readonly message: string;
}

export type VerificationEvent =
  | { readonly kind: 'finding'; readonly finding: Finding }
  /** After repair: whether the piece has good copies again, as many as before, or as are wanted. */
  | { readonly kind: 'settled'; readonly finding: Finding; readonly healed: boolean }
  /** A holder went away; what was left of it, `pieces` of them, is not verified. */
  | { readonly kind: 'left'; readonly holder: PeerId; readonly fault: HolderError; readonly pieces: number }
  /** Pieces that nobody online has, besides those that were found. */
  | { readonly kind: 'missing'; readonly entry: TorrentEntry; readonly parts: readonly number[] };

/** What there is to be looked at. */
export interface Extent {
  readonly holders: number;
  readonly files: number;
  /** Copies of pieces, and their bytes. */
  readonly pieces: number;
  readonly bytes: number;
}

export interface Tally {
  pieces: number;
  bytes: number;
  /** Findings and missing pieces; each ends up as healed or unhealed. */
  bad: number;
  healed: number;
  unhealed: number;
  /** Copies of holders that went away. */
  unverified: number;
}

/** Receives what is found; settles when it can take more. */
export type Report = (event: VerificationEvent) => Promise<void>;

interface Bad {
  readonly finding: Finding;
  /** Good copies that there must be again. */
  readonly copiesWanted: number;
}

/** As much as one download asks of the holders: nobody else is hurt more than by that. */
const piecesAtOnceMax = 4;
const holdersAtOnceMax = 8;

export class Verification {
  readonly extent: Extent;
  readonly tally: Tally = { pieces: 0, bytes: 0, bad: 0, healed: 0, unhealed: 0, unverified: 0 };
  readonly #context: VerificationContext;
  readonly #holders: readonly VerifiedHolder[];
  readonly #entries: readonly TorrentEntry[];
  readonly #bad = new Map<TorrentEntry, Bad[]>();

  /** Of what `holders` have of `entries`, as of now. */
  constructor(context: VerificationContext, holders: readonly VerifiedHolder[], entries: readonly TorrentEntry[]) {
    this.#context = context;
    this.#holders = holders.filter(({ id }) => entries.some((entry) => heldBytes(entry, id) > 0));
    this.#entries = entries;
    this.extent = extentOf(this.#holders, entries);
  }

  /** Verifies every copy. Answers the holders that were verified to the end. */
  async verify(report: Report, signal: AbortSignal): Promise<PeerId[]> {
    const whole: PeerId[] = [];
    await inParallel(this.#holders, holdersAtOnceMax, async (holder) => {
      if (await this.#verifyHolder(holder, report, signal)) whole.push(holder.id);
    });
    return whole;
  }

  /** Waits for the repair of what was found bad, and tells what came of it. */
  async settle(report: Report, signal: AbortSignal): Promise<void> {
    for (const [entry, bad] of this.#bad) {
      if (signal.aborted) return;
      await this.#repair(entry);
      for (const { finding, copiesWanted } of bad) {
        if (signal.aborted) return;
        const healed = !this.#listed(entry) || (await this.#goodCopies(finding)) >= copiesWanted;
        this.tally[healed ? 'healed' : 'unhealed'] += 1;
        await report({ kind: 'settled', finding, healed });
      }
    }
  }

  /** Tells which pieces of the files nobody online has. */
  async reportMissing(report: Report): Promise<void> {
    for (const entry of this.#entries.filter((each) => each.state !== 'available' && this.#listed(each))) {
      const found = new Set(this.#bad.get(entry)?.map(({ finding }) => finding.pieceIndex));
      const parts = entry.missing().filter((pieceIndex) => !found.has(pieceIndex));
      if (parts.length === 0) continue;
      this.tally.bad += parts.length;
      this.tally.unhealed += parts.length;
      await report({ kind: 'missing', entry, parts });
    }
  }

  /** False when the holder went away. */
  async #verifyHolder(holder: VerifiedHolder, report: Report, signal: AbortSignal): Promise<boolean> {
    const { pieces } = extentOf([holder], this.#entries);
    let looked = 0;
    let left: HolderError | undefined;
    await inParallel(copiesOf(holder, this.#entries), this.#piecesAtOnce(), async ({ entry, pieceIndex }) => {
      if (left !== undefined || signal.aborted) return;
      const copiesBefore = entry.holdersOf(pieceIndex).length;
      const fault = await verifyCopy(this.#context, entry, pieceIndex, holder);
      if (fault !== undefined && endsSession(fault)) {
        left ??= fault;
        return;
      }
      looked += 1;
      this.tally.pieces += 1;
      this.tally.bytes += pieceSize(entry.record, pieceIndex);
      if (fault === undefined) return;
      const { code: problem, message } = fault;
      await this.#found({ entry, pieceIndex, holder: holder.id, problem, message }, copiesBefore, report);
    });
    if (left === undefined) return !signal.aborted;
    const unverified = Math.max(0, pieces - looked); // it may have gained some meanwhile
    this.tally.unverified += unverified;
    await report({ kind: 'left', holder: holder.id, fault: left, pieces: unverified });
    return false;
  }

  async #found(finding: Finding, copiesBefore: number, report: Report): Promise<void> {
    const bad = this.#bad.get(finding.entry) ?? [];
    this.#bad.set(finding.entry, bad);
    bad.push({ finding, copiesWanted: Math.min(copiesBefore, this.#context.replicas) });
    this.tally.bad += 1;
    await report({ kind: 'finding', finding });
  }

  async #repair(entry: TorrentEntry): Promise<void> {
    try {
      await this.#context.repair(entry);
    } catch (error) {
      // It went as far as it could; what that was is seen when the copies are verified.
      const message = `repair after a verification: ${errorText(error)}`;
      this.#context.log.warn('swarm', message, { file: entry.record.id });
    }
  }

  async #goodCopies({ entry, pieceIndex }: Finding): Promise<number> {
    const holders = this.#context.holders().filter(({ id }) => entry.holdersOf(pieceIndex).includes(id));
    const faults = await Promise.all(holders.map((holder) => verifyCopy(this.#context, entry, pieceIndex, holder)));
    return faults.filter((fault) => fault === undefined).length;
  }

  #piecesAtOnce(): number {
    const pieceBytes = this.#entries.reduce((most, { record }) => Math.max(most, record.pieceLength), 1);
    return Math.min(piecesAtOnceMax, Math.max(1, Math.floor(this.#context.windowBytes / pieceBytes)));
  }

  #listed(entry: TorrentEntry): boolean {
    return this.#context.catalog.get(entry.record.id) === entry;
  }
}

function* copiesOf(holder: VerifiedHolder, entries: readonly TorrentEntry[]) {
  for (const entry of entries)
    for (const pieceIndex of entry.holdings.get(holder.id)?.pieces ?? []) yield { entry, pieceIndex };
}

function extentOf(holders: readonly VerifiedHolder[], entries: readonly TorrentEntry[]): Extent {
  const files = new Set<TorrentEntry>();
  let pieces = 0;
  let bytes = 0;
  for (const { id } of holders) {
    for (const entry of entries) {
      const count = entry.holdings.get(id)?.pieces.count ?? 0;
      if (count > 0) files.add(entry);
      pieces += count;
      bytes += heldBytes(entry, id);
    }
  }
  return { holders: holders.length, files: files.size, pieces, bytes };
}
