/** The outcomes of drills as they are shown: a table for a terminal, JSON for programs. Pure. */
import { formatNumber } from '../bytes/format.ts';
import { printable } from '../bytes/printable.ts';
import type { DrillReport } from './drill.ts';
import { type DrillOutcome, proved } from './run.ts';

export interface DrillRun {
  readonly seed: number;
  readonly scale: 'full' | 'test';
  readonly outcomes: readonly DrillOutcome[];
}

/** The most failures that are shown: more are of the same kind. */
const failuresShownMax = 20;
/** The longest line of facts, unless one fact is longer. */
const factsColumns = 100;

/**
 *     K1  held    kill -9 of the server and of random peers, mid-request   (81 s)
 *                 kills 200; files 1,204; restart max, ms 310
 *         caught  control: "3a71... is listed and does not download: 503", and 2 more
 */
export function reportText({ seed, scale, outcomes }: DrillRun): string {
  const proofs = outcomes.filter(proved).length;
  const summary = `${proofs} of ${outcomes.length} drills held and their controls were caught`;
  const bounds = scale === 'test' ? ', quick' : '';
  const end = `${summary} (seed ${seed}${bounds})`;
  return [...outcomes.flatMap(linesOf), '', ...timeLines(outcomes), end, ''].join('\n');
}

/** Lines about drills that the time was too short for; none when it was long enough. */
function timeLines(outcomes: readonly DrillOutcome[]): string[] {
  const ids = (list: readonly DrillOutcome[]): string => list.map(({ id }) => id).join(', ');
  const shortened = outcomes.filter((outcome) => outcome.shortened === true && outcome.report.skipped === undefined);
  const skipped = outcomes.filter(({ verdict, control }) => verdict === 'skipped' || control === 'skipped');
  return [
    ...(shortened.length > 0 ? [`shortened to fit the time, as by --quick: ${ids(shortened)}`] : []),
    ...(skipped.length > 0 ? [`not done, or without their control: ${ids(skipped)}`] : []),
  ];
}

function linesOf(outcome: DrillOutcome): string[] {
  const { id, fault, mustShow, verdict, control, report, controlReport, seconds } = outcome;
  const time = `${Math.round(seconds)} s${outcome.shortened === true ? ', shortened' : ''}`;
  return [
    `${id.padEnd(4)}${column(verdict)}${fault}   (${time})`,
    ...factLines(report).map(indented),
    ...problemsOf(report, `must show: ${mustShow}`).map(indented),
    `    ${column(control)}control: ${controlSummary(controlReport)}`,
  ];
}

function factLines({ facts }: DrillReport): string[] {
  const lines: string[] = [];
  for (const fact of Object.entries(facts).map(([name, value]) => `${name} ${shown(value)}`)) {
    const line = lines.at(-1);
    if (line === undefined || line.length + fact.length > factsColumns) lines.push(fact);
    else lines.splice(-1, 1, `${line}; ${fact}`);
  }
  return lines;
}

/** A verdict in a column wide enough for every one; those that are no success stand out. */
function column(verdict: DrillOutcome['verdict'] | DrillOutcome['control']): string {
  const word = verdict === 'held' || verdict === 'caught' ? verdict : verdict.toUpperCase();
  return word.padEnd(9);
}

const indented = (line: string): string => `${' '.repeat(13)}${line}`;

function problemsOf({ failures, skipped }: DrillReport, promise: string): string[] {
  if (skipped !== undefined) return lines(`not done: ${skipped}`);
  if (failures.length === 0) return [];
  const more = failures.length - failuresShownMax;
  const shownFailures = failures.slice(0, failuresShownMax).flatMap((failure) => lines(`- ${failure}`));
  return [promise, ...shownFailures, ...(more > 0 ? [`and ${formatNumber(more)} more`] : [])];
}

/** The lines of a failure: a drill that broke down tells its stack, on lines of its own. */
function lines(text: string): string[] {
  return text.split('\n').map(printable);
}

function controlSummary(report: DrillReport): string {
  const { failures, skipped } = report;
  if (skipped !== undefined) return `not done: ${printable(skipped.split('\n')[0] ?? '')}`;
  const [first] = failures;
  if (first === undefined) {
    const facts = factLines(report).join('; ');
    return `something was broken on purpose, and the checks did not notice${facts && ` (${facts})`}`;
  }
  const more = failures.length - 1;
  return `"${printable(first)}"${more > 0 ? `, and ${formatNumber(more)} more` : ''}`;
}

function shown(fact: number | string): string {
  if (typeof fact === 'string') return printable(fact);
  return Number.isInteger(fact) ? formatNumber(fact) : fact.toFixed(2);
}

/** The report as one JSON object and a line break. */
export function reportJson({ seed, scale, outcomes }: DrillRun): string {
  const drills = outcomes.map(
    ({ id, fault, mustShow, verdict, control, report, controlReport, seconds, shortened }) => ({
      id,
      fault,
      must_show: mustShow,
      verdict,
      control,
      facts: report.facts,
      failures: report.failures,
      skipped: report.skipped,
      control_failures: controlReport.failures,
      control_skipped: controlReport.skipped,
      seconds: Number(seconds.toFixed(3)),
      ...(shortened === true && { shortened }),
    }),
  );
  return `${JSON.stringify({ seed, quick: scale === 'test', proved: outcomes.every(proved), drills })}\n`;
}
