import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../../async/clock.testing.ts';
import { type Log, silentLog } from '../../../io/log.ts';
import type { ClientAnnounce, TrackerPeers, TrackerResponse } from '../../../protocols/tracker/types.ts';
import { Announcer, type AnnouncerOptions, announcerLimits } from './announcer.ts';
import type { AskTracker } from './ask-tracker.ts';

const [a, b, c] = [
  'http://a.example/announce',
  'udp://b.example:6969',
  'http://c.example/announce?passkey=secret',
] as const;

const answer: TrackerPeers = {
  kind: 'peers',
  peers: [{ address: '10.0.0.1', port: 6881 }],
  interval: 1800,
  minInterval: 900,
  warning: undefined,
  seeders: undefined,
  leechers: undefined,
  trackerId: undefined,
};
const refusal = (retryIn?: number | 'never'): TrackerResponse => ({ kind: 'failure', reason: 'no', retryIn });

/** The behaviour of a tracker of the test: it answers, fails, or is answered for later by the test. */
type Behaviour = TrackerResponse | Error | Promise<TrackerResponse> | (() => never);

function setUp(differs: Partial<AnnouncerOptions> = {}) {
  const clock = new ManualClock();
  const asked: { readonly tracker: string; readonly announce: ClientAnnounce; readonly signal: AbortSignal }[] = [];
  const behaviours = new Map<string, Behaviour>();
  const told: string[] = [];
  const progress = { uploadedBytes: 1, downloadedBytes: 2, leftBytes: 3 as number | undefined };
  const ask: AskTracker = (tracker, announce, { signal }) => {
    asked.push({ tracker, announce, signal });
    const behaviour = behaviours.get(tracker) ?? answer;
    if (typeof behaviour === 'function') behaviour();
    return behaviour instanceof Error ? Promise.reject(behaviour) : Promise.resolve(behaviour as TrackerResponse);
  };
  const announcer = new Announcer({
    infoHash: Buffer.alloc(20, 1),
    peerId: Buffer.alloc(20, 2),
    port: 6881,
    tiers: [[a]],
    progress: () => progress,
    onPeers: (peers, tracker) => told.push(`${peers.length} of ${tracker}`),
    onFailure: (tracker, reason) => told.push(`${tracker} failed: ${reason}`),
    onWarning: (tracker, warning) => told.push(`${tracker} warns: ${warning}`),
    log: silentLog,
    random: () => 0.5,
    clock,
    ask,
    ...differs,
  });
  /** The letter and the event of what was asked since it was looked at last. */
  const events = async (): Promise<string> => {
    await settle();
    return asked
      .splice(0)
      .map(({ tracker, announce }) => `${/\/\/(.)/.exec(tracker)?.[1]} ${announce.event}`)
      .join(', ');
  };
  const pass = async (seconds: number): Promise<void> => {
    await settle();
    clock.pass(seconds * 1000);
    await settle();
  };
  return { announcer, clock, asked, behaviours, told, progress, events, pass };
}

/** Lets all promises that can go on do so. */
const settle = (): Promise<void> => new Promise(setImmediate);

const never = new Promise<never>(() => {});

test('started, then nothing special at the interval, then stopped', async () => {
  const { announcer, asked, told, events, pass } = setUp();
  announcer.start();
  await settle();
  assert.deepEqual(asked[0]?.announce, {
    infoHash: Buffer.alloc(20, 1),
    peerId: Buffer.alloc(20, 2),
    port: 6881,
    uploadedBytes: 1,
    downloadedBytes: 2,
    leftBytes: 3,
    event: 'started',
    wanted: 50,
    key: 2 ** 31,
  });
  assert.equal(await events(), 'a started');
  assert.deepEqual(told, [`1 of ${a}`]);
  assert.deepEqual([announcer.working, announcer.failures], [true, []]);
  await pass(1799.999);
  assert.equal(await events(), '');
  await pass(0.001);
  assert.equal(await events(), 'a none');
  await pass(1800);
  assert.equal(await events(), 'a none');
  await announcer.stop();
  assert.deepEqual([asked[0]?.announce.event, asked[0]?.announce.wanted], ['stopped', 0]);
  assert.equal(await events(), 'a stopped');
  await pass(10_000);
  assert.equal(await events(), '');
});

