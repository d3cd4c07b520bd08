/**
 * The info dictionary to its contents: v1 (BEP 3, "info dictionary"), v2 (BEP 52, "info dictionary"), or both. It is
 * read strictly, since a client that has its hash takes every word of it for true.
 *
 *     d6:lengthi11e4:name9:hello.txt12:piece lengthi16384e6:pieces20:...e
 */
import { createHash } from 'node:crypto';
import type { TorrentId } from '../../bytes/ids.ts';
import { atOnce } from '../../bytes/steps.ts';
import { BencodeError } from '../bencode/errors.ts';
import { type Bencode, type Dictionary, readBencode } from '../bencode/read.ts';
import { MetainfoError } from './errors.ts';
import { asDictionary, bytesIn, dictionaryIn, integerIn, listIn, readLength, required } from './fields.ts';
import { readFileTree } from './file-tree.ts';
import { checkCollisions, readName, readPath, shownPath } from './paths.ts';
import {
  blockBytes,
  type FileV2,
  type Info,
  metainfoLimits,
  pieceCount,
  sha1Bytes,
  type TorrentFile,
} from './types.ts';

/** The contents of the info dictionary `raw`, which a peer may have sent (BEP 9). Throws MetainfoError. */
export function parseInfo(raw: Uint8Array): Info {
  return atOnce(readInfoBytes(Buffer.from(raw.buffer, raw.byteOffset, raw.length)));
}

function* readInfoBytes(raw: Buffer): Generator<undefined, Info> {
  return yield* readInfo(asDictionary(yield* readStrictly(raw), 'info'), raw);
}

/** The bencode in `bytes`, in short steps. Throws MetainfoError. */
export function* readStrictly(bytes: Uint8Array): Generator<undefined, Bencode> {
  try {
    return yield* readBencode(bytes);
  } catch (cause) {
    if (!(cause instanceof BencodeError)) throw cause;
    throw new MetainfoError('bad-bencode', `not valid bencode: ${cause.message}`, { cause });
  }
}

/**
 * The contents of `info`, whose bytes are `raw`: info-hashes are over those (BEP 3, "trackers"). In short steps. Throws
 * MetainfoError.
 */
export function* readInfo(info: Dictionary, raw: Buffer): Generator<undefined, Info> {
  const name = readName(info);
  const pieceLength = required(integerIn(info, 'piece length', 1, metainfoLimits.pieceLengthMax), 'piece length');
  const filesV2 = yield* readFilesV2(info, pieceLength);
  const pieces = filesV2 === undefined ? required(bytesIn(info, 'pieces'), 'pieces') : bytesIn(info, 'pieces');
  const layout = filesV2 !== undefined && pieces === undefined ? layoutV2(filesV2, name) : yield* readLayout(info);
  const described = { name, pieceLength, ...layout };
  checkSize(described);
  yield* checkCollisions(layout.files ?? []);
  if (filesV2 !== undefined && pieces !== undefined) checkHybrid(described, filesV2);
  return {
    ...described,
    raw,
    private: info.get('private') === 1,
    v1: pieces && { infoHash: hashOf(raw, 'sha1') as TorrentId, pieceHashes: checkPieces(pieces, described) },
    v2: filesV2 && { infoHash: hashOf(raw, 'sha256'), files: filesV2 },
  };
}

type Layout = Pick<Info, 'length' | 'files'>;
type Described = Pick<Info, 'name' | 'length' | 'pieceLength' | 'files'>;

