/**
 * K6: one call of the storage fails, or all from one on: the server's while it serves and while it starts, a peer's;
 * and a peer breaks off after any byte. The server runs in this very process, with real files, real HTTP and real
 * FIFOs.
 */
import type { FileCalls } from '../../io/files/calls.ts';
import type { Drill, DrillContext, DrillReport } from '../drill.ts';
import { forgettingToClose, swallowingErrors } from './sabotage.ts';
import { type CycleScene, cycleScenes, type Scope, type Tried, tryBreaks, tryCycles, tryStarts } from './scenes.ts';

export const failingStorage: Drill = {
  id: 'K6',
  fault: 'the n-th call of each storage call fails (ENOSPC, EIO, EMFILE, EACCES), or does half; a FIFO breaks (EPIPE)',
  fullMinutes: 4,
  mustShow:
    'the right status, nothing half-written shown, no crash, no descriptor left, and all well once it has passed',
  run: (context) => watchingRejections(() => run(context)),
  control,
};

/** The scales. Between two breaks lies a prime number of bytes, so that they come everywhere. */
const scales = { full: { every: 1, breakStep: 7 }, test: { every: 9, breakStep: 211 } } as const;
const thorough = { patienceMs: 5_000, failuresMax: 20 };

async function run(context: DrillContext): Promise<DrillReport> {
  const scope: Scope = { ...context, ...scales[context.scale], ...thorough };
  const attempts: readonly (readonly [name: string, attempt: () => Promise<Tried>])[] = [
    ...cycleScenes.map((scene) => [`calls ${scene.name}`, () => tryCycles(scene, scope)] as const),
    ['calls at the start', () => tryStarts(scope)],
    ['broken FIFOs', () => tryBreaks(scope)],
  ];
  const facts: Record<string, number> = {};
  const failures: string[] = [];
  for (const [name, attempt] of attempts) {
    const tried = await attempt();
    facts[name] = tried.faults;
    failures.push(...tried.failures);
    context.say(`${name}: ${tried.faults} faults, ${tried.failures.length} failures`);
  }
  return { facts, failures };
}

/** Runs `drill`, and counts a rejection that nobody handles as a failure, whoever began the work. */
async function watchingRejections(drill: () => Promise<DrillReport>): Promise<DrillReport> {
  const rejections: string[] = [];
  const note = (reason: unknown): void => {
    rejections.push(`nobody handled ${reason instanceof Error ? reason.stack : String(reason)}`);
  };
  process.on('unhandledRejection', note);
  try {
    const report = await drill();
    return { ...report, failures: [...report.failures, ...rejections] };
  } finally {
    process.off('unhandledRejection', note);
  }
}

/** The scale of the control: one failure shows that it is noticed. */
const glance = { every: 3, breakStep: 1, patienceMs: 200, failuresMax: 1 };

async function control(context: DrillContext): Promise<DrillReport> {
  const scope: Scope = { ...context, ...glance };
  const scene = { ...(cycleScenes[0] as CycleScene), name: 'sabotage' };
  const left: { close(): Promise<void> }[] = [];
  const forgetting = (calls: FileCalls): FileCalls => {
    const forgetful = forgettingToClose(calls);
    left.push({ close: async () => void (await Promise.all(forgetful.left.map((handle) => handle.close()))) });
    return forgetful.calls;
  };
  const sabotaged: readonly (readonly [how: string, attempt: () => Promise<Tried>])[] = [
    ['errors of writes are swallowed', () => tryCycles(scene, scope, swallowingErrors)],
    ['files are left open', () => tryCycles({ ...scene, name: 'leak' }, scope, forgetting)],
    ['errors of reads are swallowed at the start', () => tryStarts(scope, swallowingErrors)],
  ];
  const failures: string[] = [];
  const missed: string[] = [];
  for (const [how, attempt] of sabotaged) {
    const found = (await attempt()).failures;
    if (found.length === 0) missed.push(how);
    failures.push(...found.slice(0, 1).map((failure) => `${how}: ${failure}`));
  }
  for (const file of left) await file.close();
  // One that goes unnoticed is as bad as all.
  if (missed.length > 0) return { facts: { 'not noticed': missed.join(', ') }, failures: [] };
  return { facts: { 'ways to hide a fault': sabotaged.length }, failures };
}
