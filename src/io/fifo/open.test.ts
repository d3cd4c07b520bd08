import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FifoError, type FifoErrorCode } from './error.ts';
import { checkFifoDirectory, makeFifos, removeFifos } from './files.ts';
import { openFifoReader, openFifoWriter, openServerEnds } from './open.ts';
import type { FifoSink } from './reader.ts';
import { FifoWriter } from './writer.ts';

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rivulet-fifo-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Gathers what comes, at most 1000 bytes at once; `ended` settles with the error, or undefined, when it is over. */
function gatherer() {
  const place = new Uint8Array(1000);
  const chunks: Buffer[] = [];
  let onClose: FifoSink['onClose'] = () => {};
  const ended = new Promise<Error | undefined>((resolve) => {
    onClose = resolve;
  });
  const received = (count: number) => void chunks.push(Buffer.from(place.slice(0, count)));
  const sink: FifoSink = { buffer: () => place, received, onClose };
  return { sink, ended, text: () => Buffer.concat(chunks).toString('latin1') };
}

const withCode = (code: FifoErrorCode) => (error: unknown) => error instanceof FifoError && error.code === code;

/** The number of this process's descriptors that lead to `path`. */
function descriptorsOf(path: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false; // closed meanwhile
    }
  }).length;
}

test('bytes go through in order, and the end is seen', async (t) => {
  const { requests } = await makeFifos(await temporaryFolder(t));
  const { sink, ended, text } = gatherer();
  const reader = await openFifoReader(requests, sink);
  const writer = await openFifoWriter(requests, assert.fail);
  const payload = Buffer.alloc(300_000, 'payload ');
  await Promise.all([writer.write('bulk', 'one\n', payload), writer.write('bulk', 'two\n')]);
  assert.equal(writer.bytesFlushed, 300_008);
  writer.close();
  assert.equal(await ended, undefined);
  assert.equal(text(), `one\n${payload.toString()}two\n`);
  assert.equal(reader.bytesRead, 300_008);
});

test('short messages go ahead of queued bulk, and never into the middle of a payload', async (t) => {
  const { requests } = await makeFifos(await temporaryFolder(t));
  const { sink, ended, text } = gatherer();
  const reader = await openFifoReader(requests, sink);
  reader.pause();
  const writer = await openFifoWriter(requests, assert.fail);
  const order: string[] = [];
  const write = (lane: 'short' | 'bulk', name: string, payload?: Buffer) =>
    writer.write(lane, name, payload).then(() => order.push(name));
  const large = Buffer.alloc(1_000_000, '.');
  const written = [write('bulk', 'A', large), write('bulk', 'B', large), write('short', 'c'), write('short', 'd')];
  reader.resume();
  await Promise.all(written);
  writer.close();
  await ended;
  assert.deepEqual(order, ['A', 'c', 'd', 'B']);
  assert.equal(text(), `A${large}cdB${large}`);
});

test('opening to write fails at once when nobody reads', async (t) => {
  const { requests } = await makeFifos(await temporaryFolder(t));
  await assert.rejects(openFifoWriter(requests, assert.fail), withCode('nobody'));
});

test('a reader that leaves is noticed: what is queued fails with "nobody"', async (t) => {
  const { requests } = await makeFifos(await temporaryFolder(t));
  const { sink } = gatherer();
  const reader = await openFifoReader(requests, sink);
  reader.pause();
  let closed: (error: Error) => void = () => {};
  const onClose = new Promise<Error>((resolve) => {
    closed = resolve;
  });
  const writer = await openFifoWriter(requests, (error) => closed(error));
  const first = writer.write('bulk', 'x', Buffer.alloc(1_000_000));
  const second = writer.write('short', 'y');
  const outcomes = Promise.allSettled([first, second]);
  reader.close();
  for (const outcome of await outcomes) assert.ok(outcome.status === 'rejected' && withCode('nobody')(outcome.reason));
  assert.ok(withCode('nobody')(await onClose));
  await assert.rejects(writer.write('short', 'z'), withCode('closed'));
});

test('closing a writer fails what it has not written, and does not call onClose', async (t) => {
  const { requests } = await makeFifos(await temporaryFolder(t));
  const reader = await openFifoReader(requests, gatherer().sink);
  const writer = await openFifoWriter(requests, assert.fail);
  reader.pause();
  const outcome = assert.rejects(writer.write('bulk', 'x', Buffer.alloc(1_000_000)), withCode('closed'));
  writer.close();
  await outcome;
  reader.close();
});

test('what a sink throws closes the reader', async (t) => {
  const { requests } = await makeFifos(await temporaryFolder(t));
  const { sink, ended } = gatherer();
  const fault = new Error('cannot be followed');
  await openFifoReader(requests, {
    ...sink,
    received() {
      throw fault;
    },
  });
  const writer = await openFifoWriter(requests, () => {});
  await writer.write('short', 'x');
  assert.equal(await ended, fault);
  writer.close();
});

test('a reader may be there before any writer: it does not see the end of what has not begun', async (t) => {
  const { requests } = await makeFifos(await temporaryFolder(t));
  const { sink, ended, text } = gatherer();
  await openFifoReader(requests, sink);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve))); // the event loop has polled it
  const writer = await openFifoWriter(requests, assert.fail);
  await writer.write('short', 'here');
  writer.close();
  await ended;
  assert.equal(text(), 'here');
});

