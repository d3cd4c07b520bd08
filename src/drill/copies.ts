/**
 * Copies of pieces as they lie on the disks of peers, seen from beside: nobody is asked, the files are read. Turns bits
 * in them, and tells which copies are right. Knows no server.
 *
 *     ROOT/peers/p1/ID.index     piece 3 49152 16384 356a192b7913b04c54574d18c28d46e6395428ab f18f8e8f
 *     ROOT/peers/p1/ID.data      the bytes of piece 3 from 49,152 on
 */
import { createHash } from 'node:crypto';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PieceRecord } from '../bytes/pieces.ts';
import { nodeFiles } from '../io/files/calls.ts';
import { readFully, writeFully } from '../io/files/files.ts';
import { IndexFile } from '../io/pieces/index-file.ts';
import type { PeerProgram } from './processes.ts';
import { below, type Random } from './random.ts';

/** One piece of one file on one peer's disk; `offset` is where it lies in the data file. */
export interface DiskCopy extends PieceRecord {
  readonly peer: string;
  readonly dataPath: string;
}

/** The copies of each piece of the file `id`, as the indices of `peers` name them. */
export async function copiesOf(id: string, peers: readonly PeerProgram[]): Promise<Map<number, DiskCopy[]>> {
  const copies = new Map<number, DiskCopy[]>();
  for (const { id: peer, directory } of peers) {
    const { pieces } = await IndexFile.load(join(directory, `${id}.index`), nodeFiles);
    for (const [pieceIndex, piece] of pieces) {
      const copy = { ...piece, peer, dataPath: join(directory, `${id}.data`) };
      copies.set(pieceIndex, [...(copies.get(pieceIndex) ?? []), copy]);
    }
  }
  return copies;
}

/** Every path in the folders `stores` that has to do with the file `id`. */
export async function pathsOf(stores: readonly string[], id: string): Promise<string[]> {
  const names = await Promise.all(stores.map(async (store) => (await readdir(store)).map((name) => join(store, name))));
  return names.flat().filter((path) => path.includes(id));
}

/** The bytes as they are, right or wrong. */
export async function readCopy({ dataPath, offset, size }: DiskCopy): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  const file = await open(dataPath);
  try {
    await readFully(file, bytes, offset);
  } finally {
    await file.close();
  }
  return bytes;
}

/** Whether the bytes have the hash that the index gives them. */
export async function isRight(copy: DiskCopy): Promise<boolean> {
  return (
    createHash('sha1')
      .update(await readCopy(copy))
      .digest('hex') === copy.sha1
  );
}

/** Turns one of the copy's bits, whichever. */
export async function flipBit(copy: DiskCopy, random: Random): Promise<void> {
  const position = copy.offset + below(random, copy.size);
  const file = await open(copy.dataPath, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await readFully(file, byte, position);
    byte.writeUInt8(byte.readUInt8(0) ^ (1 << below(random, 8)));
    await writeFully(file, byte, position);
  } finally {
    await file.close();
  }
}
