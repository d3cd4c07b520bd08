/**
 * The program `rivulet drill`: runs the fault tests on this machine, in a folder of its own with servers and peers of
 * its own, and reports. Exit code 0 only when every drill held and every control was caught.
 *
 *     $ rivulet drill --only K1,K5 --seed 7
 */
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../async/clock.ts';
import { usageError } from '../cli/arguments.ts';
import { type CommandIo, defineCommand } from '../cli/command.ts';
import { exitCode } from '../cli/exit.ts';
import { catchStopSignals } from '../cli/stop-signals.ts';
import { Budget, soakMinutes } from './budget.ts';
import type { Drill } from './drill.ts';
import { drills } from './drills.ts';
import { drillReaper } from './reaper.ts';
import { type DrillRun, reportJson, reportText } from './report.ts';
import { type DrillOptions, type DrillOutcome, proved, runDrill } from './run.ts';

const seedMax = 2 ** 32 - 1;
/** The longest run, in minutes: a week. */
const minutesMax = 7 * 24 * 60;

export const command = defineCommand({
  name: 'drill',
  summary: 'prove on this machine that nothing acknowledged is lost: fault tests, with a report',
  operands: { usage: '', min: 0, max: 0 },
  flags: {
    minutes: {
      kind: 'number',
      placeholder: 'M',
      min: 1,
      max: minutesMax,
      summary: `bounds the whole: drills are shortened, or not done, to fit (default: all of it, ${soakMinutes} of soak)`,
    },
    seed: {
      kind: 'number',
      placeholder: 'S',
      min: 0,
      max: seedMax,
      summary: 'repeats the random choices of an earlier run',
    },
    only: { kind: 'text', placeholder: 'K1,K3', summary: 'these drills alone' },
    quick: { kind: 'switch', summary: 'as few repetitions as show anything' },
    json: { kind: 'switch', summary: 'the report as JSON' },
  },
  example: 'rivulet drill --minutes 60',

  async run({ flags: { minutes, seed = randomInt(seedMax), only, quick, json } }, io) {
    const chosen = only === undefined ? drills : only.split(',').map(find);
    const scale = quick ? 'test' : 'full';
    const stop = catchStopSignals();
    const hangUp = new AbortController();
    // The terminal is closed. Our processes do not hear of it: they are no part of its foreground group.
    process.once('SIGHUP', () => hangUp.abort());
    const budget = new Budget(minutes, scale, systemClock.now());
    const timeUp = new AbortController();
    if (minutes !== undefined) systemClock.after(minutes * 60_000, () => timeUp.abort(budget.timeIsUp));
    const signal = AbortSignal.any([stop.signal, hangUp.signal, timeUp.signal]);
    const scratch = await mkdtemp(join(tmpdir(), 'rivulet-drill-'));
    drillReaper().removes(scratch);
    try {
      const say = (line: string): void => void io.stderr.write(`${line}\n`);
      say(`seed ${seed}; everything happens in ${scratch}, which is removed at the end`);
      const outcomes = await runAll(chosen, budget, { seed, scratch, scale, say, signal });
      return report({ seed, scale, outcomes }, json, io);
    } finally {
      await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
      stop.release();
    }
  },
});

async function runAll(
  chosen: readonly Drill[],
  budget: Budget,
  options: Omit<DrillOptions, 'minutes'>,
): Promise<DrillOutcome[]> {
  const outcomes: DrillOutcome[] = [];
  for (const [index, drill] of chosen.entries()) {
    // Without a share it is not begun: the signal has been aborted.
    const share = budget.share(drill, chosen.length - index, systemClock.now()) ?? { scale: 'test', minutes: 0 };
    const shortened = share.scale !== options.scale;
    options.say(`${drill.id}: ${drill.fault}${shortened ? ' (shortened: there is little time)' : ''}`);
    const outcome = await runDrill(drill, { ...options, ...share });
    outcomes.push({ ...outcome, ...(shortened && { shortened }) });
  }
  return outcomes;
}

function report(run: DrillRun, json: boolean, { stdout }: CommandIo): number {
  stdout.write(json ? reportJson(run) : reportText(run));
  return run.outcomes.every(proved) ? exitCode.ok : exitCode.failure;
}

function find(id: string): Drill {
  const drill = drills.find((one) => one.id === id.trim().toUpperCase());
  if (drill !== undefined) return drill;
  const known = drills.map((one) => one.id).join(', ');
  throw usageError(`there is no drill "${id}"; there are ${known}`);
}
