/** For tests: torrents with contents, and downloads of them. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { TorrentId } from '../../bytes/ids.ts';
import type { BencodeValue } from '../../protocols/bencode/types.ts';
import { encodeBencode } from '../../protocols/bencode/write.ts';
import { metainfoFromInfo } from '../../protocols/metainfo/from-info.ts';
import { parseInfo } from '../../protocols/metainfo/read-info.ts';
import { type Metainfo, pieceCount, pieceOffset, pieceSize } from '../../protocols/metainfo/types.ts';
import { silentLog } from '../log.ts';
import type { Download } from './download.ts';
import { type DownloadOptions, openDownload } from './open-download.ts';

/** The size of a piece in bytes: more than what is looked at at both ends of a doubtful piece. */
export const pieceBytes = 10_000;

export interface SampleFile {
  readonly path: readonly string[];
  readonly length: number;
  readonly padding?: boolean;
}

export interface Sample {
  readonly file: Metainfo & { readonly id: TorrentId };
  readonly content: Buffer;
}

/** One file, in so many pieces, the last of them short. */
export function singleSample(name = 'some.bin', pieces = 5, seed = name): Sample {
  const length = pieces === 0 ? 0 : pieces * pieceBytes - 1234;
  const content = noise(seed, length);
  return sampleOf(content, { name, length });
}

/** A tree with a padding, an empty file, files that share a piece, and one that has a piece of its own. */
export const treeFiles: readonly SampleFile[] = [
  { path: ['a', 'first'], length: 15_000 },
  { path: ['.pad', '5000'], length: 5_000, padding: true },
  { path: ['a', 'b', 'second'], length: 10_000 },
  { path: ['a', 'empty'], length: 0 },
  { path: ['third'], length: 3 },
  { path: ['fourth'], length: 21_000 },
  { path: ['c', 'fifth'], length: 7_000 },
];

export function treeSample(name = 'tree', files = treeFiles): Sample {
  const content = Buffer.concat(
    files.map(({ path, length, padding }) => (padding ? Buffer.alloc(length) : noise(`${name} ${path}`, length))),
  );
  const list = files.map(({ path, length, padding }) => ({ path: [...path], length, attr: padding ? 'p' : undefined }));
  return sampleOf(content, { name, files: list });
}

/** A torrent of `content`, whose files `described` tells of. */
export function sampleOf(content: Buffer, described: Record<string, BencodeValue | undefined>): Sample {
  const pieces = Buffer.concat(
    Array.from({ length: Math.ceil(content.length / pieceBytes) }, (_, pieceIndex) =>
      createHash('sha1')
        .update(content.subarray(pieceIndex * pieceBytes, (pieceIndex + 1) * pieceBytes))
        .digest(),
    ),
  );
  const info = parseInfo(encodeBencode({ ...described, 'piece length': pieceBytes, pieces }));
  return { file: { ...(metainfoFromInfo(info) as Metainfo), id: info.v1?.infoHash as TorrentId }, content };
}

/** Bytes that look random, the same for the same seed. */
export function noise(seed: string, length: number): Buffer {
  if (length === 0) return Buffer.alloc(0);
  return createHash('shake256', { outputLength: length }).update(seed).digest();
}

export function pieceOf({ file, content }: Sample, pieceIndex: number): Buffer {
  const offset = pieceOffset(file, pieceIndex);
  return content.subarray(offset, offset + pieceSize(file, pieceIndex));
}

export function allParts({ file }: Sample): number[] {
  return Array.from({ length: pieceCount(file) }, (_, pieceIndex) => pieceIndex);
}

/** Opens a download that is not there yet as a whole; it is closed after the test. */
export async function opened(
  t: TestContext,
  sample: Sample,
  directory: string,
  options: Partial<DownloadOptions> = {},
): Promise<Download> {
  const found = await openDownload({ directory, file: sample.file, overwrite: false, log: silentLog, ...options });
  assert.ok(found.kind === 'open');
  // One that a test has broken on purpose may fail to close.
  t.after(() => found.download.close().catch(() => {}));
  return found.download;
}

export async function writeParts(download: Download, sample: Sample, parts: readonly number[]): Promise<void> {
  for (const pieceIndex of parts) await download.write(pieceIndex, pieceOf(sample, pieceIndex));
}

/** Fails unless each piece in `have` reads as what it should be. */
export async function assertReads(download: Download, sample: Sample): Promise<void> {
  for (const pieceIndex of download.have) {
    const into = Buffer.alloc(pieceSize(sample.file, pieceIndex));
    await download.read(pieceIndex, into);
    assert.ok(into.equals(pieceOf(sample, pieceIndex)), `piece ${pieceIndex} is something else`);
  }
}

/** Fails unless the file or the tree at `path` is exactly what the torrent describes. */
export function assertComplete(path: string, { file, content }: Sample): void {
  const files = (file.files ?? [{ path: [], length: file.length, offset: 0, padding: false }]).filter(
    ({ padding }) => !padding,
  );
  for (const { path: names, length, offset } of files) {
    const bytes = readFileSync(join(path, ...names));
    assert.ok(bytes.equals(content.subarray(offset, offset + length)), `${names.join('/')} is something else`);
  }
  if (file.files === undefined) return;
  const found = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(path, name)).isFile(),
  );
  assert.deepEqual(found.sort(), files.map(({ path: names }) => names.join('/')).sort());
}

/** Puts the complete file or tree at `path`, as somebody else may have. */
export function putComplete(path: string, { file, content }: Sample): void {
  const files = file.files ?? [{ path: [], length: file.length, offset: 0, padding: false }];
  for (const { path: names, length, offset, padding } of files) {
    if (padding) continue;
    mkdirSync(dirname(join(path, ...names)), { recursive: true });
    writeFileSync(join(path, ...names), content.subarray(offset, offset + length));
  }
}

export const partName = ({ file }: Sample): string => `${file.id}.part`;

/** The path of the file, or of the folder of several, while it is not complete. */
export const dataPath = (directory: string, sample: Sample): string =>
  join(directory, partName(sample), 'data', sample.file.name);
