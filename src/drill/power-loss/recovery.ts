/**
 * After the power loss: the server and its peers start on what is left, in the order of real life, and are looked at.
 * Once more on what that left, and sometimes after another power loss in the middle of it.
 */
import { below, pick, type Random } from '../random.ts';
import { CachedDisk, type Moment } from './cached-disk.ts';
import { DiskProgram } from './disk-program.ts';
import { type Expectation, faultsOf, settled } from './expectations.ts';
import { imagesAt } from './images.ts';
import type { Tree } from './tree.ts';
import { World } from './world.ts';

/** The number of recoveries of which one is itself cut off by a power loss. */
const recoveriesPerLoss = 8;

/** Every fault that is found, a sentence each. */
export async function judgeImage(image: Tree, expectations: readonly Expectation[], random: Random): Promise<string[]> {
  const once = await recover(image, expectations);
  const twice = await recover(once.left, once.settled);
  const faults = [...once.faults, ...twice.faults.map((fault) => `started once more, ${fault}`)];
  if (below(random, recoveriesPerLoss) > 0) return faults;
  const [worse] = imagesAt(pick(random, once.moments), { allMax: 0, sampled: 0 }, random);
  const cutOff = await recover(worse as Tree, expectations);
  return [...faults, ...cutOff.faults.map((fault) => `cut off while it recovered, ${fault}`)];
}

interface Recovery {
  readonly faults: readonly string[];
  readonly settled: readonly Expectation[];
  /** The tree that is on the disk afterwards. */
  readonly left: Tree;
  /** The moments at which the power could have failed again. */
  readonly moments: readonly Moment[];
}

async function recover(image: Tree, expectations: readonly Expectation[]): Promise<Recovery> {
  const disk = new CachedDisk(image);
  const moments: Moment[] = [];
  const program = new DiskProgram(disk, { onStep: () => moments.push(disk.moment) });
  const world = await World.open(program);
  await world.addPeers(program);
  await world.idle();
  const faults = await faultsOf(world, disk.live, expectations);
  const seen = settled(expectations, world);
  await world.close({ peersToo: true });
  if (program.openFiles > 0) faults.push(`${program.openFiles} files are still open after the end`);
  return { faults, settled: seen, left: disk.live, moments: [...moments, disk.moment] };
}
