/**
 * Files that a store was told to drop, put aside for a while: whoever told it may have been wrong (a server with an old
 * backup of its metadata). They are listed nowhere and count as free space; they go when their time is over, or the
 * oldest first when the disk is full.
 *
 *     aside/ID.TIME.data      ID.data as it was when it was dropped, TIME milliseconds after 1970
 *     aside/ID.TIME.index     and its index
 *     aside/ID.TIME.info      and its info dictionary, if there was one
 *
 * A file is moved in two steps, the index first. A crash between them leaves one of the two names in each folder: at
 * the next start the move is finished, whichever it was.
 */
import { join } from 'node:path';
import { CoalescedTask } from '../../../async/coalesced-task.ts';
import { parseTorrentId, type TorrentId } from '../../../bytes/ids.ts';
import { type FileCalls, isSystemError } from '../../files/calls.ts';
import { isThere, removeFile } from '../../files/files.ts';
import { makeFolder, syncFolder } from '../../files/folders.ts';
import type { Log } from '../../log.ts';

/** The time for which dropped files are kept, and the clock. */
export interface AsideOptions {
  /** Milliseconds until a dropped file is removed; 0 removes it at once. */
  readonly delayMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Seconds for which a dropped file is kept: a day, in which somebody notices that a backup was old; at most a year. */
export const dropDelaySeconds = { usual: 86_400, max: 31_536_000 } as const;

/** The interval at which a store looks whether something aside has to go. */
export const asideTickMs = 1000;

/** The free space that what is aside never takes: a gigabyte, or a twentieth of a small disk. */
const reserveBytes = 1024 ** 3;
const reserveShare = 20;

/** Asides of nothing: what is dropped is removed at once. */
export const noAsides: AsideOptions = { delayMs: 0, now: () => 0 };

/** One file that was put aside. */
export interface Aside {
  readonly file: TorrentId;
  readonly timeMs: number;
  /** Bytes that it takes on the disk. */
  readonly bytes: number;
}

type Kind = 'data' | 'index' | 'info';

/** The folder with what was put aside. */
export class Asides {
  readonly #store: string;
  readonly #folder: string;
  readonly #calls: FileCalls;
  readonly #log: Log;
  readonly #options: AsideOptions;
  /** The files that are aside, the oldest first. Whoever works with one takes it out. */
  #asides: Aside[] = [];
  #made = false;
  #ticking = false;
  /** Held while room is made, so that two writers who met a full disk take no more than they need. */
  #reclaiming: Promise<boolean> | undefined;
  readonly #syncs = new CoalescedTask(() => syncFolder(this.#folder, this.#calls));

  constructor(store: string, calls: FileCalls, log: Log, options: AsideOptions) {
    this.#store = store;
    this.#folder = join(store, 'aside');
    this.#calls = calls;
    this.#log = log;
    this.#options = options;
  }

