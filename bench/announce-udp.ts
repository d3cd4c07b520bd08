/**
 * UDP announces, 50 peers wanted, in a hundred swarms of a thousand peers: our tracker beside opentracker (C) and npm's
 * bittorrent-tracker. Each has one thread that answers, so what counts is how many it answers per second of its time
 * on a processor. The rate that is seen on a machine with few of them is rather that of whoever asks.
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
      else rows.push(await beside(name, target, ours, tracker));
    }
    return rows;
  } finally {
    await cleanup.run();
  }
}

function beside(name: string, target: string, ours: Tracker, theirs: Tracker): Promise<Row> {
  const measure =
    ({ udpPort, pid }: Tracker) =>
    async () => {
      const load = { port: udpPort, pid, swarms, peers: peersPerSwarm, seconds };
      const { answers, peersPerAnswer, cpuSeconds } = await announceByUdp(load);
      if (peersPerAnswer < 25) throw new Error(`answers name ${peersPerAnswer} peers: they are not worth measuring`);
      return answers / cpuSeconds;
    };
  const description = { name: `UDP announces beside ${name}`, unit: '/s of processor', target };
  return compare(description, rounds, measure(ours), measure(theirs));
}

type Tracker = Pick<BenchTracker, 'udpPort' | 'pid'>;

await runDirectly(import.meta.url, run);
