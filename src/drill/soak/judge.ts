/**
 * Whether a process that has been working for a while leaks: what was seen of it, moment after moment, each time that
 * nobody asked for anything. Pure.
 *
 * The first quarter does not count: caches fill, pools of buffers find their size. Descriptors are counted exactly, and
 * live memory nearly so; a line is laid through it, and told with its error. A short soak cannot tell a slope of 1 MiB
 * an hour from the last bits of warming up: there, and for the memory that Linux sees, only a coarse bound is judged.
 */
import type { DrillReport } from '../drill.ts';
import { largest } from '../statistics.ts';
import type { Gauges } from './gauges.ts';
import { type Point, trendOf } from './trend.ts';

export interface Sample extends Gauges {
  readonly hours: number;
  /** The memory after a full collection of garbage; measured now and then. */
  readonly liveBytes?: number;
  /** The live memory by the class of objects. */
  readonly liveKinds?: ReadonlyMap<string, number>;
}

export interface Series {
  /** The name of the process. */
  readonly name: string;
  /** The samples in the order of time. */
  readonly samples: readonly Sample[];
}

const MiB = 1024 * 1024;
/** The growth that is accepted, in MiB per hour. */
const slopeMax = 1;
/** The shortest soak, in hours without the first quarter, that can tell a slope. */
const slopeHoursMin = 0.5;
/**
 * The growth of live memory that is accepted: a peer keeps buffers of at most 32 MiB for the next pieces, and may get
 * there late in a short soak.
 */
const liveGrowthMaxMiB = 48;
/** The growth of memory with garbage that is accepted: V8 leaves more of it when nothing hurries it. */
const growthMaxMiB = 128;
/**
 * The most open files: data files are kept open for the next read, up to a number; beside them are the journal, the log
 * and locks.
 */
const filesMax = 80;

/** The number of kinds of objects that are named when memory grows. */
const kindsShown = 3;

export function judgeSeries({ name, samples }: Series): DrillReport {
  const quarter = Math.floor(samples.length / 4);
  const settled = samples.slice(quarter);
  const [second, last] = [samples.slice(quarter, 2 * quarter), samples.slice(-quarter)];
  const channels = [second, last].map((part) => Math.min(...part.map((sample) => sample.channels)));
  const [before = 0, after = 0] = channels;
  const files = largest(settled.map((sample) => sample.files));
  const growthMiB = lowestMiB(last) - lowestMiB(second);
  const memory = judgeLiveMemory(name, settled);
  const failures = [
    ...(after > before ? [`${name} had ${before} channels open in the second quarter, ${after} in the last`] : []),
    ...(files > filesMax ? [`${name} had ${files} files open`] : []),
    ...(growthMiB > growthMaxMiB ? [`the memory of ${name} as Linux sees it grew by ${growthMiB.toFixed(1)} MiB`] : []),
  ];
  const facts = {
    [`${name}: channels`]: after,
    [`${name}: files open, at most`]: files,
    [`${name}: MiB in all`]: lowestMiB(settled),
    ...memory.facts,
  };
  return { facts, failures: [...failures, ...memory.failures] };
}

function judgeLiveMemory(name: string, settled: readonly Sample[]): DrillReport {
  const points = settled.flatMap(({ hours, liveBytes }): Point[] =>
    liveBytes === undefined ? [] : [{ hours, value: liveBytes / MiB }],
  );
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length < 3) throw new Error('a trend needs three points');
  const { perHour, error } = trendOf(points);
  const slope = `${perHour.toFixed(2)} ± ${(2 * error).toFixed(2)} MiB an hour`;
  const where = growthOf(settled.flatMap(({ liveKinds }) => liveKinds ?? []));
  const facts = {
    [`${name}: MiB alive`]: last.value,
    [`${name}: slope of that`]: slope,
    ...(where !== '' && { [`${name}: grew most, KiB`]: where }),
  };
  const long = last.hours - first.hours >= slopeHoursMin;
  if (long && perHour - 2 * error > slopeMax) {
    return {
      facts,
      failures: [`the live memory of ${name} grows by ${slope}${where && `; most of it (KiB): ${where}`}`],
    };
  }
  const growthMiB = last.value - first.value;
  if (growthMiB <= liveGrowthMaxMiB) return { facts, failures: [] };
  return { facts, failures: [`the live memory of ${name} grew by ${growthMiB.toFixed(1)} MiB`] };
}

/** The kinds of objects of which there is more at the end than at the beginning, in KiB: `Buffer +812, (string) +40`. */
function growthOf(looks: readonly ReadonlyMap<string, number>[]): string {
  const [first, last] = [looks[0], looks.at(-1)];
  if (first === undefined || last === undefined) return '';
  const grown = Array.from(last, ([kind, bytes]) => ({
    kind,
    KiB: Math.round((bytes - (first.get(kind) ?? 0)) / 1024),
  }));
  const most = grown.filter(({ KiB }) => KiB > 0).sort((a, b) => b.KiB - a.KiB);
  return most
    .slice(0, kindsShown)
    .map(({ kind, KiB }) => `${kind} +${KiB}`)
    .join(', ');
}

function lowestMiB(samples: readonly Sample[]): number {
  return Math.min(...samples.map(({ ownBytes }) => ownBytes)) / MiB;
}
