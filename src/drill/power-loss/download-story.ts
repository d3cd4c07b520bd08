/**
 * A download alone: pieces are written and synced, it is closed, goes on, and gets its name at the end, over what had
 * it before. What was synced must be there; what is believed must have its hash; and what has the name must be the old
 * or the new, whole.
 */
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { TorrentId } from '../../bytes/ids.ts';
import type { Download } from '../../io/downloads/download.ts';
import { openDownload } from '../../io/downloads/open-download.ts';
import { writeFileAtomically } from '../../io/files/files.ts';
import { makeFolder } from '../../io/files/folders.ts';
import { silentLog } from '../../io/log.ts';
import { encodeBencode } from '../../protocols/bencode/write.ts';
import { metainfoFromInfo } from '../../protocols/metainfo/from-info.ts';
import { parseInfo } from '../../protocols/metainfo/read-info.ts';
import { type Metainfo, pieceOffset, pieceSize } from '../../protocols/metainfo/types.ts';
import { seededBytes } from '../random.ts';
import { CachedDisk } from './cached-disk.ts';
import { DiskProgram } from './disk-program.ts';
import type { Story } from './story.ts';
import type { Tree } from './tree.ts';

/** The promises that must hold. */
interface DownloadPromises {
  /** Pieces that were synced. */
  readonly kept: readonly number[];
  /** Whether it may have its final name, and whether it must. */
  readonly name: 'old' | 'old or new' | 'new';
}

const directory = '/downloads';
const pieceBytes = 1000;

/** The torrent that is downloaded, and the file that has its name before. */
interface Subject {
  readonly name: string;
  readonly files: readonly { readonly path: readonly string[]; readonly length: number }[];
  readonly before: ReadonlyMap<string, string>;
}

const subjects: readonly Subject[] = [
  { name: 'file', files: [{ path: [], length: 2500 }], before: new Map() },
  { name: 'over a file', files: [{ path: [], length: 2500 }], before: new Map([['', 'old']]) },
  {
    name: 'over a folder',
    files: [
      { path: ['a'], length: 1200 },
      { path: ['b', 'c'], length: 1300 },
    ],
    before: new Map([['/old', 'old']]),
  },
];

export const downloadStories = subjects.map(storyOf);

function storyOf(subject: Subject): Story<DownloadPromises> {
  const { torrent, content } = sampleOf(subject);
  const piece = (pieceIndex: number): Buffer =>
    content.subarray(pieceOffset(torrent, pieceIndex)).subarray(0, pieceSize(torrent, pieceIndex));
  const open = (program: DiskProgram): ReturnType<typeof openDownload> =>
    openDownload({ directory, file: torrent, overwrite: true, log: silentLog, calls: program });
  return {
    name: `download: ${subject.name}`,
    async play(stage) {
      const program = stage.program();
      await putBefore(subject, program);
      stage.promise({ kept: [], name: 'old' });
      const first = await opened(open(program));
      await first.write(1, piece(1));
      await first.sync();
      stage.promise({ kept: [1], name: 'old' });
      await first.write(0, piece(0));
      await first.close();
      stage.promise({ kept: [0, 1], name: 'old' });
      const second = await opened(open(stage.program()));
      await second.write(2, piece(2));
      stage.promise({ kept: [0, 1], name: 'old or new' });
      await second.finish();
      stage.promise({ kept: [0, 1, 2], name: 'new' });
    },
    async judge(image, promises) {
      const disk = new CachedDisk(image);
      const program = new DiskProgram(disk);
      const found = await open(program);
      const faults = found.kind === 'there' ? [] : await faultsOfOpen(found.download, promises, piece);
      if (found.kind === 'there' && promises.name === 'old') faults.push('it has its name before it was finished');
      if (!isOldOrNew(disk.live, subject, content)) faults.push('what has its name is neither the old nor the new');
      if (found.kind === 'open') await complete(found.download, piece);
      const left = filesIn(disk.live);
      if (!sameFiles(left, newFiles(subject, content))) faults.push(`it ends as ${[...left.keys()].join(', ')}`);
      if (program.openFiles > 0) faults.push(`${program.openFiles} files are still open after the end`);
      return faults;
    },
  };
}

