/**
 * An append-only file of records that survives a crash at any point. It knows nothing of what the records mean.
 *
 *     5f2c9a10 {"type":"peer","id":"p1","ipc_path":"peers/p1"}
 *
 * One line a record: the first 8 hex digits of the SHA-1 of its JSON, a space, the JSON. `append` settles once the line
 * is on stable storage; appends that come while the disk is busy share the next fsync (group commit). `apply` is called
 * for each record in the order of the file: those found at the start, and later each one as soon as it is on stable
 * storage. The file is its own snapshot: `rewrite` replaces it by a shorter one that says the same, through an atomic
 * rename.
 *
 * After a crash the last lines may be torn. Only a line that nobody was promised can be: it is dropped. A damaged line
 * further up (bit rot) is dropped too, the ones after it are kept, and the damaged file is kept beside for a human.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, type FileHandle, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from './files.ts';

export type Apply = (record: unknown) => void;

interface Waiting {
  readonly record: unknown;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class Journal {
  readonly #path: string;
  readonly #apply: Apply;
  #handle: FileHandle;
  /** Where the next line goes: what is beyond was never promised. */
  #length: number;
  #queue: Waiting[] = [];
  #work: Promise<void> = Promise.resolve();
  /** Set when the file may no longer be what we think it is; every later append fails with it. */
  #broken: unknown;

  private constructor(path: string, apply: Apply, handle: FileHandle, length: number) {
    this.#path = path;
    this.#apply = apply;
    this.#handle = handle;
    this.#length = length;
  }

  /** Opens or makes the journal at `path`. `damagedLines` did not check, a torn last one included. */
  static async open(path: string, apply: Apply): Promise<{ journal: Journal; damagedLines: number }> {
    const { records, damagedLines, length } = await readJournal(path);
    if (damagedLines > 0) await copyFile(path, `${path}.damaged`);
    const handle = await open(path, 'a', 0o600);
    await handle.sync();
    await syncDirectory(dirname(path));
    const journal = new Journal(path, apply, handle, length);
    if (damagedLines > 0) await journal.rewrite(() => records);
    for (const record of records) apply(record);
    return { journal, damagedLines };
  }

  /** Settles once `record` (anything JSON can say) is on stable storage; fails if it could not be put there. */
  append(record: unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ record, resolve, reject });
      if (this.#queue.length === 1) void this.#inTurn(() => this.#commit());
    });
  }

  /**
   * Replaces the whole journal by what `records` gives once every append before it has been applied, atomically: after
   * a crash it is the old one or the new one.
   */
  rewrite(records: () => Iterable<unknown>): Promise<void> {
    return this.#inTurn(() => this.#replace(records()));
  }

  /** Waits for appends under way and closes the file. */
  close(): Promise<void> {
    return this.#inTurn(() => this.#handle.close());
  }

  /** Runs `step` after everything that was asked before it: the file has one writer at a time. */
  #inTurn(step: () => Promise<void>): Promise<void> {
    const result = this.#work.then(step);
    this.#work = result.catch(() => undefined); // Whoever asked for the step gets its failure.
    return result;
  }

  async #commit(): Promise<void> {
    const batch = this.#queue;
    this.#queue = [];
    try {
      if (this.#broken !== undefined) throw this.#broken;
      await this.#write(Buffer.from(batch.map(({ record }) => encodeRecord(record)).join('')));
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
      await this.#handle.appendFile(bytes);
    } catch (error) {
      // Disk full, most likely. A line cut short must not be followed by a good one.
      await this.#handle.truncate(this.#length).catch((cause: unknown) => this.#breakDown(cause));
      throw error;
    }
    // After a failed fsync nobody knows which pages are on disk, and a second fsync may lie: no more promises from this
    // file.
    await this.#handle.datasync().catch((cause: unknown) => this.#breakDown(cause));
    this.#length += bytes.length;
  }

  #breakDown(cause: unknown): never {
    this.#broken = new Error('the journal can no longer be written; restart the server', { cause });
    throw this.#broken;
  }

  async #replace(records: Iterable<unknown>): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken;
    const fresh = `${this.#path}.new`;
    // The handle that goes on being used: nothing that can fail stands between the new name and the next append.
    const { O_WRONLY, O_CREAT, O_TRUNC, O_APPEND } = constants;
    const handle = await open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600);
    let length = 0;
    try {
      for (const record of records) {
        const line = Buffer.from(encodeRecord(record));
        await handle.appendFile(line);
        length += line.length;
      }
      await handle.sync();
      await rename(fresh, this.#path);
    } catch (error) {
      await handle.close();
      throw error;
    }
    const old = this.#handle;
    this.#handle = handle;
    this.#length = length;
    await old.close();
    // Which of the two a power loss would leave is not known any more.
    await syncDirectory(dirname(this.#path)).catch((cause: unknown) => this.#breakDown(cause));
  }
}

function encodeRecord(record: unknown): string {
  const json = JSON.stringify(record);
  return `${checksum(json)} ${json}\n`;
}

function checksum(json: string): string {
  return createHash('sha1').update(json).digest('hex').slice(0, 8);
}

async function readJournal(path: string): Promise<{ records: unknown[]; damagedLines: number; length: number }> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
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
  return { records, damagedLines, length: bytes.length };
}
