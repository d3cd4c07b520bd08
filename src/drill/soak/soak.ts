/**
 * K7: a soak. A server and three peers under a mixed load, one of the peers coming and going all the time. Every now
 * and then everybody pauses, and the processes that stayed are looked at: they must not have got bigger.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { listFiles } from '../client.ts';
import type { Drill, DrillContext, DrillReport } from '../drill.ts';
import { type Processes, withProcesses } from '../processes.ts';
import { readGauges } from './gauges.ts';
import { judgeSeries, type Sample, type Series } from './judge.ts';
import { withLeak } from './leak.ts';
import { SoakLoad } from './load.ts';
import { Restarts } from './restarts.ts';

export const soak: Drill = {
  id: 'K7',
  fault: 'a soak under mixed load, with rude clients and a peer that comes and goes',
  mustShow: 'descriptor count flat, memory slope under 1 MiB an hour after warm-up',
  run: (context) => withProcesses(context, (processes) => run(context, processes)),
  control,
};

const minuteMs = 60_000;
/** So often the processes are looked at, within bounds. */
const looks = 60;
const lookEveryMinMs = 1000;
const lookEveryMaxMs = 10_000;
/** For what is closed a moment after the last answer. */
const settleMs = 300;

/** A process that stays from the beginning to the end. */
interface Watched extends Series {
  readonly pid: number;
  readonly samples: Sample[];
}

async function run({ minutes, random, signal, say }: DrillContext, processes: Processes): Promise<DrillReport> {
  const server = await processes.startServer({ replicas: 2 });
  const peers = await Promise.all(['p1', 'p2'].map((id) => processes.startPeer(server, id)));
  const guest = await processes.startPeer(server, 'p3');
  const watched = [watch('server', server.pid), ...peers.map(({ id, pid }) => watch(id, pid))];
  const load = new SoakLoad(server.url, random);
  const restarts = new Restarts({ server, peer: guest, random, signal });
  const startMs = performance.now();
  const lookEveryMs = Math.max(lookEveryMinMs, Math.min(lookEveryMaxMs, (minutes * minuteMs) / looks));
  for (let pastMs = 0; pastMs < minutes * minuteMs; pastMs = performance.now() - startMs) {
    load.start();
    restarts.start();
    await sleep(lookEveryMs, undefined, { signal });
    await Promise.all([load.pause(), restarts.pause()]);
    await sleep(settleMs, undefined, { signal });
    for (const { pid, samples } of watched) samples.push(await sample(pid));
    say(`${(pastMs / minuteMs).toFixed(1)} of ${minutes} minutes, ${load.failures.length} failures`);
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

/** The same judgement of a process that leaks descriptors and memory: both must be noticed. */
async function control({ signal }: DrillContext): Promise<DrillReport> {
  const report = await withLeak(async (pid) => {
    const leaking = watch('a process that leaks', pid);
    for (let look = 0; look < controlLooks; look += 1) {
      leaking.samples.push(await sample(pid));
      await sleep(controlLookEveryMs, undefined, { signal });
    }
    return judgeSeries(leaking);
  });
  const bothNoticed = report.failures.length === 2;
  return { facts: report.facts, failures: bothNoticed ? report.failures : [] };
}

function watch(name: string, pid: number): Watched {
  return { name, pid, samples: [] };
}

async function sample(pid: number): Promise<Sample> {
  return { ...(await readGauges(pid)), hours: performance.now() / (60 * minuteMs) };
}
