/**
 * An append-only file of records that survives a crash at any point. It knows nothing of what the records mean.
 *
 *     5f2c9a10 {"type":"peer","id":"p1","ipc_path":"peers/p1"}
 *
 * One line a record: the first 8 hex digits of the SHA-1 of its JSON, a space, the JSON. `append` settles once the line
 * is on stable storage; appends that come while the disk is busy share the next fsync (group commit). `apply` is called
 * for each record in the order of the file: those found at the start, and later each one as soon as it is on stable
 * storage. The file is its own snapshot: `rewrite` replaces it by a shorter one that says the same (what `snapshot`
 * gives), through an atomic rename.
 *
 * After a crash the last line may be torn. Only one that nobody was promised can be: it is dropped. A complete line
 * that is damaged (bit rot) is dropped too, the ones after it are kept, and the damaged file is kept beside for a
 * human; a caller that draws conclusions from what is *not* in the journal is told (`onLinesLost`).
 *
 * A guarded journal promises a line only while the file has its name: when the journal, or its folder, was removed,
 * moved away or replaced, appends fail until it is back, or until a restart.
 *
 * After a failed fsync nobody knows which pages are on disk, and a second fsync may lie. So nothing more is promised
 * from that file: it is replaced by a fresh one, at once, or as soon as the disk is good enough for that.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { dirname } from 'node:path';
import { Mutex } from '../../async/mutex.ts';
import { CodedError } from '../../bytes/coded-error.ts';
import { type FileCalls, type FileHandle, isSystemError, nodeFiles } from './calls.ts';
import { newSuffix, readIfThere, removeFile, writeFileAtomically, writeFully } from './files.ts';
import { syncFolder } from './folders.ts';

export interface JournalOptions {
  /** Called with each record. */
  readonly apply: (record: unknown) => void;
  /** The fewest records that say the same as all that were applied. */
  readonly snapshot: () => Iterable<unknown>;
  /**
   * Called at the start, after all records were applied, when there are complete lines that nobody can read any more.
   */
  readonly onLinesLost?: () => void;
  /** Whether a line is promised only while the file has its name: for a journal that acknowledges to others. */
  readonly guarded?: boolean;
  /** Replaced in tests of a failing disk. */
  readonly calls?: FileCalls;
}

interface Waiting {
  readonly record: unknown;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The error for a journal whose file is not the one at its path any more: a restart would not read it. */
export class JournalGoneError extends CodedError<'journal-gone'> {}

export class Journal {
  readonly #path: string;
  readonly #apply: (record: unknown) => void;
  readonly #snapshot: () => Iterable<unknown>;
  readonly #calls: FileCalls;
  readonly #guarded: boolean;
  #handle: FileHandle;
  /** The offset of the next line: bytes beyond were never promised. */
  #length: number;
  #queue: Waiting[] = [];
  /** Held while the file is written: it has one writer at a time. */
  readonly #writes = new Mutex();
  /** Whether the file may not be what we think it is: nothing is appended to it any more. */
  #doubtful = false;
  #closed = false;
  /** The device and inode of the file that is written; undefined when it is not guarded. */
  #identity: string | undefined;

  private constructor(
    path: string,
    options: Required<Omit<JournalOptions, 'onLinesLost'>>,
    handle: FileHandle,
    length: number,
  ) {
    this.#path = path;
    this.#apply = options.apply;
    this.#snapshot = options.snapshot;
    this.#calls = options.calls;
    this.#guarded = options.guarded;
    this.#handle = handle;
    this.#length = length;
  }

  /**
   * Opens or makes the journal at `path`. `damagedLines` is the number of lines that did not check, a torn last one
   * included.
   */
  static async open(
    path: string,
    { apply, snapshot, onLinesLost, guarded = false, calls = nodeFiles }: JournalOptions,
  ): Promise<{ journal: Journal; damagedLines: number }> {
    const bytes = (await readIfThere(path, calls)) ?? Buffer.alloc(0);
    const { records, damagedLines, torn } = readRecords(bytes);
    if (damagedLines > 0) await writeFileAtomically(`${path}.damaged`, bytes, 0o600, calls);
    const handle = await calls.open(path, constants.O_WRONLY | constants.O_CREAT, 0o600);
    const journal = new Journal(path, { apply, snapshot, guarded, calls }, handle, bytes.length);
    for (const record of records) apply(record);
    if (damagedLines > Number(torn)) onLinesLost?.();
    try {
      if (guarded) journal.#identity = await identityOf(path, calls);
      await handle.sync();
      await syncFolder(dirname(path), calls);
      if (damagedLines > 0) await journal.#replace(snapshot());
    } catch (error) {
      await journal.close();
      throw error;
    }
    return { journal, damagedLines };
  }

