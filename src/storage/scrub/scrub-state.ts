/**
 * The progress of the scrub, in a small file that survives a restart. A file that cannot be understood is ignored: the
 * scrub begins anew then, which costs time and loses nothing.
 *
 *     {"holders":{"p1":{"began":"2026-11-20T10:00:00.000Z","at":{"file":"c9e1...","part":7},"verified":null}}}
 */
import { errorText } from '../../bytes/coded-error.ts';
import { type PeerId, parsePeerId, parseTorrentId, type TorrentId } from '../../bytes/ids.ts';
import { type FileCalls, nodeFiles } from '../../io/files/calls.ts';
import { readIfThere, writeFileAtomically } from '../../io/files/files.ts';
import type { Log } from '../../io/log.ts';
import type { RoundRecord } from './scrub-round.ts';

/** The file with the progress of the scrub. */
export class ScrubState {
  readonly #path: string;
  readonly #log: Log;
  readonly #calls: FileCalls;

  constructor(path: string, log: Log, calls: FileCalls = nodeFiles) {
    this.#path = path;
    this.#log = log;
    this.#calls = calls;
  }

  /** The records that were written last; none when there is no file, or a damaged one. */
  async read(): Promise<Map<PeerId, RoundRecord>> {
    try {
      const text = await readIfThere(this.#path, this.#calls);
      return text === undefined ? new Map() : parseState(text.toString());
    } catch (error) {
      const message = `the scrub begins anew, since where it stood cannot be read: ${errorText(error)}`;
      this.#log.warn('swarm', message, { path: this.#path });
      return new Map();
    }
  }

  /** Replaces the records in the file. A failure of the disk is only logged: the old records are merely older. */
  async write(records: Iterable<readonly [PeerId, RoundRecord]>): Promise<void> {
    try {
      await writeFileAtomically(this.#path, encodeState(records), 0o600, this.#calls);
    } catch (error) {
      this.#log.warn('swarm', `where the scrub stands cannot be written: ${errorText(error)}`, { path: this.#path });
    }
  }
}

function encodeState(records: Iterable<readonly [PeerId, RoundRecord]>): string {
  const holders = Object.fromEntries(
    [...records].map(([id, { beganMs, at, verifiedMs }]) => [
      id,
      {
        began: timestamp(beganMs),
        at: at && { file: at.file, part: at.pieceIndex },
        verified: verifiedMs === null ? null : timestamp(verifiedMs),
      },
    ]),
  );
  return `${JSON.stringify({ holders })}\n`;
}

/** Throws a SyntaxError for anything that `encodeState` would not have written. */
function parseState(text: string): Map<PeerId, RoundRecord> {
  const { holders } = asObject(JSON.parse(text));
  return new Map(
    Object.entries(asObject(holders)).map(([id, value]) => [parsed(parsePeerId(id), id), parseRecord(asObject(value))]),
  );
}

function parseRecord({ began, at, verified }: Record<string, unknown>): RoundRecord {
  return {
    beganMs: parseTime(began),
    at: at === null ? null : parsePlace(asObject(at)),
    verifiedMs: verified === null ? null : parseTime(verified),
  };
}

function parsePlace({ file, part }: Record<string, unknown>): { file: TorrentId; pieceIndex: number } {
  const known = typeof part === 'number' && Number.isSafeInteger(part) && part >= 0;
  return { file: parsed(parseTorrentId(String(file)), file), pieceIndex: parsed(known ? part : undefined, part) };
}

function parseTime(value: unknown): number {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return parsed(Number.isNaN(ms) ? undefined : ms, value);
}

function parsed<Value>(value: Value | undefined, source: unknown): Value {
  if (value === undefined) throw new SyntaxError(`${JSON.stringify(source)} has no place there`);
  return value;
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  throw new SyntaxError(`${JSON.stringify(value)} is no object`);
}

function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}
