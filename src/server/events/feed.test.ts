import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../io/log.ts';
import { EventStreamReader } from '../../protocols/http/content/event-stream.testing.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import { Change, type Source, type Topic, topics } from './change.ts';
import { Feed } from './feed.ts';
import { subscribersMax } from './subscribers.ts';

/** Tells what a test puts into `found`. */
class FakeSource implements Source {
  readonly topic: Topic;
  readonly found: Change[] = [];
  readonly calls: string[] = [];
  here: Change[] = [];
  constructor(topic: Topic) {
    this.topic = topic;
  }
  begin(): void {
    this.calls.push('begin');
  }
  *changes(): Generator<Change> {
    this.calls.push('changes');
    yield* this.found.splice(0);
  }
  end(): void {
    this.calls.push('end');
  }
  present(file: string | undefined): Change[] {
    this.calls.push(`present ${file}`);
    return this.here;
  }
}

const peerGone = (id: string, note = ''): Change =>
  new Change('peers', `peer ${id}`, null, () => ({ event: 'peer-removed', data: { id: `${id}${note}` } }));
const fileGone = (id: string): Change =>
  new Change('files', `file ${id}`, id, () => ({ event: 'file-removed', data: { id } }));
const transferEnded = (id: string, file: string | null): Change =>
  new Change('transfers', `transfer ${id}`, file, () => ({ event: 'transfer-ended', data: { id } }));

/** A feed whose time passes when a test says so. */
function scene() {
  const sources = {
    peers: new FakeSource('peers'),
    files: new FakeSource('files'),
    transfers: new FakeSource('transfers'),
  };
  const ticker = { tick: undefined as (() => void) | undefined, nowMs: 1000 };
  const noted: string[] = [];
  const feed = new Feed({
    sources: Object.values(sources),
    log: { ...silentLog, error: (_, message) => noted.push(message) },
    clock: {
      now: () => ticker.nowMs,
      every: (ms, tick) => {
        assert.equal(ms, 100);
        ticker.tick = tick;
        return () => (ticker.tick = undefined);
      },
    },
  });
  const pass = (ms = 100): void => {
    ticker.nowMs += ms;
    ticker.tick?.();
  };
  return { feed, sources, ticker, noted, pass };
}

/** A reader that takes a chunk whenever a test says so. */
function reader(feed: Feed, wanted: readonly Topic[] = topics, file?: string, address = '127.0.0.1') {
  const chunks = feed.stream({ topics: new Set(wanted), file }, address)[Symbol.asyncIterator]();
  const stream = new EventStreamReader();
  const take = async (): Promise<boolean> => {
    const { value, done } = await chunks.next();
    if (done !== true) stream.receive(value);
    return done !== true;
  };
  const told = (): string[] =>
    stream.events.splice(0).map(({ event, data }) => `${event} ${(JSON.parse(data) as { id: string }).id}`);
  const leave = async (): Promise<void> => void (await chunks.return?.());
  return { take, told, leave, stream, chunks };
}

test('the beginning says when to come back, then changes are told as they come', async () => {
  const { feed, sources, pass } = scene();
  const { take, told, stream } = reader(feed);
  await take();
  assert.deepEqual([stream.retryMs, stream.comments.length, told()], [1000, 1, []]);
  const taking = take();
  sources.peers.found.push(peerGone('p1'));
  sources.files.found.push(fileGone('f1'));
  pass();
  await taking;
  assert.deepEqual(told(), ['peer-removed p1', 'file-removed f1']);
});

test('whoever does not read is told the latest of each thing once it does', async () => {
  const { feed, sources, pass } = scene();
  const { take, told } = reader(feed);
  await take();
  for (const note of ['a', 'b', 'c']) {
    sources.peers.found.push(peerGone('p1', note), peerGone('p2', note));
    pass();
  }
  await take();
  assert.deepEqual(told(), ['peer-removed p1c', 'peer-removed p2c']);
  sources.peers.found.push(peerGone('p1', 'd'));
  const taking = take();
  pass();
  await taking;
  assert.deepEqual(told(), ['peer-removed p1d']);
});

