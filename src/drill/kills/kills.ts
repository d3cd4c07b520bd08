/**
 * K1: `kill -9` of the server and of peers, at random moments, under load. Killing takes no disk away: the files of a
 * killed process stay as the kernel has them, so whatever was acknowledged must be there once everybody is back.
 */
import type { Drill, DrillContext, DrillReport } from '../drill.ts';
import { type Processes, withProcesses } from '../processes.ts';
import { checkAll, checkLeftovers } from './checks.ts';
import { measureRestarts } from './many-files.ts';
import { sabotage } from './sabotage.ts';
import { Stage } from './stage.ts';

export const kills: Drill = {
  id: 'K1',
  fault: 'kill -9 of the server and of random peers, mid-request, under mixed load',
  fullMinutes: 4,
  mustShow:
    '0 acknowledged files lost or altered; nothing listed that does not download and hash; ' +
    'restart to ready in a second with 10,000 files',
  run: (context) => withProcesses(context, (processes) => run(context, processes)),
  control: (context) => withProcesses(context, (processes) => control(context, processes)),
};

/** The scales. Tests share their machine with other tests: there, the time to `ready` only tells of a stall. */
const scales = {
  full: { kills: 200, killsPerCheck: 10, manyFiles: { count: 10_000, restartMaxMs: 1000 } },
  test: { kills: 20, killsPerCheck: 5, manyFiles: { count: 300, restartMaxMs: 10_000 } },
} as const;

/**
 * The time for what comes about by itself: a peer that was killed registers within a second, and clearing away follows
 * that.
 */
const patienceMs = 20_000;
/** The patience of the control, which waits in vain. */
const controlPatienceMs = 3000;
const controlKills = 2;

async function run(context: DrillContext, processes: Processes): Promise<DrillReport> {
  const { kills, killsPerCheck, manyFiles } = scales[context.scale];
  const stage = await Stage.open(context, processes, patienceMs);
  // A promise that stays broken is found by every check, and is one failure.
  const failures = new Set<string>();
  const note = (found: readonly string[]): void => {
    for (const fault of found) failures.add(fault);
  };
  for (let done = killsPerCheck; done <= kills; done += killsPerCheck) {
    await stage.killUnderLoad(killsPerCheck);
    note(await checkAll(stage.scene, stage.model));
    note(await checkLeftovers(stage.scene));
    note(stage.load.failures);
    context.say(`${done} of ${kills} kills, ${stage.model.promises} promises, ${failures.size} failures`);
  }
  const facts = stage.facts;
  context.say(`uploading ${manyFiles.count} files, to see how long a restart takes then`);
  const many = await measureRestarts(stage.scene, manyFiles);
  note(many.failures);
  return { facts: { ...facts, ...many.facts }, failures: [...failures] };
}

async function control(context: DrillContext, processes: Processes): Promise<DrillReport> {
  const stage = await Stage.open(context, processes, patienceMs);
  while (stage.model.idle('kept').length < 4) await stage.killUnderLoad(controlKills);
  const before = [...(await checkAll(stage.scene, stage.model)), ...(await checkLeftovers(stage.scene))];
  if (before.length > 0) throw new Error(`broken before anything was broken on purpose: ${before[0]}`);
  const broken = await sabotage(stage.scene, stage.model, context.random);
  const scene = { ...stage.scene, patienceMs: controlPatienceMs };
  const failures = [...(await checkAll(scene, stage.model)), ...(await checkLeftovers(scene))];
  const missed = broken.filter(({ name }) => !failures.some((failure) => failure.includes(name)));
  // One that goes unnoticed is as bad as all.
  if (missed.length === 0) return { facts: { 'promises broken on purpose': broken.length }, failures };
  return { facts: { 'not noticed': missed.map(({ how }) => how).join(', ') }, failures: [] };
}
