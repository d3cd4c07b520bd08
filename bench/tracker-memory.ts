/** The server's memory with a million peers in ten thousand swarms, all announced by UDP. */
import { Cleanup, figure, peakMemory, type Row, runDirectly, startRivulet } from './lib.ts';
import { announceByUdp } from './trackers.ts';

const swarms = 10_000;
const peers = 100;

export async function run(): Promise<Row[]> {
  const cleanup = new Cleanup();
  try {
    const { url, pid, udpPort } = await startRivulet(cleanup, { peers: 0 });
    const before = peakMemory(pid);
    let tracked = 0;
    // Datagrams may get lost: whoever is missing announces again.
    for (let tries = 0; tracked < swarms * peers && tries < 5; tries += 1) {
      await announceByUdp({ port: udpPort, pid, swarms, peers });
      tracked = await trackedPeers(url);
    }
    if (tracked !== swarms * peers) throw new Error(`only ${tracked} peers have arrived`);
    const ours = peakMemory(pid);
    const name = `peak memory with a million peers in ${swarms} swarms (${before.toFixed(0)} MB without)`;
    return [figure(name, ours, 'MB', '< 300')];
  } finally {
    await cleanup.run();
  }
}

async function trackedPeers(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^rivulet_tracker_peers (\d+)$/m.exec(metrics)?.[1]);
}

await runDirectly(import.meta.url, run);
