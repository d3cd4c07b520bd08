/**
 * Lists files again that the ledger has lost: holders have pieces of them, and the info dictionary, whose SHA-1 is the
 * file's id and so proves name, length and the hash of each piece. What cannot be proven so is only counted.
 */
import { createHash } from 'node:crypto';
import { inParallel } from '../../async/in-parallel.ts';
import { yieldEvery } from '../../async/yield-every.ts';
import type { TorrentId } from '../../bytes/ids.ts';
import type { Log } from '../../io/log.ts';
import { metainfoFromInfo } from '../../protocols/metainfo/from-info.ts';
import { parseInfo } from '../../protocols/metainfo/read-info.ts';
import { type HeldFile, HolderError, type StoringHolder } from '../holders/holder.ts';
import type { Catalog } from './catalog.ts';
import type { Ledger } from './ledger.ts';
import { TorrentEntry } from './torrent-entry.ts';

/** The collaborators of the rebuilding. */
export interface RebuildContext {
  readonly catalog: Catalog;
  readonly ledger: Pick<Ledger, 'addFiles' | 'wasRemoved'>;
  /** The holders that are online, the server's own store among them. */
  readonly holders: () => readonly StoringHolder[];
  /** Runs work while nobody else changes the listing of the file. */
  readonly alone: (ids: readonly TorrentId[], work: () => Promise<void>) => Promise<void>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Log;
}

/** Files asked for at once: they share the ledger's fsyncs. */
const filesAtOnce = 16;
/** Names told in the log; the rest is a number. */
const namesMax = 20;

interface Found {
  readonly holder: StoringHolder;
  readonly held: HeldFile;
}

export class Rebuild {
  readonly #context: RebuildContext;

  constructor(context: RebuildContext) {
    this.#context = context;
  }

  /**
   * Lists what holders can prove; false when they have files beside that. Never fails for one holder's or one file's
   * sake.
   */
  async run(): Promise<boolean> {
    const { log } = this.#context;
    const found = await this.#unlisted();
    if (found.size === 0) return true;
    const names: string[] = [];
    // A peer of another server has hundreds of thousands of files that nobody here can prove.
    const provable = [...found].filter(([, copies]) => copies.some(({ held }) => held.info === true));
    await inParallel(provable, filesAtOnce, async ([id, copies]) => {
      const name = await this.#list(id, copies);
      if (name !== undefined) names.push(name);
    });
    const unproven = found.size - names.length;
    if (names.length > 0) {
      const told = names.slice(0, namesMax).join(', ');
      log.warn('swarm', 'listed files again that the ledger did not know', { files: names.length, names: told });
    }
    if (unproven > 0) log.warn('swarm', 'peers have files that nobody can prove the name of', { files: unproven });
    return unproven === 0;
  }

  /** The files that holders have and that are neither listed here nor were removed. */
  async #unlisted(): Promise<Map<TorrentId, Found[]>> {
    const { catalog, ledger, holders } = this.#context;
    const found = new Map<TorrentId, Found[]>();
    for (const holder of holders()) {
      for await (const held of yieldEvery(await orNothing(holder.list(), []))) {
        const { file } = held;
        if (catalog.get(file) !== undefined || ledger.wasRemoved(file)) continue;
        const copies = found.get(file);
        if (copies === undefined) found.set(file, [{ holder, held }]);
        else copies.push({ holder, held });
      }
    }
    return found;
  }

  /** Lists one file; its name, or undefined when nobody has its dictionary. */
  async #list(id: TorrentId, copies: readonly Found[]): Promise<string | undefined> {
    const { catalog, ledger, alone, now } = this.#context;
    for (const { holder, held } of copies) {
      if (held.info !== true) continue;
      const metainfo = metainfoOf(id, await orNothing(holder.getInfo?.(id), undefined));
      if (metainfo === undefined) continue;
      await alone([id], async () => {
        if (catalog.get(id) !== undefined || ledger.wasRemoved(id)) return;
        const entry = new TorrentEntry({ ...metainfo, id, sha256: null, createdMs: now() });
        await ledger.addFiles([entry.record]);
        catalog.add(entry);
        for (const copy of copies) noteHolding(entry, copy);
      });
      return metainfo.name;
    }
    return undefined;
  }
}

function noteHolding(entry: TorrentEntry, { holder, held }: Found): void {
  for (const { first, last } of held.parts) {
    for (let pieceIndex = first; pieceIndex <= last && pieceIndex < entry.pieces; pieceIndex += 1)
      entry.addPiece(holder.id, pieceIndex, held.shared ? 'lent' : 'stored');
  }
}

/** The torrent that the bytes describe, if they are what the id promises. */
function metainfoOf(id: TorrentId, bytes: Uint8Array | undefined) {
  if (bytes === undefined || createHash('sha1').update(bytes).digest('hex') !== id) return undefined;
  try {
    return metainfoFromInfo(parseInfo(bytes));
  } catch {
    return undefined; // its hash is right, so somebody once made it so: it is no torrent that we can check
  }
}

async function orNothing<Result>(work: Promise<Result> | undefined, nothing: Result): Promise<Result> {
  try {
    return (await work) ?? nothing;
  } catch (error) {
    if (error instanceof HolderError) return nothing;
    throw error;
  }
}
