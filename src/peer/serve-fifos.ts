/**
 * The life of a peer on its FIFOs: make them, have them registered, serve the session that comes of it; when that is
 * over make fresh ones, so that no byte of it is ever met again, and begin anew.
 *
 *     peer    mkfifo requests replies; open requests; POST /register_peer
 *     server  open replies, open requests, HELLO, LIST_PARTS; 200
 */
import { Backoff, serverDelays } from '../async/backoff.ts';
import { type Clock, delay, foregroundClock } from '../async/clock.ts';
import { pause, retry } from '../async/retry.ts';
import type { PeerId } from '../bytes/ids.ts';
import { CommandError, exitCode } from '../cli/exit.ts';
import { FifoError } from '../io/fifo/error.ts';
import { makeFifos, removeFifos } from '../io/fifo/files.ts';
import { openFifoReader, openFifoWriter } from '../io/fifo/open.ts';
import type { FifoWriter } from '../io/fifo/writer.ts';
import type { Register } from './register.ts';
import { Session, type SessionContext } from './session.ts';

export interface FifoContext extends Omit<SessionContext, 'openReplies'> {
  readonly id: PeerId;
  /** The folder of the FIFOs, absolute. */
  readonly directory: string;
  readonly register: Register;
  /** Ends the peer's life, once the requests under way have their replies. */
  readonly signal: AbortSignal;
  /** Called after each successful registration. */
  readonly onRegistered: (where: string) => void;
}

/** Serves until `signal` comes. Fails with a CommandError when the server refuses the peer for good. */
export async function serveFifos(context: FifoContext): Promise<void> {
  const { clock = foregroundClock } = context;
  const backoff = new Backoff();
  let session: Session | undefined;
  try {
    for (let hurried = false; !context.signal.aborted; ) {
      const next = await openSession(context);
      // Whoever sees the end of one session finds the FIFOs of the next in place.
      await session?.close();
      session = next;
      const beganMs = clock.now();
      await serve(session, context, backoff, hurried);
      hurried = clock.now() - beganMs < serverDelays.lastMs;
      if (!hurried) backoff.reset();
    }
  } finally {
    await removeFifos(context.directory);
    await session?.close();
  }
}

/** Serves one session. `hurried`: the one before was over soon, so the server is not asked again at once. */
async function serve(session: Session, context: FifoContext, backoff: Backoff, hurried: boolean): Promise<void> {
  const { signal, log } = context;
  const stop = (): void => session.stop();
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();

  // Not waited for: it may hang on a server that does not answer, while a person at a shell uses the FIFOs.
  const over = new AbortController();
  let refusal: string | undefined;
  void keepRegistering(context, backoff, hurried, over.signal).then((message) => {
    refusal = message;
    if (message !== undefined) session.stop();
  });
  const reason = await session.over;
  over.abort();
  signal.removeEventListener('abort', stop);

  if (refusal !== undefined) throw new CommandError(exitCode.failure, refusal);
  if (!signal.aborted) log.info('peer', `session over: ${reason}`);
}

/** Makes the FIFOs and a session on them. The end that is read is open before anybody is told of it. */
async function openSession(context: FifoContext): Promise<Session> {
  const pair = await makeFifos(context.directory);
  const { clock = foregroundClock } = context;
  const openReplies = (onBroken: (error: Error) => void) => openWhenRead(pair.replies, onBroken, clock);
  const session = new Session({ ...context, openReplies });
  session.readFrom(await openFifoReader(pair.requests, session));
  return session;
}

/**
 * The time that `replies` has until somebody reads it: the server does so before it writes to `requests`, a person at a
 * shell perhaps a little later.
 */
const readerWait = { totalMs: 5_000, stepMs: 20 } as const;

async function openWhenRead(path: string, onBroken: (error: Error) => void, clock: Clock): Promise<FifoWriter> {
  for (let waitedMs = 0; ; waitedMs += readerWait.stepMs) {
    try {
      return await openFifoWriter(path, onBroken);
    } catch (error) {
      const nobody = error instanceof FifoError && error.code === 'nobody';
      if (!nobody || waitedMs >= readerWait.totalMs) throw error;
    }
    await delay(clock, readerWait.stepMs);
  }
}

/** Settles when the peer is registered or `signal` came; with the reason when the server refuses the peer for good. */
async function keepRegistering(
  { id, directory, register, onRegistered, log, clock = foregroundClock }: FifoContext,
  backoff: Backoff,
  hurried: boolean,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (hurried) await pause(clock, backoff.next(), signal);
  const say = (message: string): void => log.warn('peer', `${message}; trying again`);
  const outcome = await retry(() => register({ id, ipcPath: directory }), { backoff, clock, signal, say });
  if (outcome?.kind === 'refused') return outcome.message;
  if (outcome?.kind === 'done' && !signal.aborted) onRegistered(outcome.value);
  return undefined;
}
