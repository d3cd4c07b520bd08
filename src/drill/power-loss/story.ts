/**
 * The stories of K2: each is played once on a disk, with promises made on the way, and a judge who looks at what a
 * power loss may leave of the disk at each moment. Here it is recorded and judged; the stories themselves are beside.
 */
import { createHash } from 'node:crypto';
import type { Random } from '../random.ts';
import { below } from '../random.ts';
import { CachedDisk, type Moment } from './cached-disk.ts';
import { DiskProgram, type ProgramOptions } from './disk-program.ts';
import { type ImageLimits, imagesAt } from './images.ts';
import type { Tree } from './tree.ts';

export interface Story<Promises> {
  readonly name: string;
  /** Plays the story to its end. */
  play(stage: Stage<Promises>): Promise<void>;
  /** Recovers from `image` as after a power loss; says what was promised and is not so, a sentence each. */
  judge(image: Tree, promises: Promises, random: Random): Promise<string[]>;
}

/** The stage that a story is played on. */
export interface Stage<Promises> {
  /** The disk as one more program sees it; each can be killed by itself. */
  program(): DiskProgram;
  /** Promises what must hold from now on, no less. It replaces the promise before, and is never changed afterwards. */
  promise(promises: Promises): void;
  /** Called at every moment at which the power may fail. */
  onMoment: () => void;
}

export interface Scope extends ImageLimits {
  /** The number of moments of which one is looked at. */
  readonly every: number;
  /** The most failures: looking at more of the same shows nothing new. */
  readonly failuresMax: number;
}

export interface Findings {
  readonly moments: number;
  readonly images: number;
  /** The failures, a sentence each, the same one once. */
  readonly failures: readonly string[];
}

/** The most that a call of the disk is late, in turns of the event loop: so that calls overtake each other. */
const turnsMax = 3;
/** Plays the story and judges its images. `syncs`: which fsyncs do what they should; all, by default. */
export async function examine<Promises>(
  story: Story<Promises>,
  scope: Scope,
  random: Random,
  { signal, syncs }: { readonly signal: AbortSignal } & Pick<ProgramOptions, 'syncs'>,
): Promise<Findings> {
  const recorded = await record(story, random, syncs);
  const failures = new Set<string>();
  const seen = new Set<string>();
  for (let index = below(random, scope.every); index < recorded.length; index += scope.every) {
    const { moment, promises } = recorded[index] as Recorded<Promises>;
    for (const image of imagesAt(moment, scope, random)) {
      const digest = digestOf(image, promises);
      if (seen.has(digest)) continue;
      seen.add(digest);
      signal.throwIfAborted();
      for (const failure of await judged(story, image, promises, random)) failures.add(`${story.name}: ${failure}`);
      if (failures.size >= scope.failuresMax)
        return { moments: recorded.length, images: seen.size, failures: [...failures] };
    }
  }
  return { moments: recorded.length, images: seen.size, failures: [...failures] };
}

/** Recovers and judges; a recovery that breaks down is a failure. */
async function judged<Promises>(
  story: Story<Promises>,
  image: Tree,
  promises: Promises,
  random: Random,
): Promise<string[]> {
  try {
    return await story.judge(image, promises, random);
  } catch (error) {
    return [`it cannot be recovered: ${error instanceof Error ? error.stack : error}`];
  }
}

interface Recorded<Promises> {
  readonly moment: Moment;
  readonly promises: Promises;
}

async function record<Promises>(
  story: Story<Promises>,
  random: Random,
  syncs: ProgramOptions['syncs'],
): Promise<Recorded<Promises>[]> {
  const disk = new CachedDisk();
  const recorded: Recorded<Promises>[] = [];
  let promises: { readonly value: Promises } | undefined;
  const note = (): void => {
    if (promises !== undefined) recorded.push({ moment: disk.moment, promises: promises.value });
    stage.onMoment();
  };
  const work = async (): Promise<void> => {
    for (let turns = below(random, turnsMax); turns > 0; turns -= 1) await new Promise(setImmediate);
  };
  const stage: Stage<Promises> = {
    program: () => new DiskProgram(disk, { onStep: note, work, ...(syncs && { syncs }) }),
    promise: (value) => {
      promises = { value };
    },
    onMoment: () => {},
  };
  await story.play(stage);
  note();
  return recorded;
}

/** A key that is equal for images that nobody can tell apart, with equal promises. */
function digestOf(image: Tree, promises: unknown): string {
  const hash = createHash('sha1').update(JSON.stringify(promises));
  for (const { path, bytes } of [...image.paths()].sort((one, other) => (one.path < other.path ? -1 : 1))) {
    hash.update(`\0${path}\0${bytes?.length ?? 'folder'}\0`).update(bytes ?? '');
  }
  return hash.digest('base64');
}