  /** The number of files that are aside, however often. */
  get count(): number {
    return new Set(this.#asides.map(({ file }) => file)).size;
  }

  /** Bytes that can be had back at any time. */
  get bytes(): number {
    return this.#asides.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Whether dropped files are kept at all. */
  get keeps(): boolean {
    return this.#options.delayMs > 0;
  }

  has(file: TorrentId): boolean {
    return this.#asides.some((aside) => aside.file === file);
  }

  /** Finds what was put aside before, and finishes what a crash interrupted. Called once, before the store is read. */
  async load(): Promise<void> {
    const names = await this.#names();
    const stems = new Set(names.map((name) => name.replace(/\.(data|index|info)$/, '')));
    for (const stem of stems) {
      const [, id = '', time = ''] = stemForm.exec(stem) ?? [];
      const file = parseTorrentId(id);
      if (file === undefined) continue;
      const aside = { file, timeMs: Number(time), bytes: 0 };
      const kinds = (['index', 'data'] as const).filter((kind) => names.includes(`${stem}.${kind}`));
      if (kinds.length === 2 || (await this.#finish(aside, kinds[0]))) this.#add(await this.#measured(aside));
      else await this.#remove(aside);
    }
  }

  /** The path of a file that is aside. */
  path({ file, timeMs }: Aside, kind: Kind): string {
    return join(this.#folder, `${file}.${timeMs}.${kind}`);
  }

  /**
   * Puts aside what lies under the store's names of `file`, which nobody has open. It is durable once the store's own
   * folder is synced too. False when there was no index: then nothing of it was ever durable, and nothing is done.
   */
  async put(file: TorrentId): Promise<boolean> {
    if (!(await isThere(this.#own(file, 'index'), this.#calls))) return false;
    if (!this.#made) await makeFolder(this.#folder, 0o700, this.#calls);
    this.#made = true;
    const aside = { file, timeMs: this.#freeTime(file), bytes: 0 };
    await this.#move(this.#own(file, 'index'), this.path(aside, 'index'));
    await this.#move(this.#own(file, 'info'), this.path(aside, 'info'));
    await this.#move(this.#own(file, 'data'), this.path(aside, 'data'));
    await this.#syncs.run();
    this.#add(await this.#measured(aside));
    return true;
  }

  /** Takes out what was put aside of a file last: it is the caller's to move back, merge and `remove`, or give back. */
  take(file: TorrentId): Aside | undefined {
    const taken = this.#asides.findLast((aside) => aside.file === file);
    this.#asides = this.#asides.filter((aside) => aside !== taken);
    return taken;
  }

  /** Puts back among the others what was taken out, and is still there. */
  giveBack(aside: Aside): void {
    this.#add(aside);
  }

  /**
   * Moves a file back to the store's own names, where nothing is. Durable once the store's folder is synced. Answers
   * whether the info dictionary came with it.
   */
  async moveBack(aside: Aside): Promise<boolean> {
    const withInfo = await isThere(this.path(aside, 'info'), this.#calls);
    await this.#move(this.path(aside, 'info'), this.#own(aside.file, 'info'));
    await this.#move(this.path(aside, 'data'), this.#own(aside.file, 'data'));
    await this.#move(this.path(aside, 'index'), this.#own(aside.file, 'index'));
    await this.#syncs.run();
    return withInfo;
  }

  /** Removes what was taken out, for good. */
  async remove(aside: Aside): Promise<void> {
    await this.#remove(aside);
  }

  /**
   * Removes what has been aside for long enough, and the oldest while the disk has nearly no room: programs that write
   * there know nothing of what is aside. Never fails: what cannot be removed is tried again.
   */
  async tick(): Promise<void> {
    if (this.#asides.length === 0 || this.#ticking) return;
    this.#ticking = true;
    try {
      await this.#removeExpired();
      while ((await this.#isShort()) && (await this.reclaim()));
    } catch (error) {
      this.#log.error('peer', 'what was put aside could not be removed', {}, error);
    } finally {
      this.#ticking = false;
    }
  }

  async #removeExpired(): Promise<void> {
    const endMs = this.#options.now() - this.#options.delayMs;
    const expired = this.#asides.filter(({ timeMs }) => timeMs <= endMs);
    if (expired.length === 0) return;
    this.#asides = this.#asides.filter(({ timeMs }) => timeMs > endMs);
    for (const aside of expired) {
      const { file } = aside;
      try {
        await this.#remove(aside);
        this.#log.info('peer', 'removed what was put aside: its time is over', { file });
      } catch (error) {
        this.#log.error('peer', 'what was put aside could not be removed', { file }, error);
        this.#add(aside);
      }
    }
  }

  async #isShort(): Promise<boolean> {
    const { bavail, bsize, blocks = 0 } = await this.#calls.statfs(this.#store);
    return bavail * bsize < Math.min(reserveBytes, (blocks * bsize) / reserveShare);
  }

  /** Makes room on a full disk by removing the oldest; false when there is nothing left. */
  reclaim(): Promise<boolean> {
    this.#reclaiming ??= this.#reclaim().finally(() => {
      this.#reclaiming = undefined;
    });
    return this.#reclaiming;
  }

  async #reclaim(): Promise<boolean> {
    const oldest = this.#asides.shift();
    if (oldest === undefined) return false;
    await this.#remove(oldest);
    this.#log.warn('peer', 'the disk is full: removed what was put aside, the oldest first', { file: oldest.file });
    return true;
  }

  async #names(): Promise<string[]> {
    try {
      const names = await this.#calls.readdir(this.#folder);
      this.#made = true;
      return names;
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return [];
      throw error;
    }
  }

  /** Moves the name that a crash left in the store's folder; false when there is none. */
  async #finish(aside: Aside, have: Kind | undefined): Promise<boolean> {
    const lacking = have === 'index' ? 'data' : 'index';
    const own = this.#own(aside.file, lacking);
    const other = this.#own(aside.file, have ?? 'index');
    // With both names the store has the file itself; the move never came to be.
    if (!(await isThere(own, this.#calls)) || (await isThere(other, this.#calls))) return false;
    await this.#move(own, this.path(aside, lacking));
    await this.#move(this.#own(aside.file, 'info'), this.path(aside, 'info'));
    await this.#syncs.run();
    await syncFolder(this.#store, this.#calls);
    return true;
  }

  async #measured(aside: Aside): Promise<Aside> {
    try {
      const { blocks, size } = await this.#calls.lstat(this.path(aside, 'data'));
      return { ...aside, bytes: blocks === undefined ? size : blocks * blockBytes };
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return aside;
      throw error;
    }
  }

  /** The time now, or the next at which the file was not put aside yet. */
  #freeTime(file: TorrentId): number {
    let timeMs = Math.floor(this.#options.now());
    while (this.#asides.some((aside) => aside.file === file && aside.timeMs === timeMs)) timeMs += 1;
    return timeMs;
  }

  #add(aside: Aside): void {
    this.#asides = [...this.#asides, aside].sort((one, other) => one.timeMs - other.timeMs);
  }

  async #move(from: string, to: string): Promise<void> {
    try {
      await this.#calls.rename(from, to);
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw error;
    }
  }

  async #remove(aside: Aside): Promise<void> {
    for (const kind of ['index', 'info', 'data'] as const) await removeFile(this.path(aside, kind), this.#calls);
  }

  #own(file: TorrentId, kind: Kind): string {
    return join(this.#store, `${file}.${kind}`);
  }
}

const stemForm = /^([0-9a-f]{40})\.(\d{1,15})$/;

/** The unit of `blocks` in the answer to lstat, whatever the file system's own. */
const blockBytes = 512;
