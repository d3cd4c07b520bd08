/**
 * Torrents made of good and bad values at random, some with bytes changed afterwards. Whatever comes, it is refused with
 * a MetainfoError, or what was read of it holds together: the hash is over bytes that stand there, no path leaves the
 * folder or meets another, there is a hash for each piece, and what we hand on says the same.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { posix, win32 } from 'node:path';
import type { BencodeValue } from '../../src/protocols/bencode/types.ts';
import { MetainfoError } from '../../src/protocols/metainfo/errors.ts';
import { metainfoFromInfo } from '../../src/protocols/metainfo/from-info.ts';
import { parseTorrent } from '../../src/protocols/metainfo/read.ts';
import {
  hybrid,
  multi,
  multiV2,
  multiV2Layers,
  single,
  singleV2,
  torrentOf,
  type Values,
} from '../../src/protocols/metainfo/samples.testing.ts';
import { pieceCount, type Torrent } from '../../src/protocols/metainfo/types.ts';
import { encodeTorrent } from '../../src/protocols/metainfo/write.ts';
import { Random } from './random.ts';

/** How many rounds are worth a minute or two. */
export const roundsByDefault = 200_000;

export interface Outcomes {
  taken: number;
  refused: number;
}

/** Throws at the first round whose outcome is not as it should be; the message repeats it. */
export function fuzz(seed: number, rounds: number, parse = parseTorrent): Outcomes {
  const random = new Random(seed);
  const outcomes = { taken: 0, refused: 0 };
  for (let round = 0; round < rounds; round += 1) {
    const bytes = makeTorrent(random);
    try {
      outcomes[checkRound(bytes, parse)] += 1;
    } catch (cause) {
      throw new Error(`seed ${seed}, round ${round}: ${JSON.stringify(bytes.toString('latin1'))}`, { cause });
    }
  }
  return outcomes;
}

function checkRound(bytes: Buffer, parse: typeof parseTorrent): keyof Outcomes {
  let torrent: Torrent;
  try {
    torrent = parse(bytes);
  } catch (error) {
    if (error instanceof MetainfoError) return 'refused';
    throw error;
  }
  checkHashes(bytes, torrent);
  checkLayout(torrent);
  const metainfo = metainfoFromInfo(torrent.info, torrent.pieceLayers);
  if (metainfo !== undefined) {
    const handedOn = parse(encodeTorrent(metainfo, { creationDate: 0, trackers: [], webSeeds: [] }));
    assert.deepEqual(handedOn.info, torrent.info);
  }
  return 'taken';
}

function checkHashes(bytes: Buffer, { info }: Torrent): void {
  assert.ok(bytes.includes(info.raw));
  assert.ok(info.v1 !== undefined || info.v2 !== undefined);
  if (info.v1 !== undefined) {
    assert.equal(info.v1.infoHash, createHash('sha1').update(info.raw).digest('hex'));
    assert.equal(info.v1.pieceHashes.length, 20 * pieceCount(info));
  }
  if (info.v2 !== undefined) assert.equal(info.v2.infoHash, createHash('sha256').update(info.raw).digest('hex'));
}

function checkLayout({ info: { name, files, length, v2 } }: Torrent): void {
  const paths = files?.filter(({ padding }) => !padding).map(({ path }) => [name, ...path]) ?? [[name]];
  for (const path of paths) {
    for (const { join, sep } of [posix, win32])
      assert.equal(join('in', ...path), ['in', ...path].join(sep), 'it leads where it says');
  }
  const joined = paths.map((path) => path.join('/').toLowerCase());
  assert.equal(new Set(joined).size, joined.length, 'no two meet');
  let at = 0;
  for (const file of files ?? []) {
    assert.ok(file.offset >= at && (v2 !== undefined || file.offset === at), 'one follows the other');
    at = file.offset + file.length;
  }
  if (files !== undefined) assert.ok(at <= length || files.at(-1)?.length === 0);
}

/** Each of these may stand wherever a value is. */
const oddValues: readonly BencodeValue[] = [
  ...[0, 1, 2, -1, 16384, 2n ** 53n, 2n ** 63n, '', 'x', '..', Buffer.alloc(20), Buffer.alloc(32)],
  ...[[], ['a'], [['a']], {}, { '': {} }],
];
const elements = ['a', 'A', 'b', 'ä', 'a\u0308', '.', '..', '', 'a/b', 'a\\b', 'con', 'c:', '\0', '. ', 'é', '\xff'];

function makeTorrent(random: Random): Buffer {
  const base = random.pick([single, multi, multi, singleV2, multiV2, hybrid]);
  const info: Values = { ...base };
  if (base === multi && random.once(2)) info.files = makeFiles(random, 11);
  while (random.once(2))
    info[random.pick([...Object.keys(info), 'private', 'length', 'files'])] = random.pick(oddValues);
  const others: Values = { 'piece layers': random.once(20) ? random.pick(oddValues) : multiV2Layers };
  if (random.once(4)) others[random.pick(['announce', 'announce-list', 'url-list', 'x'])] = random.pick(oddValues);
  return random.once(3) ? damage(torrentOf(info, others), random) : torrentOf(info, others);
}

/** Some files with `length` bytes in all. */
function makeFiles(random: Random, length: number): BencodeValue {
  const count = 1 + random.below(4);
  return Array.from({ length: count }, (_, index) => ({
    length: index === 0 ? length : 0,
    path: Array.from({ length: 1 + random.below(3) }, () => random.pick(elements)),
    attr: random.once(6) ? 'p' : undefined,
  }));
}

function damage(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length);
  switch (random.below(4)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(3))]);
    case 2:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(random.pick(['i', 'e', '0', 'l', 'd'])),
        bytes.subarray(at),
      ]);
    default:
      bytes[at] = random.below(256);
      return bytes;
  }
}
