/**
 * K7: a soak. A server and three peers under a mixed load, one of the peers coming and going all the time. Every now
 * and then everybody pauses, and the processes that stayed are looked at: they must not have got bigger.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listFiles } from '../client.ts';
import type { Drill, DrillContext, DrillReport } from '../drill.ts';
import { type Processes, withProcesses } from '../processes.ts';
import { judgeSeries } from './judge.ts';
import { withLeak } from './leak.ts';
import { snapshotFlags } from './live-memory.ts';
import { SoakLoad } from './load.ts';
import { Restarts } from './restarts.ts';
import { Watched } from './watched.ts';

export const soak: Drill = {
  id: 'K7',
  fault: 'a soak under mixed load, with rude clients and a peer that comes and goes',
  mustShow: 'descriptor count flat, memory slope under 1 MiB an hour after warm-up',
  fullMinutes: 0,
  async run(context) {
    if (context.minutes < minutesMin) return tooShort(context.minutes);
    const snapshots = await makeSnapshotsFolder(context);
    const use = (processes: Processes): Promise<DrillReport> => run(context, processes, snapshots);
    return withProcesses(context, use, snapshotFlags(snapshots));
  },
  async control(context) {
    const snapshots = await makeSnapshotsFolder(context);
    return withLeak(snapshotFlags(snapshots), (pid) => control(context, pid, snapshots));
  },
};

async function makeSnapshotsFolder({ directory }: DrillContext): Promise<string> {
  const path = join(directory, 'snapshots');
  await mkdir(path);
  return path;
}

/** The shortest soak: with fewer looks there is no line to lay through them. */
const minutesMin = 0.1;

function tooShort(minutes: number): DrillReport {
  return { facts: {}, failures: [], skipped: `a soak of ${minutes} minutes shows nothing; ${minutesMin} is the least` };
}

const minuteMs = 60_000;
/** The number of times that the processes are looked at, within bounds. */
const looks = 60;
/** The least number of looks, on however busy a machine. */
const looksMin = 5;
const lookEveryMinMs = 1000;
const lookEveryMaxMs = 10_000;
/** The least number of looks at their live memory too; a long soak has more. */
const liveLooksMin = 8;
const liveLooksMax = 30;
/** The wait for what is closed a moment after the last response. */
const settleMs = 300;

async function run(context: DrillContext, processes: Processes, snapshots: string): Promise<DrillReport> {
  const { minutes, random, signal, say } = context;
  const server = await processes.startServer({ replicas: 2 });
  const peers = await Promise.all(['p1', 'p2'].map((id) => processes.startPeer(server, id)));
  const guest = await processes.startPeer(server, 'p3');
  const watched = [
    new Watched('server', server.pid, snapshots),
    ...peers.map(({ id, pid }) => new Watched(id, pid, snapshots)),
  ];
  const load = new SoakLoad(server.url, random);
  const restarts = new Restarts({ server, peer: guest, random, signal });
  const wholeMs = minutes * minuteMs;
  const lookEveryMs = Math.max(lookEveryMinMs, Math.min(lookEveryMaxMs, wholeMs / looks));
  const liveEveryMs = wholeMs / Math.max(liveLooksMin, Math.min(liveLooksMax, minutes));
  const startMs = performance.now();
  let liveAtMs = 0;
  let taken = 0;
  for (let pastMs = 0; pastMs < wholeMs || taken < looksMin; pastMs = performance.now() - startMs) {
    load.start();
    restarts.start();
    await sleep(lookEveryMs, undefined, { signal });
    await Promise.all([load.pause(), restarts.pause()]);
    await sleep(settleMs, undefined, { signal });
    const live = pastMs >= liveAtMs;
    if (live) liveAtMs += liveEveryMs;
    for (const one of watched) await one.look(live, signal);
    taken += 1;
    if (live) say(`${(pastMs / minuteMs).toFixed(1)} of ${minutes} minutes: ${watched.map(String).join(', ')}`);
  }
  const judged = watched.map(judgeSeries);
  const facts = { ...load.counts, 'restarts of a peer': restarts.count, files: (await listFiles(server.url)).length };
  return {
    facts: Object.assign({ minutes, ...facts }, ...judged.map((report) => report.facts)),
    failures: [...load.failures, ...restarts.failures, ...judged.flatMap(({ failures }) => failures)],
  };
}

const controlLooks = 40;
const controlLookEveryMs = 50;
const controlLooksPerLive = 10;

/** Judges a process that leaks descriptors and memory: both must be noticed. */
async function control({ signal }: DrillContext, pid: number, snapshots: string): Promise<DrillReport> {
  const leaking = new Watched('a process that leaks', pid, snapshots);
  for (let look = 1; look <= controlLooks; look += 1) {
    await leaking.look(look % controlLooksPerLive === 0, signal);
    await sleep(controlLookEveryMs, undefined, { signal });
  }
  const { facts, failures } = judgeSeries(leaking);
  const both = ['channels', 'live memory'].every((word) => failures.some((failure) => failure.includes(word)));
  return { facts, failures: both ? failures : [] };
}