test('what is left is more than nothing while it is not known', async () => {
  const { announcer, asked, progress } = setUp();
  progress.leftBytes = undefined;
  announcer.start();
  assert.equal(asked[0]?.announce.leftBytes, 1);
});

test('without trackers, or before it is started, it does nothing', async () => {
  for (const { announcer, clock, events, told } of [setUp({ tiers: [] }), setUp({ tiers: [[]] })]) {
    announcer.start();
    announcer.announceNow();
    announcer.completed();
    assert.equal(await events(), '');
    await announcer.stop();
    assert.deepEqual([announcer.working, announcer.failures, told, clock.nextMs], [false, [], [], undefined]);
  }
  const unstarted = setUp();
  unstarted.announcer.announceNow();
  unstarted.announcer.completed();
  await unstarted.announcer.stop();
  unstarted.announcer.start();
  assert.equal(await unstarted.events(), '');
});

test('the next tracker is asked only when the one before fails; who answers is the first of its tier', async () => {
  const { announcer, behaviours, told, events, pass } = setUp({ tiers: [[a, b], [c]], random: () => 0 });
  behaviours.set(a, new Error('gone'));
  announcer.start();
  assert.equal(await events(), 'a started, b started');
  assert.deepEqual(told, [`${a} failed: gone`, `1 of ${b}`]);
  assert.deepEqual([announcer.working, announcer.failures], [true, [{ tracker: a, reason: 'gone' }]]);
  await pass(1800);
  assert.equal(await events(), 'b none');
  behaviours.set(b, refusal());
  await pass(1800);
  assert.equal(await events(), 'b none, a started, c started');
  behaviours.clear();
  await pass(1800);
  assert.equal(await events(), 'b none', 'the first tier comes first again');
  await announcer.stop();
  assert.equal(await events(), 'b stopped, c stopped', 'to those that were told of a start');
});

test('started is said until it has been heard', async () => {
  const { announcer, behaviours, events, pass } = setUp();
  behaviours.set(a, new Error('gone'));
  announcer.start();
  await pass(5);
  behaviours.clear();
  await pass(10);
  await pass(1800);
  assert.equal(await events(), 'a started, a started, a started, a none');
});

test('when no tracker answers the waits grow, whoever wants peers', async () => {
  const { announcer, behaviours, told, events, pass, clock } = setUp({ tiers: [[a], [b]] });
  behaviours.set(a, new Error('gone')).set(b, refusal());
  announcer.start();
  await settle();
  for (const seconds of [5, 10, 20, 40]) {
    assert.equal(await events(), 'a started, b started');
    assert.equal(announcer.working, false);
    announcer.announceNow();
    assert.equal(clock.nextMs, seconds * 1000);
    await pass(seconds);
  }
  assert.deepEqual(told.slice(0, 2), [`${a} failed: gone`, `${b} failed: no`]);
  assert.deepEqual(announcer.failures, [
    { tracker: a, reason: 'gone' },
    { tracker: b, reason: 'no' },
  ]);
});

test('peers that are wanted are asked for when the tracker allows it, and then at the interval again', async () => {
  const { announcer, events, pass } = setUp();
  announcer.start();
  announcer.announceNow();
  assert.equal(await events(), 'a started');
  for (let times = 0; times < 3; times += 1) announcer.announceNow();
  await pass(899);
  announcer.announceNow();
  assert.equal(await events(), '');
  await pass(1);
  assert.equal(await events(), 'a none');
  await pass(1799);
  assert.equal(await events(), '');
  announcer.announceNow();
  await pass(0);
  assert.equal(await events(), 'a none', 'the control: it is allowed by now');
});

test('a tracker of our own may be asked at any time, though not by whoever was not started', async () => {
  const { announcer, behaviours, events, pass } = setUp();
  announcer.announceAnyway();
  await pass(0);
  assert.equal(await events(), '');
  behaviours.set(a, refusal());
  announcer.start();
  await settle();
  behaviours.delete(a);
  announcer.announceAnyway();
  await pass(0);
  announcer.announceAnyway();
  await pass(0);
  assert.equal(await events(), 'a started, a started, a none');
});

test('a finished download is told at once, and once', async () => {
  const { announcer, progress, events, pass } = setUp();
  announcer.start();
  await pass(10);
  progress.leftBytes = 0;
  announcer.completed();
  announcer.completed();
  await pass(0);
  assert.equal(await events(), 'a started, a completed');
  announcer.completed();
  await pass(1800);
  assert.equal(await events(), 'a none');
});