async function opened(opening: ReturnType<typeof openDownload>): Promise<Download> {
  const found = await opening;
  if (found.kind === 'there') throw new Error('it is there before it was downloaded');
  return found.download;
}

async function faultsOfOpen(
  download: Download,
  { kept, name }: DownloadPromises,
  piece: (pieceIndex: number) => Buffer,
): Promise<string[]> {
  const faults = name === 'new' ? ['it was finished, and is not there'] : [];
  for (const pieceIndex of kept)
    if (!download.have.has(pieceIndex)) faults.push(`piece ${pieceIndex} was synced, and is not there`);
  for (const pieceIndex of download.have) {
    if (download.unsure.has(pieceIndex)) continue;
    const into = Buffer.alloc(piece(pieceIndex).length);
    await download.read(pieceIndex, into);
    if (!into.equals(piece(pieceIndex))) faults.push(`piece ${pieceIndex} is believed, and is something else`);
  }
  return faults;
}

async function complete(download: Download, piece: (pieceIndex: number) => Buffer): Promise<void> {
  for (const pieceIndex of download.unsure) await download.recheck(pieceIndex);
  for (let pieceIndex = 0; pieceIndex < download.have.size; pieceIndex += 1) {
    if (!download.have.has(pieceIndex)) await download.write(pieceIndex, piece(pieceIndex));
  }
  await download.finish();
}

function sampleOf({ name, files }: Subject): { torrent: Metainfo & { readonly id: TorrentId }; content: Buffer } {
  const content = seededBytes(
    name,
    files.reduce((sum, { length }) => sum + length, 0),
  );
  const pieces = [];
  for (let offset = 0; offset < content.length; offset += pieceBytes) {
    pieces.push(
      createHash('sha1')
        .update(content.subarray(offset, offset + pieceBytes))
        .digest(),
    );
  }
  const list = files.map(({ path, length }) => ({ path: [...path], length }));
  const layout = files.length === 1 ? { length: content.length } : { files: list };
  const info = parseInfo(
    encodeBencode({ name: 'name', 'piece length': pieceBytes, pieces: Buffer.concat(pieces), ...layout }),
  );
  return { torrent: { ...(metainfoFromInfo(info) as Metainfo), id: info.v1?.infoHash as TorrentId }, content };
}

const finalPath = join(directory, 'name');

/** Files by their paths. */
type Files = ReadonlyMap<string, Buffer>;

async function putBefore({ before }: Subject, program: DiskProgram): Promise<void> {
  await makeFolder(directory, 0o700, program);
  for (const [path, text] of before) {
    await makeFolder(dirname(finalPath + path), 0o700, program);
    await writeFileAtomically(finalPath + path, text, 0o600, program);
  }
}

function newFiles({ files }: Subject, content: Buffer): Files {
  let offset = 0;
  const byPath = files.map(({ path, length }): [string, Buffer] => {
    offset += length;
    return [join(finalPath, ...path), content.subarray(offset - length, offset)];
  });
  return new Map(byPath);
}

function oldFiles({ before }: Subject): Files {
  return new Map(Array.from(before, ([path, text]) => [finalPath + path, Buffer.from(text)]));
}

function filesIn(disk: Tree): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const { path, bytes } of disk.paths()) if (bytes !== null) files.set(path, Buffer.from(bytes));
  return files;
}

function isOldOrNew(disk: Tree, subject: Subject, content: Buffer): boolean {
  const named = new Map([...filesIn(disk)].filter(([path]) => path === finalPath || path.startsWith(`${finalPath}/`)));
  return sameFiles(named, oldFiles(subject)) || sameFiles(named, newFiles(subject, content));
}

function sameFiles(some: Files, others: Files): boolean {
  return some.size === others.size && [...some].every(([path, bytes]) => others.get(path)?.equals(bytes));
}
