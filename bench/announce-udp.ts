/**
 * UDP announces, 50 peers wanted, in a hundred swarms of a thousand peers: our tracker beside opentracker (C) and npm's
 * bittorrent-tracker. Each has one thread that answers, so what counts is how many it answers per second of its time
 * on a processor: on a machine with few of them, the rate that is seen also depends on who else wants one.
 */
import { Cleanup, compare, type Row, runDirectly, startRivulet } from './lib.ts';
import {
  announceByUdp,
  type BenchTracker,
  peersPerSwarm,
  startBittorrentTracker,
  startOpentracker,
  swarms,
} from './trackers.ts';

const rounds = 5;
const seconds = 2;

export async function run(): Promise<Row[]> {
  const cleanup = new Cleanup();
  try {
    const ours = await startRivulet(cleanup, { peers: 0 });
    const others = [
      { name: 'opentracker', tracker: await startOpentracker(cleanup), target: '>= 0.5' },
      { name: 'bittorrent-tracker', tracker: await startBittorrentTracker(cleanup), target: '>= 2.5' },
    ];
    const rows: Row[] = [];
    for (const { name, tracker, target } of others) {
      if (tracker === null) console.log(`announce-udp: no ${name} here`);
      else rows.push(...(await beside(name, target, ours, tracker)));
    }
    return rows;
  } finally {
    await cleanup.run();
  }
}

async function beside(name: string, target: string, ours: Tracker, theirs: Tracker): Promise<Row[]> {
  const seen: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
  const measure =
    (side: 'ours' | 'theirs', { udpPort, pid }: Tracker) =>
    async () => {
      const result = await announceByUdp({ port: udpPort, pid, swarms, peers: peersPerSwarm, seconds });
      seen[side].push(result.answers / result.seconds);
      return result.answers / result.cpuSeconds;
    };
  const description = { name: `UDP announces beside ${name}`, unit: '/s of processor', target };
  const row = await compare(description, rounds, measure('ours', ours), measure('theirs', theirs));
  const best = (rates: number[]): number => Math.max(...rates);
  const [mine, other] = [best(seen.ours), best(seen.theirs)];
  return [
    row,
    { name: `${description.name}, best rate seen`, ours: mine, theirs: other, ratio: mine / other, unit: '/s', target },
  ];
}

type Tracker = Pick<BenchTracker, 'udpPort' | 'pid'>;

await runDirectly(import.meta.url, run);
