/**
 * What the checks of K1 must notice: promises broken on purpose, behind the server's back or without the model's
 * knowledge, once each way in which they can be broken.
 */
import { open, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { remove, upload } from '../client.ts';
import { below, type Random } from '../random.ts';
import type { Scene } from './checks.ts';
import type { Model, ModelFile } from './model.ts';

export interface Sabotage {
  readonly how: string;
  /** What a check must name. */
  readonly name: string;
}

/** To be called while everybody is idle. */
export async function sabotage(scene: Scene, model: Model, random: Random): Promise<Sabotage[]> {
  const [lost, altered, unlisted, risen] = fourOf(model.idle('kept'));
  await loseCopies(scene, lost);
  await alterCopies(scene, altered, below(random, altered.length));
  await remove(scene.server.url, String(unlisted.id));
  await remove(scene.server.url, String(risen.id));
  model.promised(risen, 'gone');
  await upload(scene.server.url, [risen], 'raw');
  // Only now: a peer that is killed and comes back is asked what it has.
  await Promise.all(scene.peers.map((peer) => peer.kill()));
  await Promise.all(scene.peers.map((peer) => peer.start()));
  const leftover = await leaveBehind(scene);
  return [
    { how: 'removed from every disk', name: lost.name },
    { how: 'altered on every disk', name: altered.name },
    { how: 'deleted behind our back', name: unlisted.name },
    { how: 'brought back after its delete', name: risen.name },
    { how: 'left on a disk without being listed', name: leftover },
  ];
}

function fourOf(files: readonly ModelFile[]): [ModelFile, ModelFile, ModelFile, ModelFile] {
  const [first, second, third, fourth] = files;
  if (fourth === undefined) throw new Error(`${files.length} files are too few to break promises of each kind`);
  return [first, second, third, fourth] as [ModelFile, ModelFile, ModelFile, ModelFile];
}

/** Every file on a disk that holds pieces of `id`. */
async function copiesOf({ server, peers }: Scene, { id }: ModelFile): Promise<string[]> {
  const stores = [join(server.root, 'temp/pieces'), ...peers.map(({ directory }) => directory)];
  const names = await Promise.all(stores.map(async (store) => (await readdir(store)).map((name) => join(store, name))));
  return names.flat().filter((path) => path.includes(String(id)));
}

async function loseCopies(scene: Scene, file: ModelFile): Promise<void> {
  for (const path of await copiesOf(scene, file)) await rm(path);
}

/** Turns one bit of the byte at `position`, in every copy. */
async function alterCopies(scene: Scene, file: ModelFile, position: number): Promise<void> {
  for (const path of (await copiesOf(scene, file)).filter((path) => path.endsWith('.data'))) {
    const handle = await open(path, 'r+');
    const byte = Buffer.alloc(1);
    const { bytesRead } = await handle.read(byte, 0, 1, position);
    byte.writeUInt8(byte.readUInt8(0) ^ 1);
    // A copy may hold other pieces only, and be shorter.
    if (bytesRead === 1) await handle.write(byte, 0, 1, position);
    await handle.close();
  }
}

/** Puts a file that nobody lists into a peer's folder; answers its name. */
async function leaveBehind({ peers }: Scene): Promise<string> {
  const name = `${'0'.repeat(40)}.data`;
  await writeFile(join(String(peers[0]?.directory), name), 'left behind');
  return name;
}
