/**
 * Faults that the checks of K1 must notice: promises broken on purpose, behind the server's back or without the model's
 * knowledge, once each way in which they can be broken.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { remove, upload } from '../client.ts';
import { copiesOf, flipBit, pathsOf } from '../copies.ts';
import type { Random } from '../random.ts';
import type { Scene } from './checks.ts';
import type { Model, ModelFile } from './model.ts';

export interface Sabotage {
  readonly how: string;
  /** The name that a check must tell. */
  readonly name: string;
}

/** Breaks a promise in each way; called while everybody is idle. */
export async function sabotage(scene: Scene, model: Model, random: Random): Promise<Sabotage[]> {
  const [lost, altered, unlisted, risen] = fourOf(model.idle('kept'));
  await remove(scene.server.url, String(unlisted.id));
  await remove(scene.server.url, String(risen.id));
  model.promised(risen, 'gone');
  await upload(scene.server.url, [risen], 'raw');
  // While nobody moves pieces to and fro; and a peer that comes back is asked what it has.
  await Promise.all(scene.peers.map((peer) => peer.kill()));
  await lose(scene, lost);
  await alter(scene, altered, random);
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

/** Removes every piece of a file from every disk, and the indices that name them. */
async function lose({ server, peers }: Scene, { id }: ModelFile): Promise<void> {
  const stores = [join(server.root, 'temp/pieces'), ...peers.map(({ directory }) => directory)];
  for (const path of await pathsOf(stores, String(id))) await rm(path);
}

/** Turns one bit of every copy of the first piece. */
async function alter({ peers }: Scene, { id }: ModelFile, random: Random): Promise<void> {
  const copies = await copiesOf(String(id), peers);
  for (const copy of copies.get(0) ?? []) await flipBit(copy, random);
}

/** Puts a file that nobody lists into a peer's folder; answers its name. */
async function leaveBehind({ peers }: Scene): Promise<string> {
  const name = `${'0'.repeat(40)}.data`;
  await writeFile(join(String(peers[0]?.directory), name), 'left behind');
  return name;
}
