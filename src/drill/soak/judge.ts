/**
 * Whether a process that has been working for a while leaks: what its gauges showed, moment after moment, each time
 * that nobody asked for anything. Pure.
 *
 * Descriptors are counted exactly. Memory goes up and down with the garbage collector, and grows for minutes until it
 * has found its size. So the beginning does not count; of the rest the lowest values of windows are taken, and a line
 * is laid through them. A short soak cannot tell a slope of 1 MiB an hour from noise: there, only a coarse bound on the
 * growth from one quarter to another is judged; the slope is still reported, with its error.
 */
import type { DrillReport } from '../drill.ts';
import { largest } from '../statistics.ts';
import type { Gauges } from './gauges.ts';
import { lowestIn, type Point, trendOf } from './trend.ts';

export interface Sample extends Gauges {
  readonly hours: number;
}

export interface Series {
  /** Of the process. */
  readonly name: string;
  /** In the order of time. */
  readonly samples: readonly Sample[];
}

const MiB = 1024 * 1024;
/** An hour's soak may end with so much more. */
const slopeMax = 1;
/** From so long on, without its beginning, a soak can tell. */
const slopeHoursMin = 0.5;
/**
 * A short one may grow by so much from its second quarter to its last: the buffers that a peer keeps for the next piece
 * (32 MiB), and a heap that is not warm yet.
 */
const growthMaxMiB = 48;
/** Data files are kept open for the next read, up to a number; beside them are the journal, the log and locks. */
const filesMax = 80;
const windows = 12;

export function judgeSeries({ name, samples }: Series): DrillReport {
  const quarter = Math.floor(samples.length / 4);
  const settled = samples.slice(quarter);
  const [second, last] = [samples.slice(quarter, 2 * quarter), samples.slice(-quarter)];
  const channels = { second: largest(second.map(channelsOf)), last: largest(last.map(channelsOf)) };
  const files = largest(settled.map((sample) => sample.files));
  const memory = judgeMemory(name, settled, lowest(last) - lowest(second));
  const failures = [...memory.failures];
  if (channels.last > channels.second) {
    failures.push(`${name} had ${channels.second} channels open in the second quarter, ${channels.last} in the last`);
  }
  if (files > filesMax) failures.push(`${name} had ${files} files open`);
  const facts = { [`${name}: channels`]: channels.last, [`${name}: files open, at most`]: files, ...memory.facts };
  return { facts, failures };
}

function judgeMemory(name: string, settled: readonly Sample[], growthMiB: number): DrillReport {
  const points = settled.map(({ hours, ownBytes }): Point => ({ hours, value: ownBytes / MiB }));
  const { perHour, error } = trendOf(lowestIn(windows, points));
  const hours = (settled.at(-1)?.hours ?? 0) - (settled[0]?.hours ?? 0);
  const facts = {
    [`${name}: memory, MiB`]: Math.min(...points.map(({ value }) => value)),
    [`${name}: its slope, MiB an hour`]: `${perHour.toFixed(1)} ± ${(2 * error).toFixed(1)}`,
  };
  const slope = `${perHour.toFixed(1)} MiB an hour, ± ${(2 * error).toFixed(1)}`;
  if (hours >= slopeHoursMin && perHour - 2 * error > slopeMax) {
    return { facts, failures: [`the memory of ${name} grows by ${slope}`] };
  }
  if (growthMiB <= growthMaxMiB) return { facts, failures: [] };
  return { facts, failures: [`the memory of ${name} grew by ${growthMiB.toFixed(1)} MiB, ${slope}`] };
}

const channelsOf = ({ channels }: Sample): number => channels;

/** MiB. */
function lowest(samples: readonly Sample[]): number {
  return Math.min(...samples.map(({ ownBytes }) => ownBytes)) / MiB;
}
