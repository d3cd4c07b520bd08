/**
 * The checks of what must hold whenever everybody is back and nobody asks for anything: promises kept, everything
 * listed can be downloaded, nothing left over of what is not listed. Each fault is a sentence that names its file.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inParallel } from '../../async/in-parallel.ts';
import type { FileView } from '../../protocols/api/types.ts';
import { type Content, listFiles } from '../client.ts';
import { download } from '../download.ts';
import { type Patience, untilNone, untilPeersAreBack } from '../patience.ts';
import type { PeerProgram, ServerProgram } from '../processes.ts';
import type { Model } from './model.ts';

export interface Scene extends Patience {
  readonly server: ServerProgram;
  readonly peers: readonly PeerProgram[];
}

const downloadsAtOnce = 8;

/** Checks that everybody comes back, promises are kept, and what is listed downloads. */
export async function checkAll(scene: Scene, model: Model): Promise<string[]> {
  const faults = await untilPeersAreBack(scene.server, scene.peers, scene);
  const listed = await listFiles(scene.server.url);
  faults.push(...model.judge(listed), ...(await checkDownloads(scene, model, listed)));
  return faults;
}

/** Checks that everything that is listed downloads completely, with every byte right. */
export async function checkDownloads(
  { server: { url } }: Scene,
  files: { get(view: FileView): Content | undefined },
  listed: readonly FileView[],
): Promise<string[]> {
  const faults: string[] = [];
  await inParallel(listed, downloadsAtOnce, async (view) => {
    const file = files.get(view);
    const outcome = file && (await download(url, `/download?file=${view.id}`, file));
    if (outcome === undefined || outcome.kind === 'whole') return;
    const { kind, ...detail } = outcome;
    faults.push(`${view.name} is listed, and its download is ${kind}: ${Object.values(detail).join(', ')}`);
  });
  return faults;
}

/** Checks that nothing is left, anywhere, of uploads that were cut off and of files that are not listed. */
export function checkLeftovers(scene: Scene): Promise<string[]> {
  return untilNone(scene, () => leftovers(scene));
}

async function leftovers({ server, peers }: Scene): Promise<string[]> {
  const listed = new Set((await listFiles(server.url)).map(({ id }) => id));
  // The peers are all back, and have everything: nothing needs a place in the temp store any more.
  const temp = ['temp/uploads', 'temp/pieces'].map((path) => entriesOf(join(server.root, path), path));
  const stores = peers.map(async ({ id, directory }) =>
    (await entriesOf(directory, id)).filter(({ name }) => isOfUnlisted(name, listed)),
  );
  const found = await Promise.all([...temp, ...stores]);
  return found.flat().map(({ folder, name }) => `${folder}/${name} is left over`);
}

/** The entries of a folder, but for that of dropped files, which are kept for a while (`drop_delay`). */
async function entriesOf(path: string, folder: string): Promise<{ readonly folder: string; readonly name: string }[]> {
  return (await readdir(path)).filter((name) => name !== 'aside').map((name) => ({ folder, name }));
}

/**
 * Whether `name` is `ID.data`, `ID.index` or the like of a file that is not listed; the FIFOs and the owner's note have
 * other names.
 */
function isOfUnlisted(name: string, listed: ReadonlySet<string>): boolean {
  const [, id] = /^([0-9a-f]{40})\./.exec(name) ?? [];
  return id !== undefined && !listed.has(id);
}
