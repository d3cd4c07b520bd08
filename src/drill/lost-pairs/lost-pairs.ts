/**
 * K4: any two of five peers are killed, or frozen, where each piece is on three. The third copy must do: every download
 * is right and none stands still for longer than it takes to give up a peer.
 */
import { shuffled } from '../../bytes/shuffle.ts';
import type { Drill, DrillContext, DrillReport } from '../drill.ts';
import { type PeerProgram, type Processes, withProcesses } from '../processes.ts';
import { judgeStrikes } from './judge.ts';
import { openScene, type Pair } from './scene.ts';
import { carryOut, type Fault, type Strike, type StrikeReport } from './strike.ts';

export const lostPairs: Drill = {
  id: 'K4',
  fault: 'every pair of 5 peers killed, then every pair frozen, replicas 3',
  fullMinutes: 3,
  mustShow: 'each download identical, no stall longer than the timeout',
  run: (context) => withProcesses(context, (processes) => run(context, processes)),
  control: (context) => withProcesses(context, (processes) => control(context, processes)),
};

const faults: readonly Fault[] = ['killed', 'frozen'];
const replicas = 3;
/** The bounds. A test runs beside others, on a machine that is busy. */
const bounds = { full: { backMaxMs: 1000, slackMs: 20 }, test: { backMaxMs: 5000, slackMs: 100 } } as const;

async function run(context: DrillContext, processes: Processes): Promise<DrillReport> {
  const scene = await openScene(context, processes, replicas);
  const reports: StrikeReport[] = [];
  for (const strike of strikesOf(context, pairsOf(scene.peers))) {
    reports.push(await carryOut(scene, strike));
    const { pair, fault, busy } = strike;
    context.say(`${pair[0].id} and ${pair[1].id} ${fault}${busy ? ' under load' : ''}`);
  }
  return judgeStrikes(reports, bounds[context.scale]);
}

/** Every pair in every way; in the test a few pairs, each in another way. */
function strikesOf({ scale, random }: DrillContext, pairs: readonly Pair[]): Strike[] {
  const ways = faults.flatMap((fault) => [true, false].map((busy) => ({ fault, busy })));
  if (scale === 'full') return ways.flatMap((way) => pairs.map((pair) => ({ ...way, pair })));
  const some = shuffled(pairs, random);
  return ways.map((way, index) => ({ ...way, pair: some[index] as Pair }));
}

function pairsOf(peers: readonly PeerProgram[]): Pair[] {
  return peers.flatMap((one, index) => peers.slice(index + 1).map((other): Pair => [one, other]));
}

/** Runs the drill with one copy of each piece: now it matters that a pair is gone, and the checks must say so. */
async function control(context: DrillContext, processes: Processes): Promise<DrillReport> {
  const scene = await openScene(context, processes, 1);
  const failures: string[] = [];
  for (const fault of faults) {
    const [pair] = shuffled(pairsOf(scene.peers), context.random) as [Pair];
    const report = judgeStrikes([await carryOut(scene, { pair, fault, busy: true })], bounds[context.scale]);
    const lost = report.failures.filter((failure) => /came (refused|cut)/.test(failure));
    // One that goes unnoticed is as bad as both.
    if (lost.length === 0) return { facts: { 'not noticed': `a pair ${fault}` }, failures: [] };
    failures.push(...lost);
  }
  return { facts: {}, failures };
}
