/**
 * What a node remembers over a restart: its files, with their info dictionaries and what they looked like on disk, and
 * the downloads that were not finished. A journal in a folder of the node's own.
 */
import { join } from 'node:path';
import { parseTorrentId, type TorrentId } from '../bytes/ids.ts';
import { ProtocolError } from '../bytes/protocol-error.ts';
import type { Origin } from '../io/downloads/shared-torrent.ts';
import { makeFolder } from '../io/files/folders.ts';
import { Journal } from '../io/files/journal.ts';
import { metainfoFromInfo } from '../protocols/metainfo/from-info.ts';
import { parseInfo } from '../protocols/metainfo/read-info.ts';
import type { Metainfo } from '../protocols/metainfo/types.ts';
import { encodeInfo } from '../protocols/metainfo/write.ts';

/** One file, or one download. */
export interface SavedFile {
  readonly id: TorrentId;
  readonly file: Metainfo;
  /** Where it lies, and what it looked like; undefined while it is downloaded. */
  readonly origin: Origin | undefined;
}

/** Lines of the journal. */
interface GoneLine {
  readonly type: 'gone';
  readonly id: string;
}

interface FileLine {
  readonly type: 'file';
  readonly id: string;
  /** Base64. */
  readonly info: string;
  readonly origin?: Origin;
}

export class SavedFiles {
  readonly #files = new Map<TorrentId, SavedFile>();
  #journal!: Journal;

  /** Opens what is in `directory`, which is made if it is not there. Fails with a system error. */
  static async open(directory: string): Promise<SavedFiles> {
    const saved = new SavedFiles();
    await makeFolder(directory, 0o700);
    const { journal } = await Journal.open(join(directory, 'files.journal'), {
      apply: (line) => saved.#apply(line),
      snapshot: () => Array.from(saved.#files.values(), lineOf),
    });
    saved.#journal = journal;
    await journal.rewrite();
    return saved;
  }

  /** The oldest first. */
  get files(): readonly SavedFile[] {
    return [...this.#files.values()];
  }

  /** Settles once it is on stable storage. */
  save(file: SavedFile): Promise<void> {
    return this.#journal.append(lineOf(file));
  }

  /** Settles once it is forgotten for good. */
  forget(id: TorrentId): Promise<void> {
    return this.#journal.append({ type: 'gone', id } satisfies GoneLine);
  }

  async close(): Promise<void> {
    await this.#journal.close();
  }

  #apply(line: unknown): void {
    const { type, id } = line as FileLine | GoneLine;
    if (type === 'gone') this.#files.delete(id as TorrentId);
    const saved = type === 'file' ? parseLine(line as FileLine) : undefined;
    if (saved !== undefined) this.#files.set(saved.id, saved);
  }
}

function lineOf({ id, file, origin }: SavedFile): FileLine {
  return { type: 'file', id, info: encodeInfo(file).toString('base64'), ...(origin && { origin }) };
}

/** Undefined for one that another version wrote differently: the others are shared all the same. */
function parseLine({ id, info, origin }: FileLine): SavedFile | undefined {
  const parsedId = parseTorrentId(String(id));
  try {
    const file = metainfoFromInfo(parseInfo(Buffer.from(String(info), 'base64')));
    return file && parsedId && { id: parsedId, file, origin };
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
