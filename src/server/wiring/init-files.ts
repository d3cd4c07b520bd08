/**
 * `server_init_files/`: every file in it, in subfolders too, is listed at start. The files are lent from where they are
 * (the temp store remembers their size and time, so that unchanged ones are not hashed again), and peers get copies as
 * of any other file.
 */
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileNameFault } from '../../bytes/file-name.ts';
import type { SharedOrigin } from '../../io/pieces/index-line.ts';
import { ContentHasher } from '../../protocols/metainfo/hash.ts';
import { pieceRecords } from '../../protocols/metainfo/types.ts';
import { infoHash } from '../../protocols/metainfo/write.ts';
import { TorrentEntry, type TorrentRecord } from '../../storage/catalog/torrent-entry.ts';
import { tempHolderId } from '../../storage/holders/holder.ts';
import type { Domain } from './open-domain.ts';

/** Files in the folder that are for people, not for sharing. */
const ignored: ReadonlySet<string> = new Set(['.gitkeep', '.DS_Store']);

/**
 * Lists every file below `directory`; one that cannot be read is logged and left out. Answers how many are listed.
 */
export async function listInitFiles(
  domain: Domain,
  directory: string,
  pieceLength: number,
  signal: AbortSignal,
): Promise<number> {
  let listed = 0;
  for await (const path of filesBelow(directory)) {
    if (signal.aborted) break;
    try {
      await listInitFile(domain, path, pieceLength, signal);
      listed += 1;
    } catch (error) {
      if (signal.aborted) break;
      domain.log.error('split', 'a file of the init folder is left out', { path }, error);
    }
  }
  if (listed > 0) domain.replicator.repairAllSoon();
  return listed;
}

async function* filesBelow(directory: string): AsyncGenerator<string> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile() && !ignored.has(entry.name)) yield path;
  }
}

async function listInitFile(domain: Domain, path: string, pieceLength: number, signal: AbortSignal): Promise<void> {
  const known = await domain.store.sharedAs(path);
  if (known !== undefined && domain.catalog.get(known) !== undefined) return;
  const origin = await domain.store.origin(path);
  const record = await describe(path, pieceLength, signal);
  await domain.replicator.alone([record.id], () => list(domain, origin, record));
}

async function list(domain: Domain, origin: SharedOrigin, record: TorrentRecord): Promise<void> {
  if (record.length > 0) await domain.store.share(record.id, origin, pieceRecords(record));
  const entry = domain.catalog.get(record.id) ?? (await addToCatalog(domain, record));
  // A file that came by upload as well is stored in the temp store, and stays so although it is lent too.
  if (!entry.holdings.has(tempHolderId)) entry.setHolding(tempHolderId, Array(entry.pieces).keys(), 'lent');
}

async function describe(path: string, pieceLength: number, signal: AbortSignal): Promise<TorrentRecord> {
  const name = basename(path);
  const fault = fileNameFault(name);
  if (fault !== undefined) throw new Error(`its name ${fault}`);
  const hasher = new ContentHasher(pieceLength);
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024, signal })) hasher.update(chunk);
  const metainfo = { name, pieceLength, ...hasher.finish() };
  return { ...metainfo, id: infoHash(metainfo), createdMs: Date.now() };
}

async function addToCatalog({ ledger, catalog, log }: Domain, record: TorrentRecord): Promise<TorrentEntry> {
  await ledger.addFiles([record]);
  const entry = new TorrentEntry(record);
  catalog.add(entry);
  log.info('split', 'listed from the init folder', { file: record.id, name: record.name, length: record.length });
  return entry;
}
