/**
 * One drill from beginning to end: the real run and then its control, each in an empty folder of its own with a random
 * sequence of its own. Knows no drill, and nothing of how a result is shown.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TimeIsUp } from './budget.ts';
import type { Drill, DrillContext, DrillReport } from './drill.ts';
import { seededRandom } from './random.ts';

export interface DrillOptions extends Pick<DrillContext, 'say' | 'signal' | 'scale' | 'minutes'> {
  readonly seed: number;
  /** The folder in which folders for scratch may be made. */
  readonly scratch: string;
}

export interface DrillOutcome {
  readonly id: string;
  readonly fault: string;
  readonly mustShow: string;
  readonly verdict: 'held' | 'failed' | 'skipped';
  /** Whether the checks noticed that something was broken on purpose. */
  readonly control: 'caught' | 'missed' | 'skipped';
  readonly report: DrillReport;
  readonly controlReport: DrillReport;
  readonly seconds: number;
  /** Whether it made fewer repetitions than were asked for, since the time was short. */
  readonly shortened?: boolean;
}

/** Runs a drill and its control. Never throws: a drill that fails to run is a drill that failed. */
export async function runDrill(drill: Drill, options: DrillOptions): Promise<DrillOutcome> {
  const started = performance.now();
  const { id, fault, mustShow } = drill;
  const report = await attempt(id, options, (context) => drill.run(context));
  const controlReport =
    report.skipped === undefined
      ? await attempt(`${id}-control`, options, (context) => drill.control(context))
      : { facts: {}, failures: [], skipped: report.skipped };
  const verdict = verdictOf(report, { whole: 'held', faulty: 'failed' } as const);
  const control = verdictOf(controlReport, { whole: 'missed', faulty: 'caught' } as const);
  return {
    id,
    fault,
    mustShow,
    verdict,
    control,
    report,
    controlReport,
    seconds: (performance.now() - started) / 1000,
  };
}

/** Whether the drill proved what it is there to prove. */
export function proved({ verdict, control }: DrillOutcome): boolean {
  return verdict === 'held' && control === 'caught';
}

function verdictOf<Whole, Faulty>(
  { skipped, failures }: DrillReport,
  words: { readonly whole: Whole; readonly faulty: Faulty },
): Whole | Faulty | 'skipped' {
  if (skipped !== undefined) return 'skipped';
  return failures.length === 0 ? words.whole : words.faulty;
}

/**
 * Runs a drill or its control. An error that is thrown is a failure of a drill, but makes a control one that was
 * skipped: it has caught nothing.
 */
async function attempt(
  name: string,
  { seed, scratch, say, ...rest }: DrillOptions,
  run: (context: DrillContext) => Promise<DrillReport>,
): Promise<DrillReport> {
  const directory = join(scratch, name);
  try {
    rest.signal.throwIfAborted();
    await mkdir(directory, { recursive: true });
    const report = await run({
      ...rest,
      directory,
      random: seededRandom(seed, name),
      say: (line) => say(`${name}: ${line}`),
    });
    rest.signal.throwIfAborted(); // what it found while everything was ended under it says nothing
    return report;
  } catch (error) {
    return brokenDown(name, rest.signal, error);
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

function brokenDown(name: string, signal: AbortSignal, error: unknown): DrillReport {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const { reason } = signal;
  const ended = reason instanceof TimeIsUp ? reason.message : 'interrupted';
  const skipped = signal.aborted ? ended : `it broke down: ${text}`;
  if (signal.aborted || name.endsWith('-control')) return { facts: {}, failures: [], skipped };
  return { facts: {}, failures: [skipped] };
}
