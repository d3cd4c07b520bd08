/** A FifoHolder with a FakePeer at the other end, in a time of the test's making. */
import type { TestContext } from 'node:test';
import { ManualClock } from '../../async/clock.testing.ts';
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
  /** Lets `ms` pass, with a tick every half a second. */
  pass(ms: number): void;
  /** The reason why the session ended, each time that it was told. */
  readonly ends: HolderError[];
}

export async function setUp(t: TestContext, answer: FakePeer['answer'] = () => undefined): Promise<Setup> {
  const peer = await FakePeer.start(t, p1);
  peer.answer = answer;
  const clock = new ManualClock();
  const ends: HolderError[] = [];
  const opening = openFifoHolder({
    id: p1,
    directory: peer.directory,
    log: silentLog,
    random: () => 0.5,
    onClose: (reason) => ends.push(reason),
    clock,
  });
  t.after(() =>
    opening.then(
      (holder) => holder.close(),
      () => {}, // a test about a session that does not open
    ),
  );
  return { peer, opening, pass: (ms) => clock.pass(ms), ends };
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