test('what waits is handed out a piece at a time, and replaced meanwhile', async () => {
  const { feed, sources, pass } = scene();
  const { take, told } = reader(feed);
  await take();
  const note = '.'.repeat(30_000);
  for (const id of ['p1', 'p2', 'p3', 'p4']) sources.peers.found.push(peerGone(id, note));
  pass();
  await take();
  assert.deepEqual(
    told().map((text) => text.slice(0, 15)),
    ['peer-removed p1', 'peer-removed p2', 'peer-removed p3'],
  );
  sources.peers.found.push(peerGone('p4', ' anew'));
  pass();
  await take();
  assert.deepEqual(told(), ['peer-removed p4 anew']);
});

test('an event is encoded once for all, and not at all for nobody', async () => {
  const { feed, sources, pass } = scene();
  const [one, other, elsewhere] = [reader(feed), reader(feed), reader(feed, ['files'])];
  for (const { take } of [one, other, elsewhere]) await take();
  let asked = 0;
  const view = () => {
    asked += 1;
    return { event: 'peer-removed', data: { id: 'p1' } } as const;
  };
  sources.peers.found.push(new Change('peers', 'peer p1', null, view));
  pass();
  const [chunk, same] = await Promise.all([one.chunks.next(), other.chunks.next()]);
  assert.deepEqual([asked, chunk.value === same.value], [1, true]);
  sources.peers.found.push(new Change('peers', 'peer p1', null, view), new Change('peers', 'peer p1', null, view));
  pass();
  assert.equal(asked, 1);
});

test('only what was wished for, and only that file', async () => {
  const { feed, sources, pass } = scene();
  const all = reader(feed);
  const files = reader(feed, ['files']);
  const one = reader(feed, topics, 'f1');
  for (const { take } of [all, files, one]) await take();
  sources.files.found.push(fileGone('f1'), fileGone('f2'));
  sources.peers.found.push(peerGone('p1'));
  sources.transfers.found.push(transferEnded('1', 'f1'), transferEnded('2', 'f2'), transferEnded('3', null));
  pass();
  for (const { take } of [all, files, one]) await take();
  assert.equal(all.told().length, 6);
  assert.deepEqual(files.told(), ['file-removed f1', 'file-removed f2']);
  assert.deepEqual(one.told(), ['peer-removed p1', 'file-removed f1', 'transfer-ended 1']);
});

test('a newcomer hears what is there, and nothing of what was before', async () => {
  const { feed, sources, pass } = scene();
  const first = reader(feed);
  await first.take();
  sources.peers.found.push(peerGone('p1'));
  sources.files.here = [fileGone('here')];
  const second = reader(feed, topics, 'f1');
  await second.take();
  assert.deepEqual(second.told(), ['file-removed here']);
  await first.take();
  assert.deepEqual(first.told(), ['peer-removed p1'], 'who was there before is told');
  sources.peers.found.push(peerGone('p2'));
  pass();
  await second.take();
  assert.deepEqual(second.told(), ['peer-removed p2']);
});

test('nothing is looked for that nobody watches, and nothing ticks without subscribers', async () => {
  const { feed, sources, ticker, pass, noted } = scene();
  assert.equal(ticker.tick, undefined);
  const [peers, more, files] = [reader(feed, ['peers']), reader(feed, ['peers']), reader(feed, ['files'])];
  await peers.take();
  pass();
  assert.deepEqual([sources.peers.calls, sources.files.calls], [['begin', 'present undefined', 'changes'], []]);
  await more.take();
  await files.take();
  assert.deepEqual(sources.files.calls, ['begin', 'present undefined']);
  await peers.leave();
  assert.ok(!sources.peers.calls.includes('end'));
  await more.leave();
  assert.deepEqual([sources.peers.calls.at(-1), feed.subscribers], ['end', 1]);
  await files.leave();
  assert.deepEqual([feed.subscribers, ticker.tick, noted], [0, undefined, []]);
  await reader(feed, ['peers']).take();
  assert.deepEqual(sources.peers.calls.slice(-2), ['begin', 'present undefined']);
});

