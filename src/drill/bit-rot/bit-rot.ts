/**
 * K3: bits turn on the disks of peers while they run. No wrong byte may be sent; what has a second copy must be mended
 * on the disk, and what has none must be told, piece by piece.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill, DrillContext, DrillReport } from '../drill.ts';
import { type Processes, withProcesses } from '../processes.ts';
import type { RottenFile } from './rotten-file.ts';
import { ofAll, openScene, type Scene } from './scene.ts';
import { withUnverifiedSource } from './unverified-source.ts';

export const bitRot: Drill = {
  id: 'K3',
  fault: 'one random bit flipped in each of 1,000 stored pieces',
  mustShow: '0 wrong bytes sent; all healed where a second copy exists, the rest listed by name',
  run: (context) => withProcesses(context, (processes) => run(context, processes)),
  control: (context) => withProcesses(context, (processes) => control(context, processes)),
};

/** Which copy is read is a matter of chance: if so many rounds of downloads did not find them all, nothing will. */
const roundsMax = 60;
/** Between rounds: repair of what was found goes on by itself. */
const pauseMs = 100;

async function run(context: DrillContext, processes: Processes): Promise<DrillReport> {
  const scene = await openScene(context, processes);
  const facts = await spoilAll(context, scene);
  const failures = new Set<string>();
  for (let round = 1; ; round += 1) {
    for (const fault of await readAll(scene)) failures.add(fault);
    await sleep(pauseMs, undefined, { signal: context.signal });
    const faults = [...(await lookAtDisks(scene)), ...(await lookAtMaps(scene))];
    context.say(`round ${round} of downloads: ${faults.length} faults on the disks, ${failures.size} failures`);
    if (faults.length === 0 || round === roundsMax) {
      return { facts: { ...facts, 'rounds of downloads': round }, failures: [...failures, ...faults] };
    }
  }
}

/** The same comparisons where nobody verifies anything. */
async function control(context: DrillContext, processes: Processes): Promise<DrillReport> {
  const scene = await openScene(context, processes);
  const before = [...(await readUnverified(scene)), ...(await lookAtDisks(scene)), ...(await lookAtMaps(scene))];
  if (before.length > 0) throw new Error(`broken before anything was broken on purpose: ${before[0]}`);
  const facts = await spoilAll(context, scene);
  const sent = await readUnverified(scene);
  const onDisks = await lookAtDisks(scene);
  const told = await lookAtMaps(scene);
  const missed = missedBy(scene, sent, onDisks, told);
  // One that goes unnoticed is as bad as all.
  if (missed.length > 0) return { facts: { ...facts, 'not noticed': missed.join('; ') }, failures: [] };
  return { facts, failures: [...sent, ...onDisks, ...told] };
}

/** What the three comparisons should have found, and did not. */
function missedBy({ files }: Scene, sent: readonly string[], onDisks: readonly string[], told: readonly string[]) {
  const lacks = (faults: readonly string[], ...words: string[]): boolean =>
    !faults.some((fault) => words.every((word) => fault.includes(word)));
  return files.flatMap((file) => [
    ...(lacks(sent, file.name) ? [`wrong bytes of ${file.name} that were sent`] : []),
    ...(file.hopeless.length > 0 && lacks(told, file.name) ? [`lost pieces of ${file.name} that nobody told of`] : []),
    ...file.spoilt
      .filter(({ part }) => !file.hopeless.includes(part))
      .filter(({ part, peer }) => lacks(onDisks, `piece ${part} of ${file.name} is wrong on the disk of ${peer}`))
      .map(({ part, peer }) => `piece ${part} of ${file.name} on the disk of ${peer}`),
  ]);
}

async function spoilAll({ random }: DrillContext, { files }: Scene): Promise<Record<string, number>> {
  for (const file of files) await file.spoil(random);
  const total = (count: (file: RottenFile) => number): number => files.reduce((sum, file) => sum + count(file), 0);
  return {
    files: files.length,
    'copies spoilt': total(({ spoilt }) => spoilt.length),
    'pieces with no other copy': total(({ hopeless }) => hopeless.length),
  };
}

function readAll(scene: Scene): Promise<string[]> {
  const { url } = scene.server;
  return ofAll(scene, async (file) => [...(await file.readWhole(url)), ...(await file.readRuns(url))]);
}

function readUnverified(scene: Scene): Promise<string[]> {
  return ofAll(scene, async (file) => withUnverifiedSource(await file.unverifiedBytes(), (url) => file.readWhole(url)));
}

function lookAtDisks(scene: Scene): Promise<string[]> {
  return ofAll(scene, (file) => file.lookAtDisks());
}

function lookAtMaps(scene: Scene): Promise<string[]> {
  return ofAll(scene, (file) => file.lookAtMap(scene.server.url));
}
