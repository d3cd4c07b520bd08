/**
 * The promises of a server's files, of which some came together. Checked on a world that has recovered; each fault is a
 * sentence that names its file.
 *
 *     kept    acknowledged: there, byte for byte, with its copies
 *     gone    its delete was acknowledged, or its upload was refused: nothing of it is left, anywhere
 *     open    one of the two, nobody was told which
 */
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { bytesOf, type Content } from '../client.ts';
import type { Tree } from './tree.ts';
import { folders, peerIds, type World } from './world.ts';

export interface Expectation {
  /** The files that came together: all or none of them must be there. */
  readonly contents: readonly Content[];
  readonly fate: 'kept' | 'gone' | 'open';
}

/** Settles what was open by what was seen: whoever has looked may rely on that. */
export function settled(expectations: readonly Expectation[], world: World): readonly Expectation[] {
  return expectations.map((expectation) => {
    if (expectation.fate !== 'open') return expectation;
    return { ...expectation, fate: expectation.contents.every(({ name }) => listed(world, name)) ? 'kept' : 'gone' };
  });
}

/** Judges a world, while it is idle; `disk` is what lies on its disk. */
export async function faultsOf(world: World, disk: Tree, expectations: readonly Expectation[]): Promise<string[]> {
  const faults: string[] = [];
  for (const expectation of expectations) faults.push(...(await faultsOfOne(world, expectation)));
  const names = new Set(expectations.flatMap(({ contents }) => contents.map(({ name }) => name)));
  for (const { record } of world.domain.catalog.entries()) {
    if (!names.has(record.name)) faults.push(`${record.name} is listed, and was never uploaded`);
  }
  return [...faults, ...leftovers(world, disk)];
}

async function faultsOfOne(world: World, { contents, fate }: Expectation): Promise<string[]> {
  const there = contents.filter(({ name }) => listed(world, name) !== undefined);
  const some = there.map(({ name }) => name).join(', ');
  if (fate === 'gone' && there.length > 0) return [`${some}: deleted, or refused, and listed`];
  if (fate === 'kept' && there.length < contents.length) {
    return contents.filter((one) => !there.includes(one)).map(({ name }) => `${name}: acknowledged, and not listed`);
  }
  if (there.length > 0 && there.length < contents.length) return [`of one form only ${some} came in`];
  return (await Promise.all(there.map((content) => faultsOfContent(world, content)))).flat();
}

async function faultsOfContent(world: World, content: Content): Promise<string[]> {
  const entry = listed(world, content.name) as TorrentEntry;
  const copies = entry.replicas;
  // Without peers the server's own copy is all there is.
  const wanted = world.domain.registry.online().length === peerIds.length ? peerIds.length : 1;
  try {
    const bytes = await world.download(entry);
    if (!bytes.equals(bytesOf(content))) return [`${content.name}: listed, and has other bytes`];
  } catch (error) {
    return [`${content.name}: listed, and cannot be downloaded: ${String(error)}`];
  }
  return copies < wanted ? [`${content.name}: ${copies} copies after the repair`] : [];
}

/** Files on the disk that belong to nothing. */
function leftovers({ domain: { catalog } }: World, disk: Tree): string[] {
  const listed = new Set(Array.from(catalog.entries(), ({ record }) => String(record.id)));
  return [...disk.paths()].flatMap(({ path, bytes }) => {
    const folder = path.slice(0, path.lastIndexOf('/'));
    const [id = ''] = path.slice(folder.length + 1).split('.');
    const ofNothing = (folders.stores as readonly string[]).includes(folder) && !listed.has(id);
    return bytes !== null && (ofNothing || folder === folders.uploads) ? [`${path} is left over`] : [];
  });
}

function listed({ domain: { catalog } }: World, name: string): TorrentEntry | undefined {
  return catalog.named(name)[0];
}
