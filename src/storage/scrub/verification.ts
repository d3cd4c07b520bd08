/**
 * A verification at once, and at full speed, of what holders hold: `POST /verify_peers`. Each holder reads and hashes
 * its pieces, a few at a time; bad copies are reported as they are found. Then the files with bad copies are repaired,
 * and the outcome is reported. An object is one verification: `verify`, then `settle`, then `reportMissing`.
 */

import { inParallel } from '../../async/in-parallel.ts';
import { errorText } from '../../bytes/coded-error.ts';
import type { PeerId } from '../../bytes/ids.ts';
import type { Log } from '../../io/log.ts';
import { pieceSize } from '../../protocols/metainfo/types.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { heldBytes, type TorrentEntry } from '../catalog/torrent-entry.ts';
import { keptCount, keptPieces } from '../catalog/unreadable.ts';
import type { HolderError, HolderErrorCode } from '../holders/holder.ts';
import { type CopyVerifier, endsSession, type VerifiedHolder } from './copy-verifier.ts';

/** The collaborators of a verification, and its limits. */
export interface VerificationContext {
  readonly catalog: Pick<Catalog, 'get'>;
  readonly verifier: CopyVerifier;
  /** The holders that are online, the temp store among them. */
  readonly holders: () => readonly VerifiedHolder[];
  readonly log: Log;
  /** Gives the file's pieces all the copies that they can have; fails when a piece cannot be read. */
  readonly repair: (entry: TorrentEntry) => Promise<void>;
  /** The number of safe copies wanted of each piece. */
  readonly replicas: number;
  /** The number of bytes that one holder may be asked for at once, beyond its first piece. */
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

/** The news of a verification. */
export type VerificationEvent =
  | { readonly kind: 'finding'; readonly finding: Finding }
  /** The outcome of the repair: whether the piece has good copies again, as many as before, or as are wanted. */
  | { readonly kind: 'settled'; readonly finding: Finding; readonly healed: boolean }
  /** A holder went away: `pieces` of its copies are not verified. */
  | { readonly kind: 'left'; readonly holder: PeerId; readonly fault: HolderError; readonly pieces: number }
  /** Pieces that nobody online has, besides those that were found. */
  | { readonly kind: 'missing'; readonly entry: TorrentEntry; readonly parts: readonly number[] };

/** The copies that are to be verified. */
export interface Extent {
  readonly holders: number;
  readonly files: number;
  /** The number of copies of pieces, and their bytes. */
  readonly pieces: number;
  readonly bytes: number;
}

/** The progress of a verification, in copies. */
export interface Tally {
  pieces: number;
  bytes: number;
  /** The number of findings and missing pieces; each ends up as healed or unhealed. */
  bad: number;
  healed: number;
  unhealed: number;
  /** The number of copies of holders that went away. */
  unverified: number;
}

/** Receives each event; settles when it can take more. */
export type Report = (event: VerificationEvent) => Promise<void>;

interface Bad {
  readonly finding: Finding;
  /** The number of good copies that there must be again. */
  readonly copiesWanted: number;
}

/**
 * The limits of what is asked at once: as much as by one download, so that others are slowed down no more than by that.
 */
const piecesAtOnceMax = 4;
const holdersAtOnceMax = 8;

/** One verification of some holders and files. */
export class Verification {
  readonly extent: Extent;
  readonly tally: Tally = { pieces: 0, bytes: 0, bad: 0, healed: 0, unhealed: 0, unverified: 0 };
  readonly #context: VerificationContext;
  readonly #holders: readonly VerifiedHolder[];
  readonly #entries: readonly TorrentEntry[];
  readonly #bad = new Map<TorrentEntry, Bad[]>();

  /** A verification of what `holders` have of `entries`, as of now. */
  constructor(context: VerificationContext, holders: readonly VerifiedHolder[], entries: readonly TorrentEntry[]) {
    this.#context = context;
    this.#holders = holders.filter(({ id }) => entries.some((entry) => keptCount(entry, id) > 0));
    this.#entries = entries;
    this.extent = extentOf(this.#holders, entries);
  }

  /** Verifies every copy. Answers the holders that were verified to the end. */
  async verify(report: Report, signal: AbortSignal): Promise<PeerId[]> {
    const verified: PeerId[] = [];
    await inParallel(this.#holders, holdersAtOnceMax, async (holder) => {
      if (await this.#verifyHolder(holder, report, signal)) verified.push(holder.id);
    });
    return verified;
  }

  /** Waits for the repair of what was found bad, and reports the outcome. */
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

  /** Reports the pieces of the files that nobody online has. */
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

  /** Verifies all that the holder has; false when it went away. */
  async #verifyHolder(holder: VerifiedHolder, report: Report, signal: AbortSignal): Promise<boolean> {
    const { pieces } = extentOf([holder], this.#entries);
    let verified = 0;
    let left: HolderError | undefined;
    await inParallel(copiesOf(holder, this.#entries), this.#piecesAtOnce(), async ({ entry, pieceIndex }) => {
      if (left !== undefined || signal.aborted) return;
      const copiesBefore = entry.holdersOf(pieceIndex).length;
      const fault = await this.#context.verifier.verify(entry, pieceIndex, holder);
      if (fault !== undefined && endsSession(fault)) {
        left ??= fault;
        return;
      }
      verified += 1;
      this.tally.pieces += 1;
      this.tally.bytes += pieceSize(entry.record, pieceIndex);
      if (fault === undefined) return;
      const { code: problem, message } = fault;
      await this.#found({ entry, pieceIndex, holder: holder.id, problem, message }, copiesBefore, report);
    });
    if (left === undefined) return !signal.aborted;
    const unverified = Math.max(0, pieces - verified); // it may have gained some meanwhile
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
      // It went as far as it could: how far is seen when the copies are verified.
      const message = `repair after a verification: ${errorText(error)}`;
      this.#context.log.warn('swarm', message, { file: entry.record.id });
    }
  }

  async #goodCopies({ entry, pieceIndex }: Finding): Promise<number> {
    const holders = this.#context.holders().filter(({ id }) => entry.holdersOf(pieceIndex).includes(id));
    const faults = await Promise.all(holders.map((holder) => this.#context.verifier.verify(entry, pieceIndex, holder)));
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
  for (const entry of entries) for (const pieceIndex of keptPieces(entry, holder.id)) yield { entry, pieceIndex };
}

function extentOf(holders: readonly VerifiedHolder[], entries: readonly TorrentEntry[]): Extent {
  const files = new Set<TorrentEntry>();
  let pieces = 0;
  let bytes = 0;
  for (const { id } of holders) {
    for (const entry of entries) {
      const count = keptCount(entry, id);
      if (count > 0) files.add(entry);
      pieces += count;
      bytes += heldBytes(entry, id);
    }
  }
  return { holders: holders.length, files: files.size, pieces, bytes };
}
