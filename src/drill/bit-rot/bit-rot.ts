/**
 * K3: bits turn on the disks of peers while they run. No wrong byte may be sent; a piece that has a second copy must be
 * repaired on the disk, and one that has none must be told.
 */
import type { Drill, DrillContext, DrillReport } from '../drill.ts';
import { untilNone } from '../patience.ts';
import { type Processes, withProcesses } from '../processes.ts';
import type { RottenFile } from './rotten-file.ts';
import { ofAll, openScene, type Scene } from './scene.ts';
import { withUnverifiedSource } from './unverified-source.ts';
import { verifyPeers } from './verification.ts';

export const bitRot: Drill = {
  id: 'K3',
  fault: 'one random bit flipped in each of 1,000 stored pieces',
  fullMinutes: 2,
  mustShow: '0 wrong bytes sent; all healed where a second copy exists, the rest listed by name',
  run: (context) => withProcesses(context, (processes) => run(context, processes)),
  control: (context) => withProcesses(context, (processes) => control(context, processes)),
};

/**
 * Rounds of downloads. The copy that is read is a matter of chance: one round finds about half of what is bad, the
 * verification the rest.
 */
const readingRounds = 1;
/** The time in which the repair of what downloads found, which goes on by itself, must be done. */
const patienceMs = 20_000;

async function run(context: DrillContext, processes: Processes): Promise<DrillReport> {
  const scene = await openScene(context, processes);
  const { url } = scene.server;
  const facts = await spoilAll(context, scene);
  const failures: string[] = [];
  for (let round = 1; round <= readingRounds; round += 1) failures.push(...(await readAll(scene)));
  context.say(`everything was downloaded, with ${failures.length} failures; now it is verified`);
  const verification = await verifyPeers(url);
  if (verification.healed === 0) failures.push('the verification found nothing that it could heal');
  failures.push(...(await ofAll(scene, async (file) => file.judgeVerification(verification))));
  failures.push(...(await untilNone({ signal: context.signal, patienceMs }, () => lookAtDisks(scene))));
  context.say(`and once more, with ${failures.length} failures so far`);
  failures.push(...(await lookAtMaps(scene)), ...(await readAll(scene)));
  return { facts: { ...facts, 'copies healed by the verification': verification.healed }, failures };
}

/** Makes the comparisons of the drill where nobody verifies anything. */
async function control(context: DrillContext, processes: Processes): Promise<DrillReport> {
  const scene = await openScene(context, processes);
  const before = [...(await readUnverified(scene)), ...(await lookAtDisks(scene)), ...(await lookAtMaps(scene))];
  if (before.length > 0) throw new Error(`broken before anything was broken on purpose: ${before[0]}`);
  const facts = await spoilAll(context, scene);
  const sent = await readUnverified(scene);
  const onDisks = await lookAtDisks(scene);
  const blind = { healed: 0, lost: new Map<string, ReadonlySet<number>>() };
  const told = [...(await lookAtMaps(scene)), ...(await ofAll(scene, async (file) => file.judgeVerification(blind)))];
  const missed = missedBy(scene, sent, onDisks, told);
  // One that goes unnoticed is as bad as all.
  if (missed.length > 0) return { facts: { ...facts, 'not noticed': missed.join('; ') }, failures: [] };
  return { facts, failures: [...sent, ...onDisks, ...told] };
}

/** The faults that the three comparisons should have found, and did not. */
function missedBy({ files }: Scene, sent: readonly string[], onDisks: readonly string[], told: readonly string[]) {
  const lacks = (faults: readonly string[], ...words: string[]): boolean =>
    !faults.some((fault) => words.every((word) => fault.includes(word)));
  return files.flatMap((file) => [
    ...(lacks(sent, file.name) ? [`wrong bytes of ${file.name} that were sent`] : []),
    ...['copies', 'verification']
      .filter((word) => file.hopeless.length > 0 && lacks(told, file.name, word))
      .map((word) => `lost pieces of ${file.name} that no ${word} told of`),
    ...file.spoilt
      .filter(({ pieceIndex }) => !file.hopeless.includes(pieceIndex))
      .filter(({ pieceIndex, peer }) =>
        lacks(onDisks, `piece ${pieceIndex} of ${file.name} is wrong on the disk of ${peer}`),
      )
      .map(({ pieceIndex, peer }) => `piece ${pieceIndex} of ${file.name} on the disk of ${peer}`),
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
