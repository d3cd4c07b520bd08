/** One pair of peers lost and found again. It only measures; the judgement is `judge.ts`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { listPeers } from '../client.ts';
import { untilNone, untilPeersAreBack } from '../patience.ts';
import { manyClients, oneClient } from './clients.ts';
import { type Probes, probeUntil } from './probe.ts';
import { filesWith, type Pair, type Scene } from './scene.ts';
import type { TimedDownload } from './timed-download.ts';

export type Fault = 'killed' | 'frozen';

export interface Strike {
  readonly pair: Pair;
  readonly fault: Fault;
  /** Whether many clients are in the middle of something, and everything is asked for at once; else one client asks. */
  readonly busy: boolean;
}

export interface StrikeReport extends Strike {
  readonly downloads: readonly TimedDownload[];
  /** Requests that need neither of the two, before they were away. */
  readonly probesBefore: Probes;
  readonly probes: Probes;
  /** The time for each peer from its start, or its waking up, until the server counts on it again. */
  readonly backMs: readonly number[];
  /** Peers that were never given up or never came back, a sentence each. */
  readonly failures: readonly string[];
}

const probesBeforeMs = 300;
/**
 * The time in which a peer must be given up, and come back: to give up a frozen peer that nobody asks for anything
 * takes ten seconds.
 */
const patienceMs = 20_000;

/** Loses the pair, lets the clients do what they want to, and brings the pair back. */
export async function carryOut(scene: Scene, strike: Strike): Promise<StrikeReport> {
  const { server, signal } = scene;
  const { pair, fault, busy } = strike;
  const { neither } = await filesWith(scene, pair);
  const probesBefore = await probeUntil(server.url, neither, sleep(probesBeforeMs, undefined, { signal }));
  const rest = await (busy ? manyClients(scene) : oneClient(scene, pair));
  await lose(strike);
  const downloading = rest();
  const probes = await probeUntil(server.url, neither, downloading);
  // A frozen pair that wakes up early goes on in its old session; every other time it must not.
  const failures = fault === 'frozen' && busy ? await untilGivenUp(scene, pair) : [];
  const { backMs, failures: away } = await bringBack(scene, strike);
  return { ...strike, downloads: await downloading, probesBefore, probes, backMs, failures: [...failures, ...away] };
}

async function lose({ pair, fault }: Strike): Promise<void> {
  if (fault === 'killed') await Promise.all(pair.map((peer) => peer.kill()));
  else for (const peer of pair) peer.freeze();
}

function untilGivenUp({ server, signal }: Scene, pair: Pair): Promise<string[]> {
  return untilNone({ signal, patienceMs }, async () => {
    const online = (await listPeers(server.url)).filter(({ state }) => state === 'online').map(({ id }) => id);
    return pair.filter(({ id }) => online.includes(id)).map(({ id }) => `the frozen peer ${id} is never given up`);
  });
}

async function bringBack({ server, signal }: Scene, { pair, fault }: Strike) {
  const backMs: number[] = [];
  const failures: string[] = [];
  await Promise.all(
    pair.map(async (peer) => {
      const startedMs = performance.now();
      if (fault === 'killed') await peer.start();
      else peer.thaw();
      failures.push(...(await untilPeersAreBack(server, [peer], { signal, patienceMs })));
      backMs.push(performance.now() - startedMs);
    }),
  );
  return { backMs, failures };
}
