/** A file's pieces as they lie on the disks of peers and of the server, found and spoiled behind everybody's back. */
import { open, readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';

/** The paths in the folders `stores` that hold something of the file `id`. */
export async function pathsOf(stores: readonly string[], id: string): Promise<string[]> {
  const names = await Promise.all(stores.map(async (store) => (await readdir(store)).map((name) => join(store, name))));
  return names.flat().filter((path) => path.includes(id));
}

/** Turns one bit of the byte at `position`, which stays as it is where the file is shorter: it holds other pieces. */
export async function flipBit(path: string, position: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    const { bytesRead } = await file.read(byte, 0, 1, position);
    byte.writeUInt8(byte.readUInt8(0) ^ 1);
    if (bytesRead === 1) await file.write(byte, 0, 1, position);
  } finally {
    await file.close();
  }
}

/** Cuts off what lies from `position` on. */
export async function cutShort(path: string, position: number): Promise<void> {
  await truncate(path, position);
}