test('one that leaves while it waits is forgotten at once, and is told that it is over', async () => {
  const { feed } = scene();
  const { take, leave, chunks } = reader(feed);
  await take();
  const taking = take();
  const leaving = leave();
  assert.equal(feed.subscribers, 0);
  await leaving;
  assert.deepEqual([await taking, (await chunks.next()).done], [false, true]);
});

test('one that never began is no subscriber', async () => {
  const { feed, ticker } = scene();
  await reader(feed).leave();
  assert.deepEqual([feed.subscribers, ticker.tick], [0, undefined]);
});

test('after fifteen seconds of silence there is a comment', async () => {
  const { feed, sources, pass } = scene();
  const { take, told, stream } = reader(feed);
  await take();
  const comments = stream.comments.length;
  let taken = false;
  const silence = async (): Promise<void> => {
    taken = false;
    const taking = take().then(() => (taken = true));
    pass(14_900);
    await new Promise(setImmediate);
    assert.equal(taken, false);
    pass();
    await taking;
  };
  await silence();
  await silence();
  assert.deepEqual([stream.comments.length - comments, stream.comments.at(-1)], [2, ' still here']);
  sources.peers.found.push(peerGone('p1'));
  pass(10_000);
  await take();
  await silence();
  assert.deepEqual([told(), stream.comments.length - comments], [['peer-removed p1'], 3]);
});

test('no comment waits for one that does not read', async () => {
  const { feed, pass } = scene();
  const { take, stream } = reader(feed);
  await take();
  const comments = stream.comments.length;
  for (let round = 0; round < 10; round += 1) pass(15_000);
  const taking = take();
  pass(15_000);
  await taking;
  assert.equal(stream.comments.length, comments + 1);
});

test('at the end everybody is told what is left, and the streams end', async () => {
  const { feed, sources, ticker, pass } = scene();
  const [waiting, slow] = [reader(feed), reader(feed)];
  await waiting.take();
  await slow.take();
  const taking = waiting.take();
  sources.peers.found.push(peerGone('p1'));
  feed.close();
  assert.deepEqual([feed.subscribers, ticker.tick], [0, undefined]);
  for (const { take, told } of [waiting, slow]) {
    const more = take === waiting.take ? await taking : await take();
    assert.deepEqual([more, told(), await take()], [true, ['peer-removed p1'], false]);
  }
  pass();
});

test('a stream that is asked for after the end says when to come back, and ends', async () => {
  const { feed, ticker } = scene();
  feed.close();
  const { take, stream } = reader(feed);
  assert.deepEqual([await take(), await take(), stream.retryMs], [true, false, 1000]);
  assert.deepEqual([feed.subscribers, ticker.tick], [0, undefined]);
});

test('so many, and no more', async () => {
  const { feed } = scene();
  const readers = Array.from({ length: subscribersMax }, () => reader(feed));
  for (const { take } of readers) await take();
  const tooMany = (error: unknown): boolean =>
    error instanceof HttpError && error.answer === 503 && error.headers[0]?.[0] === 'Retry-After';
  await assert.rejects(reader(feed).take(), tooMany);
  await readers[0]?.leave();
  assert.equal(await reader(feed).take(), true);
});

test('one address that has all places gives its oldest up for another, even while a chunk is awaited', async () => {
  const { feed } = scene();
  const readers = Array.from({ length: subscribersMax }, () => reader(feed));
  for (const { take } of readers) await take();
  const waiting = readers[0]?.take();
  assert.equal(await reader(feed, topics, undefined, '192.0.2.1').take(), true);
  assert.equal(await waiting, false);
  assert.equal(feed.subscribers, subscribersMax);
});

test('when it cannot be told what has changed, all begin anew', async () => {
  const { feed, sources, noted, pass } = scene();
  const { take } = reader(feed);
  await take();
  sources.peers.changes = () => {
    throw new Error('a fault');
  };
  const taking = take();
  pass();
  assert.equal(await taking, false);
  assert.deepEqual(noted, ['what has changed cannot be told']);
  assert.deepEqual([feed.subscribers, sources.peers.calls.at(-1), sources.files.calls.at(-1)], [0, 'end', 'end']);
});