/** The files in v1: `length` for a single one, or `files` (BEP 3, "info dictionary"). */
function* readLayout(info: Dictionary): Generator<undefined, Layout> {
  const files = listIn(info, 'files');
  if (files === undefined) return { length: readLength(info) };
  if (info.get('length') !== undefined) throw new MetainfoError('ambiguous', 'there is "length" as well as "files"');
  if (files.length === 0) throw new MetainfoError('missing-key', 'the list "files" is empty');
  if (files.length > metainfoLimits.filesMax) {
    throw new MetainfoError('too-large', `${files.length} files, the most are ${metainfoLimits.filesMax}`);
  }
  let offset = 0;
  const read: TorrentFile[] = [];
  for (const item of files) {
    const file = asDictionary(item, 'files');
    const length = readLength(file);
    const padding = bytesIn(file, 'attr')?.includes('p') === true;
    read.push({ path: readPath(file), length, offset, padding });
    offset += length;
    yield undefined;
  }
  return { length: offset, files: read };
}

/** The files in v2 (BEP 52, "info dictionary"); undefined for a v1 torrent. */
function* readFilesV2(info: Dictionary, pieceLength: number): Generator<undefined, FileV2[] | undefined> {
  const version = integerIn(info, 'meta version', 1, Number.MAX_SAFE_INTEGER) ?? 1;
  if (version > 2) throw new MetainfoError('bad-version', `"meta version" must be 1 or 2, not ${version}`);
  if (version === 1) return undefined;
  if (pieceLength < blockBytes || !Number.isInteger(Math.log2(pieceLength))) {
    const rule = `a power of two from ${blockBytes} on`;
    throw new MetainfoError('bad-number', `"piece length" must be ${rule} in a v2 torrent, not ${pieceLength}`);
  }
  return yield* readFileTree(required(dictionaryIn(info, 'file tree'), 'file tree'), pieceLength);
}

/** The layout of a v2 torrent: one whose only file has its name has no folder (BEP 52, "file tree"). */
function layoutV2(files: readonly FileV2[], name: string): Layout {
  const [first, ...others] = files as [FileV2, ...FileV2[]];
  if (others.length === 0 && first.path.length === 1 && first.path[0] === name) return { length: first.length };
  const ends = files.map(({ offset, length }) => (length === 0 ? 0 : offset + length));
  return {
    length: ends.reduce((end, other) => Math.max(end, other), 0),
    files: files.map(({ path, length, offset }) => ({ path, length, offset, padding: false })),
  };
}

function checkSize(described: Described): void {
  const pieces = pieceCount(described);
  if (pieces <= metainfoLimits.piecesMax) return;
  throw new MetainfoError('too-large', `${pieces} pieces, the most are ${metainfoLimits.piecesMax}`);
}

function checkPieces(pieces: Buffer, described: Described): Buffer {
  const bytes = pieceCount(described) * sha1Bytes;
  if (pieces.length === bytes) return pieces;
  const content = `${described.length} bytes in pieces of ${described.pieceLength}`;
  throw new MetainfoError('bad-pieces', `"pieces" must be ${bytes} bytes for ${content}, not ${pieces.length}`);
}

/** Throws unless both parts have the same files, at the same places, paddings aside (BEP 52, "Upgrade Path"). */
function checkHybrid({ name, length, files }: Described, filesV2: readonly FileV2[]): void {
  const filesV1 = (files ?? [{ path: [name], length, offset: 0, padding: false }]).filter(({ padding }) => !padding);
  if (filesV1.length !== filesV2.length) {
    throw new MetainfoError(
      'hybrid-mismatch',
      `${filesV1.length} files in the v1 part, ${filesV2.length} in the v2 part`,
    );
  }
  for (const [index, one] of filesV1.entries()) {
    const other = filesV2[index] as FileV2;
    const same = one.length === other.length && one.path.join('/') === other.path.join('/');
    if (same && (one.length === 0 || one.offset === other.offset)) continue;
    const place = `${shownPath(one.path)} of the v1 part`;
    throw new MetainfoError('hybrid-mismatch', `${place} is not as long, or not at the same place, in the v2 part`);
  }
}

function hashOf(bytes: Buffer, algorithm: 'sha1' | 'sha256'): string {
  return createHash(algorithm).update(bytes).digest('hex');
}
