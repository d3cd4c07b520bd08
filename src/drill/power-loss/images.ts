/**
 * The images that may be on the disk when the power comes back: of all that was not synced, any part. Where there are
 * few of them all are made; else none of it, all of it, each change alone, all but each, and some at random. Pure.
 */
import { below, type Random } from '../random.ts';
import type { LoggedChange, Moment } from './cached-disk.ts';
import type { Change, Tree } from './tree.ts';

export interface ImageLimits {
  /** The most images of which all are made. */
  readonly allMax: number;
  /** The number of random images, beside the extreme ones, where there are more. */
  readonly sampled: number;
}

/** The fate of a change that was not synced. Only the writing of bytes can be torn. */
type Fate = 'lost' | 'torn' | 'arrived';

/** Yields images of `moment`; every image is new and may be changed. */
export function* imagesAt({ base, log }: Moment, limits: ImageLimits, random: Random): Generator<Tree> {
  const pending = log.filter(({ durable }) => !durable).map(({ change }) => fatesOf(change));
  const count = pending.reduce((product, fates) => product * fates.length, 1);
  const choices = count <= limits.allMax ? allChoices(pending) : someChoices(pending, limits.sampled, random);
  for (const fates of choices) yield imageWith(base, log, fates);
}

function fatesOf(change: Change): readonly Fate[] {
  if (change.kind === 'bytes' && change.bytes.length > 1) return ['lost', 'torn', 'arrived'];
  return ['lost', 'arrived'];
}

function* allChoices(pending: readonly (readonly Fate[])[]): Generator<readonly Fate[]> {
  const [fates, ...others] = pending;
  if (fates === undefined) return yield [];
  for (const rest of allChoices(others)) for (const fate of fates) yield [fate, ...rest];
}

function* someChoices(
  pending: readonly (readonly Fate[])[],
  sampled: number,
  random: Random,
): Generator<readonly Fate[]> {
  for (const common of ['lost', 'arrived'] as const) {
    yield pending.map(() => common);
    for (const [index, fates] of pending.entries()) {
      for (const fate of fates) {
        if (fate !== common) yield pending.map((_, other) => (other === index ? fate : common));
      }
    }
  }
  for (let done = 0; done < sampled; done += 1)
    yield pending.map((fates) => fates[below(random, fates.length)] as Fate);
}

function imageWith(base: Tree, log: readonly LoggedChange[], fates: readonly Fate[]): Tree {
  const image = base.copy();
  const next = fates.values();
  for (const { change, durable } of log) {
    const fate = durable ? 'arrived' : next.next().value;
    if (fate === 'arrived') image.apply(change);
    else if (fate === 'torn') image.apply(firstHalf(change));
  }
  return image;
}

function firstHalf(change: Change): Change {
  return change.kind === 'bytes' ? { ...change, bytes: change.bytes.subarray(0, change.bytes.length >> 1) } : change;
}