test('a download that finishes before the first answer counts', async () => {
  const { announcer, events, pass } = setUp();
  announcer.start();
  announcer.completed();
  await settle();
  await pass(0);
  assert.equal(await events(), 'a started, a completed');
});

test('who is told of peers may say at once that there is nothing to be had, or too few of them', async () => {
  const empty = setUp({ onPeers: () => empty.announcer.completed() });
  empty.announcer.start();
  await empty.pass(0);
  assert.equal(await empty.events(), 'a started, a completed');
  const lonely = setUp({ onPeers: () => lonely.announcer.announceNow() });
  lonely.announcer.start();
  await lonely.pass(900);
  assert.equal(await lonely.events(), 'a started, a none');
});

test('a finished download is told to whoever answers first, though all fail for now', async () => {
  const { announcer, behaviours, events, pass } = setUp({ tiers: [[a], [b]] });
  announcer.start();
  assert.equal(await events(), 'a started');
  behaviours.set(a, refusal()).set(b, refusal());
  announcer.completed();
  await pass(0);
  assert.equal(await events(), 'a completed, b started');
  behaviours.delete(b);
  await pass(5);
  await pass(0);
  assert.equal(await events(), 'a completed, b started, a completed, b completed');
  await pass(1800);
  assert.equal(await events(), 'a none, b none');
});

test('what was complete at the start was not downloaded', async () => {
  const { announcer, progress, events, pass } = setUp();
  progress.leftBytes = 0;
  announcer.start();
  announcer.completed();
  await pass(1800);
  assert.equal(await events(), 'a started, a none');
});

test('a tracker that says when to come again is left alone until then (BEP 31)', async () => {
  const { announcer, behaviours, events, pass } = setUp({ tiers: [[a], [b]] });
  behaviours.set(a, refusal(60));
  announcer.start();
  await pass(1800);
  assert.equal(await events(), 'a started, b started, b none');
  await pass(1800);
  assert.equal(await events(), 'a started, b none');
});

test('when all say so, nothing is asked before; never is never, and for the longest a week', async () => {
  const { announcer, behaviours, clock, events, pass } = setUp({ tiers: [[a], [b]] });
  behaviours.set(a, refusal('never')).set(b, refusal(999_999_999));
  announcer.start();
  await settle();
  assert.equal(clock.nextMs, 7 * 24 * 3600 * 1000);
  behaviours.set(b, refusal('never'));
  await pass(7 * 24 * 3600);
  assert.equal(await events(), 'a started, b started, b started');
  assert.equal(clock.nextMs, undefined, 'nobody is left to ask');
});

test('trackers that cannot be asked are passed over, and that is told', async () => {
  const [tls, ws] = ['https://d.example/announce', 'wss://e.example'];
  const { announcer, told, events } = setUp({ tiers: [[tls, ws], [a]] });
  announcer.start();
  assert.equal(await events(), 'a started');
  const [wsFailed, tlsFailed] = [ws, tls].map((url) => `${url} failed: there is no TLS here`);
  assert.deepEqual(told, [wsFailed, tlsFailed, `1 of ${a}`]);
  assert.deepEqual(
    announcer.failures.map(({ reason }) => reason),
    ['there is no TLS here', 'there is no TLS here'],
  );
  const hopeless = setUp({ tiers: [[tls]] });
  hopeless.announcer.start();
  assert.equal(await hopeless.events(), '');
  assert.equal(hopeless.clock.nextMs, undefined);
});

test('each tracker is asked once a round, and there is an end to them', async () => {
  const many = Array.from({ length: 200 }, (_, index) => `http://f.example/announce?${index}`);
  const { announcer, behaviours, asked } = setUp({ tiers: [[a], [a, a], many] });
  for (const url of [a, ...many]) behaviours.set(url, refusal());
  announcer.start();
  await settle();
  assert.equal(asked.length, announcerLimits.trackers);
  assert.equal(new Set(asked.map(({ tracker }) => tracker)).size, announcerLimits.trackers);
});

test('a tracker that does not answer is given up in half a minute, also when it cannot be ended', async () => {
  const { announcer, asked, behaviours, told, pass } = setUp({ tiers: [[a], [b]] });
  behaviours.set(a, never);
  announcer.start();
  await pass(29.999);
  assert.equal(asked.length, 1);
  await pass(0.001);
  assert.equal(asked[0]?.signal.aborted, true);
  assert.deepEqual(told, [`${a} failed: no answer in 30 s`, `1 of ${b}`]);
});

