/** A FifoHolder with a FakePeer at the other end, in a time of the test's making. */
import type { TestContext } from 'node:test';
import { parsePeerId } from '../../bytes/ids.ts';
import { silentLog } from '../../io/log.ts';
import type { IpcRequest } from '../../protocols/ipc/types.ts';
import type { HolderError } from '../holders/holder.ts';
import { type FifoHolder, openFifoHolder } from './fifo-holder.ts';
import { FakePeer } from './fifo-peer.testing.ts';

const p1 = parsePeerId('p1') as NonNullable<ReturnType<typeof parsePeerId>>;

/** A holder whose time passes only when the test says so. */
export interface Setup {
  readonly peer: FakePeer;
  readonly opening: Promise<FifoHolder>;
  /** Lets `ms` pass, in sweeps of half a second. */
  pass(ms: number): void;
  /** Why the session ended, each time that it was told. */
  readonly ends: HolderError[];
}

export async function setUp(t: TestContext, answer: FakePeer['answer'] = () => undefined): Promise<Setup> {
  const peer = await FakePeer.start(t, p1);
  peer.answer = answer;
  let sweep = () => {};
  const ends: HolderError[] = [];
  const opening = openFifoHolder({
    id: p1,
    directory: peer.directory,
    log: silentLog,
    random: () => 0.5,
    onClose: (reason) => ends.push(reason),
    every: (_, callback) => {
      sweep = callback;
      return () => {
        sweep = () => {};
      };
    },
  });
  t.after(() =>
    opening.then(
      (holder) => holder.close(),
      () => {}, // a test about a session that does not open
    ),
  );
  const pass = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 500) sweep();
  };
  return { peer, opening, pass, ends };
}

/** Lets the event loop go round once. */
export function nextRound(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Waits for something that no event tells of. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await nextRound();
}

/** Answers as usual, but for one verb, which gets no answer. */
export const not = (verb: IpcRequest['verb']) => (request: IpcRequest) => (request.verb === verb ? null : undefined);
