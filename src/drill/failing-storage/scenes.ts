/**
 * The scenes in which calls are made to fail: at a server without peers, with two peers, at one of the peers; at the
 * start of a server; and between a server and a peer that breaks off. Each scene tries one fault after the other, on
 * one server.
 */
import { join } from 'node:path';
import { type FileCalls, nodeFiles } from '../../io/files/calls.ts';
import type { Content, UploadShape } from '../client.ts';
import type { DrillContext } from '../drill.ts';
import type { Patience } from '../patience.ts';
import { below } from '../random.ts';
import type { Break } from './breaking-peer.ts';
import { withBreakingPeer } from './breaks.ts';
import { type CycleStage, runCycle } from './cycle.ts';
import { type Fault, FaultyFiles, faultsIn } from './faulty-files.ts';
import { type PeerInProcess, startPeer } from './peer-in-process.ts';
import { type Served, serve } from './served.ts';
import { Starts } from './starts.ts';

export interface Scope extends Pick<DrillContext, 'directory' | 'random' | 'signal'> {
  /** The step between the faults that are tried: every n-th one. */
  readonly every: number;
  /** The bytes from one break to the next. */
  readonly breakStep: number;
  /** The time for what is closed, or cleared away, after the response. */
  readonly patienceMs: number;
  /** The most failures of a scene: more are of the same kind, so the rest is not tried any more. */
  readonly failuresMax: number;
}

export interface Tried {
  readonly faults: number;
  /** The failures, a sentence each, with the fault that caused it. */
  readonly failures: readonly string[];
}

export interface CycleScene {
  readonly name: string;
  readonly shape: UploadShape;
  /** The number of files in one upload. */
  readonly files: number;
  readonly peers: readonly string[];
  readonly failing: 'server' | 'first peer';
}

export const cycleScenes: readonly CycleScene[] = [
  { name: 'without peers', shape: 'raw', files: 1, peers: [], failing: 'server' },
  { name: 'two files in a form', shape: 'form', files: 2, peers: [], failing: 'server' },
  { name: 'with two peers', shape: 'chunked', files: 1, peers: ['p1', 'p2'], failing: 'server' },
  { name: 'at a peer', shape: 'raw', files: 1, peers: ['p1', 'p2'], failing: 'first peer' },
];

/** The size of a file: three pieces of the drill's 16 KiB. */
const fileBytes = 40_000;
/** The size of a small file: one piece, so that most bytes of a session are not pieces. */
const smallFileBytes = 3_000;

/** Tries faults during cycles of requests. `change` wraps the calls that fail, for controls. */
export async function tryCycles(
  scene: CycleScene,
  scope: Scope,
  change: (calls: FileCalls) => FileCalls = (calls) => calls,
): Promise<Tried> {
  const files = new FaultyFiles();
  const failing = change(files.calls);
  const served = await serve(join(scope.directory, scene.name), scene.failing === 'server' ? failing : nodeFiles);
  const peers: PeerInProcess[] = [];
  try {
    for (const [index, name] of scene.peers.entries()) {
      const calls = scene.failing === 'first peer' && index === 0 ? failing : nodeFiles;
      peers.push(await startPeer(served, name, calls));
    }
    return await tryAllCycles(scene, scope, served, files);
  } finally {
    for (const peer of peers) await peer.stop();
    await served.close();
  }
}

async function tryAllCycles(scene: CycleScene, scope: Scope, served: Served, files: FaultyFiles): Promise<Tried> {
  let number = 0;
  const nextStage = (): CycleStage => {
    number += 1;
    const contents = Array.from({ length: scene.files }, (_, index) => someFile(`${number}-${index}`, fileBytes));
    return {
      served,
      files,
      shape: scene.shape,
      contents: contents as [Content, ...Content[]],
      mayRefuse: scene.failing === 'server',
      patience: patienceOf(scope),
    };
  };
  const { faults, counts } = await runCycle(nextStage());
  if (faults.length > 0)
    return { faults: 0, failures: faults.map((fault) => `${scene.name}, without a fault: ${fault}`) };
  return tryEach(scene.name, scope, faultsIn(counts), async (fault) => (await runCycle(nextStage(), fault)).faults);
}

export async function tryStarts(
  scope: Scope,
  change: (calls: FileCalls) => FileCalls = (calls) => calls,
): Promise<Tried> {
  const files = new FaultyFiles();
  const root = join(scope.directory, 'starts');
  const content = someFile('kept', fileBytes);
  const starts = await Starts.prepare({
    root,
    files,
    calls: change(files.calls),
    content,
    patience: patienceOf(scope),
  });
  const counts = await starts.counts();
  return tryEach('at the start', scope, faultsIn(counts), (fault) => starts.start(fault));
}

/** Tries breaks at a peer, beside another one that does not break. */
export async function tryBreaks(scope: Scope): Promise<Tried> {
  const served = await serve(join(scope.directory, 'breaks'), nodeFiles);
  const other = await startPeer(served, 'p2', nodeFiles);
  const failures: string[] = [];
  let tried = 0;
  const once = async (at?: Break): Promise<Readonly<Record<Break['of'], number>>> => {
    tried += 1;
    const content = someFile(String(tried), smallFileBytes);
    const { faults, bytes } = await withBreakingPeer(served, content, patienceOf(scope), at);
    const when = at === undefined ? 'a peer that stays' : `a peer that breaks after ${at.afterBytes} bytes of ${at.of}`;
    failures.push(...faults.map((fault) => `${when}: ${fault}`));
    return bytes;
  };
  try {
    const bytes = await once();
    for (const of of ['requests', 'replies'] as const) {
      for (let at = 1 + below(scope.random, scope.breakStep); at <= bytes[of]; at += scope.breakStep) {
        scope.signal.throwIfAborted();
        await once({ of, afterBytes: at });
      }
    }
    return { faults: tried - 1, failures };
  } finally {
    await other.stop();
    await served.close();
  }
}

async function tryEach(
  where: string,
  { every, random, signal, failuresMax }: Scope,
  faults: readonly Fault[],
  attempt: (fault: Fault) => Promise<readonly string[]>,
): Promise<Tried> {
  const failures: string[] = [];
  let tried = 0;
  for (let index = below(random, every); index < faults.length; index += every) {
    const fault = faults[index] as Fault;
    signal.throwIfAborted();
    tried += 1;
    failures.push(...(await attempt(fault)).map((failure) => `${where}, ${told(fault)}: ${failure}`));
    if (failures.length >= failuresMax) break;
  }
  return { faults: tried, failures };
}

function told({ call, nth, kind, lasting }: Fault): string {
  return `${kind} at ${call} ${nth}${lasting ? ' and all that follow' : ''}`;
}

function someFile(name: string, length: number): Content {
  return { name: `file ${name}`, seed: `failing storage ${name}`, length };
}

function patienceOf({ signal, patienceMs }: Scope): Patience {
  return { signal, patienceMs };
}