test('a warning is for the user, and the id of a tracker is repeated to it alone', async () => {
  const { announcer, asked, behaviours, told, pass } = setUp({ tiers: [[a], [b]] });
  const trackerId = Buffer.from('me');
  behaviours.set(a, { ...answer, warning: 'soon to close', trackerId });
  announcer.start();
  await settle();
  assert.deepEqual(told, [`${a} warns: soon to close`, `1 of ${a}`]);
  behaviours.set(a, answer);
  await pass(1800);
  behaviours.set(a, new Error('gone'));
  await pass(1800);
  assert.deepEqual(
    asked.map(({ announce }) => announce.trackerId),
    [undefined, trackerId, trackerId, undefined],
  );
});

test('an end: the tracker that is being asked may still answer, and is told of the end', async () => {
  const { announcer, behaviours, told, events } = setUp();
  let reply: (reply: TrackerResponse) => void = () => {};
  behaviours.set(a, new Promise<TrackerResponse>((resolve) => (reply = resolve)));
  announcer.start();
  announcer.completed();
  const stopped = announcer.stop();
  behaviours.delete(a);
  reply(answer);
  await stopped;
  assert.equal(await events(), 'a started, a completed, a stopped');
  assert.deepEqual(told, [], 'nobody wants to hear of peers any more');
  assert.equal(announcer.stop(), stopped);
});

test('an end right after a download is told to one tracker as both, to the others as the end', async () => {
  const { announcer, behaviours, events, pass } = setUp({ tiers: [[a], [b]] });
  announcer.start();
  await settle();
  behaviours.set(a, refusal());
  await pass(1800);
  behaviours.clear();
  assert.equal(await events(), 'a started, a none, b started');
  announcer.completed();
  await announcer.stop();
  assert.equal(await events(), 'a completed, b stopped, a stopped');
});

test('an end waits for nobody for long', async () => {
  const { announcer, behaviours, clock, events, pass } = setUp({ tiers: [[a], [b]] });
  behaviours.set(a, new Error('gone'));
  announcer.start();
  await settle();
  behaviours.set(a, never).set(b, never);
  await pass(1800);
  const stopped = announcer.stop();
  let settled = false;
  void stopped.then(() => {
    settled = true;
  });
  await pass(1);
  assert.equal(await events(), 'a started, b started, a started, b stopped');
  await pass(1.499);
  assert.equal(settled, false);
  await pass(0.001);
  assert.deepEqual([settled, clock.nextMs], [true, undefined]);
});

test('a mistake of ours is logged, ends nothing, and is thrown at nobody', async () => {
  const errors: string[] = [];
  const log: Log = { ...silentLog, error: (_, message, __, cause) => errors.push(`${message}: ${cause}`) };
  const onPeers = (): void => {
    throw new Error('ours');
  };
  const { announcer, events, pass } = setUp({ log, onPeers });
  announcer.start();
  await pass(1800);
  assert.equal(await events(), 'a started, a none');
  assert.deepEqual(errors, Array(2).fill('announcing failed: Error: ours'));
  const lost = setUp({
    log,
    progress: () => {
      if (lost.asked.length === 0) return lost.progress;
      throw new Error('nobody knows');
    },
  });
  lost.announcer.start();
  await lost.pass(1800);
  assert.equal(errors.at(-1), 'announcing failed: Error: nobody knows');
  assert.equal(lost.clock.nextMs, 5_000);
  await lost.announcer.stop();
  const { announcer: unlucky, behaviours, told } = setUp();
  behaviours.set(a, () => {
    throw new Error('at once');
  });
  unlucky.start();
  await settle();
  assert.deepEqual(told, [`${a} failed: at once`]);
});

test('the log does not tell what a private tracker knows its users by', async () => {
  const lines: string[] = [];
  const write = (_: unknown, message: string, fields?: object): void =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  const { announcer, behaviours, pass } = setUp({ tiers: [[c]], log: { ...silentLog, debug: write, info: write } });
  announcer.start();
  await settle();
  behaviours.set(c, refusal());
  await pass(1800);
  assert.deepEqual(lines, [
    'announced {"tracker":"http://c.example","event":"started","peers":1}',
    'a tracker failed {"tracker":"http://c.example","reason":"no"}',
  ]);
});
