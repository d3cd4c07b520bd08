import assert from 'node:assert/strict';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ManualClock } from '../async/clock.testing.ts';
import type { Clock } from '../async/clock.ts';
import { BufferPool } from '../bytes/buffer-pool.ts';
import type { PeerId } from '../bytes/ids.ts';
import { CommandError } from '../cli/exit.ts';
import { fifoPair } from '../io/fifo/files.ts';
import { openFifoReader, openFifoWriter } from '../io/fifo/open.ts';
import { type Log, silentLog } from '../io/log.ts';
import { PieceStore } from '../io/pieces/piece-store.ts';
import { tempFolder } from '../io/temp-folder.testing.ts';
import { openFifoHolder } from '../storage/fifo/fifo-holder.ts';
import { storingHolderContract } from '../storage/holders/holder.testing.ts';
import { PieceServer } from './piece-server.ts';
import type { Register } from './register.ts';
import { serveFifos } from './serve-fifos.ts';

const id = 'p1' as PeerId;
const accepted: Register = async () => ({ kind: 'done', value: 'a server' });

interface RunningPeer {
  readonly directory: string;
  /** Settles when the peer has ended. */
  readonly ended: Promise<void>;
  /** Settles when the peer has been registered `count` times. */
  registered(count: number): Promise<void>;
  stop(): void;
}

/** A peer in this process, with its FIFOs in a new folder. */
async function startPeer(
  t: TestContext,
  register = accepted,
  log: Log = silentLog,
  clock?: Clock,
): Promise<RunningPeer> {
  const directory = tempFolder(t);
  const store = await PieceStore.open(directory, { log: silentLog });
  const pool = new BufferPool(0);
  const stop = new AbortController();
  let registrations = 0;
  let tellRegistered = (): void => {};
  const ended = serveFifos({
    id,
    directory,
    register,
    signal: stop.signal,
    log,
    pool,
    server: new PieceServer(id, store, pool),
    ...(clock && { clock }),
    onRegistered() {
      registrations += 1;
      tellRegistered();
    },
  });
  t.after(async () => {
    stop.abort();
    await ended.catch(() => {}); // a test that expects a failure has looked at it
    await store.close();
  });
  const registered = async (count: number): Promise<void> => {
    while (registrations < count) await new Promise<void>((resolve) => (tellRegistered = resolve));
  };
  return { directory, ended, registered, stop: () => stop.abort() };
}

const openHolder = (directory: string) => openFifoHolder({ id, directory, log: silentLog, random: Math.random });

storingHolderContract('the peer of this repository', async (t) => {
  const peer = await startPeer(t);
  await peer.registered(1);
  const holder = await openHolder(peer.directory);
  t.after(() => holder.close());
  return holder;
});

test('the FIFOs can be opened when the server is told of them', async (t) => {
  const modes: number[] = [];
  const peer = await startPeer(t, async ({ ipcPath }) => {
    const { requests, replies } = fifoPair(ipcPath);
    for (const path of [ipcPath, requests, replies]) modes.push((await stat(path)).mode & 0o777);
    const writer = await openFifoWriter(requests, () => {});
    t.after(() => writer.close());
    return { kind: 'done', value: 'a server' };
  });
  await peer.registered(1);
  assert.deepEqual(modes, [0o700, 0o600, 0o600]);
});

test('each session has FIFOs of its own, and is registered anew', async (t) => {
  const peer = await startPeer(t);
  const fifos = new Set<bigint>();
  for (let session = 1; session <= 3; session += 1) {
    await peer.registered(session);
    // Not the inode's number: the kernel may give that again at once.
    fifos.add((await stat(fifoPair(peer.directory).requests, { bigint: true })).birthtimeNs);
    const holder = await openHolder(peer.directory);
    assert.deepEqual(await holder.list(), []);
    holder.close();
  }
  assert.equal(fifos.size, 3);
});

test('whoever sees the end of a session finds the next one ready', async (t) => {
  const peer = await startPeer(t);
  await peer.registered(1);
  const { requests, replies } = fifoPair(peer.directory);
  for (let session = 0; session < 5; session += 1) {
    const text = await new Promise<string>((resolve, reject) => {
      const buffer = new Uint8Array(100);
      let received = '';
      const sink = {
        buffer: () => buffer,
        received: (count: number) => {
          received += Buffer.from(buffer.subarray(0, count)).toString();
        },
        onClose: () => resolve(received),
      };
      openFifoReader(replies, sink)
        .then(() => openFifoWriter(requests, reject))
        .then((writer) => writer.write('short', 'PING\nPING seq=2\n').then(() => writer.close()))
        .catch(reject);
    });
    assert.deepEqual(text.split('\n').sort(), ['', 'OK', 'OK seq=2']);
  }
});

test('a reply waits a moment for someone to read it', async (t) => {
  const peer = await startPeer(t);
  await peer.registered(1);
  const writer = await openFifoWriter(fifoPair(peer.directory).requests, () => {});
  await writer.write('short', 'PING seq=1\n');
  const reply = await new Promise<string>((resolve, reject) => {
    const buffer = new Uint8Array(100);
    const received = (count: number): void => resolve(Buffer.from(buffer.subarray(0, count)).toString());
    openFifoReader(fifoPair(peer.directory).replies, { buffer: () => buffer, received, onClose: reject }).catch(reject);
  });
  assert.equal(reply, 'OK seq=1\n');
  writer.close();
});

test('a server that is not there yet is asked again, and the reason is said', async (t) => {
  const said: string[] = [];
  let tries = 0;
  const register: Register = async () => {
    tries += 1;
    return tries === 1 ? { kind: 'again', message: 'no answer' } : { kind: 'done', value: 'a server' };
  };
  const clock = new ManualClock();
  const log = { ...silentLog, warn: (_: unknown, message: string) => said.push(message) };
  const peer = await startPeer(t, register, log, clock);
  await clock.passUntil(peer.registered(1));
  assert.deepEqual(said, ['no answer; trying again']);
});

test('a refusal ends the peer and removes its FIFOs', async (t) => {
  const peer = await startPeer(t, async () => ({ kind: 'refused', message: 'the server says: outside' }));
  await assert.rejects(peer.ended, (error) => error instanceof CommandError && error.exitCode === 1);
  assert.deepEqual(await readdir(peer.directory), []);
});

test('told to stop, a peer ends and removes its FIFOs, with a session and without', async (t) => {
  for (const withSession of [false, true]) {
    const peer = await startPeer(t);
    await peer.registered(1);
    const over = withSession ? await endOfSession(peer.directory) : undefined;
    peer.stop();
    await Promise.all([peer.ended, over?.closed]);
    assert.deepEqual(await readdir(peer.directory), []);
  }
});

/** Opens a session; `closed` settles when its end is seen. */
async function endOfSession(directory: string): Promise<{ closed: Promise<void> }> {
  let onClose = (): void => {};
  const closed = new Promise<void>((resolve) => {
    onClose = resolve;
  });
  const holder = await openFifoHolder({ id, directory, log: silentLog, random: Math.random, onClose });
  await holder.list();
  return { closed };
}

test('something else than a FIFO in its place is not touched', async (t) => {
  const directory = tempFolder(t);
  await writeFile(join(directory, 'requests'), 'mine');
  const store = await PieceStore.open(directory, { log: silentLog });
  const pool = new BufferPool(0);
  const server = new PieceServer(id, store, pool);
  const { signal } = new AbortController();
  const serving = serveFifos({
    id,
    directory,
    register: accepted,
    signal,
    log: silentLog,
    pool,
    server,
    onRegistered() {},
  });
  await assert.rejects(serving, { name: 'FifoError' });
});