test('every way an end can close gives its descriptor back', async (t) => {
  const { requests } = await makeFifos(await temporaryFolder(t));
  const { sink, ended } = gatherer();
  await openFifoReader(requests, sink);
  const writer = await openFifoWriter(requests, assert.fail);
  assert.equal(descriptorsOf(requests), 2, 'control: both ends are open');
  writer.close();
  await ended;
  await new Promise((resolve) => setImmediate(resolve)); // libuv closes in the next round
  assert.equal(descriptorsOf(requests), 0);
  assert.throws(() => new FifoWriter(-1, assert.fail), 'a descriptor that is none');
});

for (const kind of ['file', 'folder', 'link to a FIFO', 'nothing']) {
  test(`a ${kind} in the place of a FIFO is neither read nor written`, async (t) => {
    const folder = await temporaryFolder(t);
    const { requests } = await makeFifos(folder);
    const path = join(folder, 'replies');
    await rm(path);
    if (kind === 'file') await writeFile(path, 'precious');
    if (kind === 'folder') await mkdir(path);
    if (kind === 'link to a FIFO') await symlink(requests, path);
    await assert.rejects(openFifoReader(path, gatherer().sink), withCode('not-a-fifo'));
    if (kind !== 'folder') await assert.rejects(openFifoWriter(path, assert.fail), withCode('not-a-fifo'));
    await assert.rejects(checkFifoDirectory(folder, [tmpdir()]), withCode('not-a-fifo'));
    assert.equal(descriptorsOf(path), 0);
  });
}

test('fresh FIFOs replace those of an earlier session, with what was left in them', async (t) => {
  const folder = await temporaryFolder(t);
  const before = await makeFifos(folder);
  const stale = await openFifoReader(before.requests, gatherer().sink);
  stale.pause();
  const old = await openFifoWriter(before.requests, () => {});
  await old.write('short', 'stale');
  const { requests } = await makeFifos(folder);
  const { sink, ended, text } = gatherer();
  await openFifoReader(requests, sink);
  const writer = await openFifoWriter(requests, assert.fail);
  await writer.write('short', 'fresh');
  writer.close();
  await ended;
  assert.equal(text(), 'fresh');
  old.close();
  stale.close();
});

test('a server does not open one FIFO of an earlier session and one of the next', async (t) => {
  const folder = await temporaryFolder(t);
  const pair = await makeFifos(folder);
  await openFifoReader(pair.requests, gatherer().sink);
  const opening = openServerEnds(pair, gatherer().sink, () => {});
  while (descriptorsOf(pair.replies) === 0); // opened by a thread of the pool, while nothing else of ours goes on
  execFileSync('sh', ['-c', 'mkfifo new && mv new replies'], { cwd: folder });
  await assert.rejects(opening, withCode('nobody'));
});

test("the folder and the FIFOs are the user's alone", async (t) => {
  const folder = join(await temporaryFolder(t), 'deep', 'p1');
  const pair = await makeFifos(folder);
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  assert.equal((await stat(pair.requests)).mode & 0o777, 0o600);
  await removeFifos(folder);
  assert.deepEqual(await readdir(folder), []);
  await removeFifos(folder);
});

test('a file that is in the way of a FIFO is not deleted', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'requests'), 'precious');
  await assert.rejects(makeFifos(folder), withCode('not-a-fifo'));
  assert.deepEqual(await readdir(folder), ['requests']);
});

test('only a folder inside one of the roots is accepted, wherever links lead', async (t) => {
  const base = await temporaryFolder(t);
  const peers = join(base, 'peers');
  const outside = join(base, 'outside');
  await makeFifos(join(peers, 'p1'));
  await makeFifos(outside);
  await makeFifos(join(base, 'peers-2'));
  await symlink(outside, join(peers, 'link'));
  await symlink(peers, join(base, 'way-in'));
  await writeFile(join(peers, 'file'), '');

  assert.equal(await checkFifoDirectory(join(peers, 'p1'), [peers]), join(peers, 'p1'));
  assert.equal(await checkFifoDirectory(join(base, 'way-in', 'p1'), [peers]), join(peers, 'p1'));
  assert.equal(await checkFifoDirectory(join(peers, 'p1'), [join(base, 'way-in')]), join(peers, 'p1'));
  const refused: [path: string, code: FifoErrorCode][] = [
    [outside, 'outside'],
    [join(peers, 'link'), 'outside'],
    [join(peers, '..', 'outside'), 'outside'],
    [join(base, 'peers-2'), 'outside'],
    [peers, 'outside'],
    ['/etc/does-not-exist', 'outside'],
    ['/', 'outside'],
    [join(peers, 'missing'), 'not-a-directory'],
    [join(peers, 'file'), 'not-a-directory'],
  ];
  for (const [path, code] of refused) await assert.rejects(checkFifoDirectory(path, [peers]), withCode(code), path);
  await assert.rejects(checkFifoDirectory(outside, []), withCode('outside'));
  assert.equal(await checkFifoDirectory(outside, [base]), outside, 'control: with a wider root it is accepted');
});

test('a pair of FIFOs is what a shell would call one', async (t) => {
  const folder = await temporaryFolder(t);
  await makeFifos(folder);
  execFileSync('sh', ['-c', 'test -p requests && test -p replies'], { cwd: folder });
});