  /** Settles once `record` (anything JSON can say) is on stable storage; fails if it could not be put there. */
  append(record: unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ record, resolve, reject });
      if (this.#queue.length === 1) void this.#writes.run(() => this.#commit());
    });
  }

  /**
   * Replaces the journal by its snapshot once every append before it has been applied, atomically: after a crash it is
   * the old one or the new one.
   */
  rewrite(): Promise<void> {
    return this.#writes.run(async () => {
      await this.#assertInPlace();
      await this.#replace(this.#snapshot());
    });
  }

  /** Waits for appends under way and closes the file. */
  close(): Promise<void> {
    return this.#writes.run(() => {
      this.#closed = true;
      return this.#handle.close();
    });
  }

  async #commit(): Promise<void> {
    const batch = this.#queue;
    this.#queue = [];
    try {
      // Else the write that fails would be repaired by a new file, which nobody closes.
      if (this.#closed) throw new Error('the journal is closed');
      await this.#assertInPlace();
      if (this.#doubtful) await this.#replace(this.#snapshot());
      const bytes = Buffer.from(batch.map(({ record }) => encodeRecord(record)).join(''));
      await this.#write(bytes);
      for (const { record, resolve } of batch) {
        this.#apply(record);
        resolve();
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  async #write(bytes: Buffer): Promise<void> {
    try {
      await writeFully(this.#handle, bytes, this.#length);
    } catch (error) {
      // Disk full, most likely. A line cut short must not be followed by a good one.
      await this.#cutBack().catch(() => this.#repair());
      throw error;
    }
    await this.#handle.datasync().catch(async (error: unknown) => {
      await this.#repair();
      throw error;
    });
    await this.#assertInPlace().catch(async (error: unknown) => {
      // Should it come back, a line that was not promised must not be in it.
      await this.#cutBack().catch(() => undefined);
      throw error;
    });
    this.#length += bytes.length;
  }

  /** Fails with JournalGoneError unless a restart would read what is written now. */
  check(): Promise<void> {
    return this.#writes.run(() => this.#assertInPlace());
  }

  /** Fails unless the file that is written is the one at the path: what a restart will not read is not promised. */
  async #assertInPlace(): Promise<void> {
    if (!this.#guarded) return;
    const found = await identityOf(this.#path, this.#calls);
    if (found === this.#identity) return;
    const what = found === undefined ? 'is not there any more' : 'is another file now';
    throw new JournalGoneError(
      'journal-gone',
      `the journal ${this.#path} ${what}: nothing is taken until the same file is back, or the server is restarted`,
    );
  }

  async #cutBack(): Promise<void> {
    await this.#handle.truncate(this.#length);
    await this.#handle.datasync();
  }

  /**
   * Replaces the file after a failure: lines that were not acknowledged may be on the disk, and must not come back at
   * the next start.
   */
  async #repair(): Promise<void> {
    this.#doubtful = true;
    await this.#replace(this.#snapshot()).catch(() => undefined); // The next append tries again, and tells.
  }

  async #replace(records: Iterable<unknown>): Promise<void> {
    const { handle, length, identity } = await this.#writeFresh(records);
    const old = this.#handle;
    this.#handle = handle;
    this.#length = length;
    this.#identity = identity;
    // Until the directory is synced, a power loss may bring the old file back.
    this.#doubtful = true;
    await old.close();
    await syncFolder(dirname(this.#path), this.#calls);
    this.#doubtful = false;
  }

  /**
   * Writes a fresh file in place of the journal; returns its handle, which goes on being used, so that nothing that can
   * fail stands between the rename and the next append.
   */
  async #writeFresh(records: Iterable<unknown>): Promise<Fresh> {
    const freshPath = `${this.#path}${newSuffix}`;
    const { O_WRONLY, O_CREAT, O_TRUNC } = constants;
    const handle = await this.#calls.open(freshPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600);
    let length = 0;
    try {
      for (const record of records) {
        const line = Buffer.from(encodeRecord(record));
        await writeFully(handle, line, length);
        length += line.length;
      }
      await handle.sync();
      const identity = this.#guarded ? await identityOf(freshPath, this.#calls) : undefined;
      await this.#calls.rename(freshPath, this.#path);
      return { handle, length, identity };
    } catch (error) {
      await handle.close();
      await removeFile(freshPath, this.#calls).catch(() => undefined); // the next one overwrites it
      throw error;
    }
  }
}

/** A file that has taken the place of the journal. */
interface Fresh {
  readonly handle: FileHandle;
  readonly length: number;
  readonly identity: string | undefined;
}

/** The device and inode of the file at `path`; undefined when there is none. */
async function identityOf(path: string, calls: FileCalls): Promise<string | undefined> {
  try {
    const { dev, ino } = await calls.stat(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

function encodeRecord(record: unknown): string {
  const json = JSON.stringify(record);
  return `${checksum(json)} ${json}\n`;
}

function checksum(json: string): string {
  return createHash('sha1').update(json).digest('hex').slice(0, 8);
}

/** The records of the lines that check. `torn` when the last line, which is one of the damaged then, has no end. */
function readRecords(bytes: Buffer): { records: unknown[]; damagedLines: number; torn: boolean } {
  const records: unknown[] = [];
  let damagedLines = 0;
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(0x0a, start);
    const line = newline < 0 ? '' : bytes.toString('utf8', start, newline);
    const json = line.slice(9);
    if (line[8] === ' ' && line.slice(0, 8) === checksum(json)) records.push(JSON.parse(json));
    else damagedLines += 1;
    start = newline < 0 ? bytes.length : newline + 1;
  }
  return { records, damagedLines, torn: bytes.length > 0 && bytes.at(-1) !== 0x0a };
}
