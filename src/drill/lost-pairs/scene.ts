/** The server, five peers and the files of K4. */
import type { FileDetailView } from '../../protocols/api/types.ts';
import { type Content, getJson, upload } from '../client.ts';
import type { DrillContext } from '../drill.ts';
import type { PeerProgram, Processes, ServerProgram } from '../processes.ts';
import type { Random } from '../random.ts';
import type { StoredFile } from './timed-download.ts';

export interface Scene {
  readonly server: ServerProgram;
  readonly peers: readonly PeerProgram[];
  /** Files so large that a client that does not read leaves the server in the middle of one. */
  readonly large: readonly StoredFile[];
  /** Files of one piece each. */
  readonly small: readonly StoredFile[];
  readonly random: Random;
  readonly signal: AbortSignal;
}

export type Pair = readonly [PeerProgram, PeerProgram];

/**
 * The grace period of the server, in seconds: nothing is copied to others, which would only hide what happens without.
 */
const repairDelay = 86_400;
const peerIds = ['p1', 'p2', 'p3', 'p4', 'p5'];
const largeFiles = 2;
const largeBytes = 24 * 1024 * 1024;
/**
 * The number of small files. Three of five peers have each: among so many, some are with both of any pair, and some
 * with neither.
 */
const smallFiles = 60;
const smallBytes = 10_000;

export async function openScene(
  { signal, random }: DrillContext,
  processes: Processes,
  replicas: number,
): Promise<Scene> {
  const server = await processes.startServer({ replicas, repair_delay: repairDelay });
  const peers = await Promise.all(peerIds.map((id) => processes.startPeer(server, id)));
  const seed = random().toString(36).slice(2);
  const contents = (kind: string, count: number, length: number): Content[] =>
    Array.from({ length: count }, (_, index) => ({ name: `${kind}-${index}`, seed: `${seed}${kind}${index}`, length }));
  const large = await store(server.url, contents('large', largeFiles, largeBytes));
  const small = await store(server.url, contents('small', smallFiles, smallBytes));
  return { server, peers, large, small, random, signal };
}

async function store(server: string, [first, ...more]: readonly Content[]): Promise<StoredFile[]> {
  if (first === undefined) return [];
  const contents = [first, ...more] as const;
  const outcome = await upload(server, contents, 'form');
  if (outcome.kind !== 'done') throw new Error(`${first.name} was not taken: ${JSON.stringify(outcome)}`);
  return contents.map((content, index) => ({ ...content, id: String(outcome.value[index]?.id) }));
}

/** The small files of which each of the pair has a copy, and those of which neither has. */
export async function filesWith(
  { server, small }: Scene,
  pair: Pair,
): Promise<{ readonly both: readonly StoredFile[]; readonly neither: readonly StoredFile[] }> {
  const views = await Promise.all(small.map(({ id }) => getJson<FileDetailView>(server.url, `/file?id=${id}`)));
  const copies = views.map(({ peers }) => peers.filter(({ id }) => pair.some((peer) => peer.id === id)).length);
  const having = (count: number): StoredFile[] => small.filter((_, index) => copies[index] === count);
  return { both: having(pair.length), neither: having(0) };
}
