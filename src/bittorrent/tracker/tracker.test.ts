import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TorrentId } from '../../bytes/ids.ts';
import { formatIp, ipBytes } from '../../bytes/ip.ts';
import { TrackerError } from '../../protocols/tracker/errors.ts';
import type { AnnounceRequest, AnnounceResponse } from '../../protocols/tracker/types.ts';
import { Tracker, type TrackerContext } from './tracker.ts';

const listed = 'aa'.repeat(20) as TorrentId;
const other = 'bb'.repeat(20) as TorrentId;
const localAddress = ipBytes('127.0.0.1');

/** A tracker with a clock in minutes. */
function trackerOf(context: Partial<TrackerContext> = {}) {
  const clock = { minutes: 0 };
  const tracker = new Tracker({
    open: true,
    isListed: (infoHash) => infoHash === listed,
    now: () => clock.minutes * 60_000,
    random: () => 0.5,
    ...context,
  });
  const announce = (from: string, change: Partial<AnnounceRequest> = {}): AnnounceResponse => {
    const at = from.lastIndexOf(':');
    const request: AnnounceRequest = {
      infoHash: listed,
      peerId: Buffer.alloc(20, from),
      port: Number(from.slice(at + 1)),
      seeder: false,
      event: 'none',
      wanted: 50,
      bothFamilies: true,
      withIds: false,
      ...change,
    };
    return tracker.announce(request, { address: ipBytes(from.slice(0, at)), localAddress });
  };
  return { tracker, clock, announce };
}

/** Addresses and ports of the answer, sorted. */
function peersIn({ ipv4, ipv6 }: AnnounceResponse): string[] {
  const read = (compact: Buffer, bytes: number): string[] =>
    Array.from({ length: compact.length / bytes }, (_, index) => {
      const record = compact.subarray(index * bytes, (index + 1) * bytes);
      return `${formatIp(record.subarray(0, -2))}:${record.readUInt16BE(bytes - 2)}`;
    });
  return [...read(ipv4.compact, 6), ...read(ipv6.compact, 18)].sort();
}

const refusedAs = (code: string) => (error: unknown) => error instanceof TrackerError && error.code === code;

test('two that announce hear of each other, and nobody of himself', () => {
  const { announce } = trackerOf();
  assert.deepEqual(peersIn(announce('10.0.0.1:1001')), []);
  assert.deepEqual(peersIn(announce('10.0.0.2:1001')), ['10.0.0.1:1001']);
  assert.deepEqual(peersIn(announce('10.0.0.1:1001')), ['10.0.0.2:1001']);
  assert.deepEqual(peersIn(announce('10.0.0.1:1002')), ['10.0.0.1:1001', '10.0.0.2:1001']);
});

test('a peer is its address and port: another id or another state does not make it two', () => {
  const { tracker, announce } = trackerOf();
  announce('10.0.0.1:1001');
  announce('10.0.0.1:1001', { peerId: Buffer.alloc(20, 'another') });
  announce('10.0.0.1:1001', { seeder: true });
  assert.deepEqual(tracker.counts(listed), { seeders: 1, completed: 0, leechers: 0 });
  assert.equal(tracker.peerCount, 1);
});

test('torrents do not mix', () => {
  const { announce } = trackerOf();
  announce('10.0.0.1:1001');
  assert.deepEqual(peersIn(announce('10.0.0.2:1001', { infoHash: other })), []);
});

test('counts, and a download that counts once', () => {
  const { tracker, announce } = trackerOf();
  announce('10.0.0.1:1001', { seeder: true });
  announce('10.0.0.2:1001');
  for (let times = 0; times < 3; times += 1) announce('10.0.0.2:1001', { seeder: true, event: 'completed' });
  const { seeders, leechers } = announce('10.0.0.3:1001');
  assert.deepEqual({ seeders, leechers }, { seeders: 2, leechers: 1 });
  assert.deepEqual(tracker.scrape(listed, localAddress), { seeders: 2, completed: 1, leechers: 1 });
});

test('seeders are told of leechers only', () => {
  const { announce } = trackerOf();
  announce('10.0.0.1:1001', { seeder: true });
  announce('10.0.0.2:1001');
  assert.deepEqual(peersIn(announce('10.0.0.3:1001', { seeder: true })), ['10.0.0.2:1001']);
  const fresh = peersIn(announce('10.0.0.4:1001', { seeder: true, event: 'started' }));
  assert.ok(fresh.includes('10.0.0.1:1001'), 'but for one who starts: it may not know yet how much is left to it');
  assert.deepEqual(peersIn(announce('10.0.0.4:1001')), ['10.0.0.1:1001', '10.0.0.2:1001', '10.0.0.3:1001']);
});

test('who stops is gone, hears of nobody, and may stop again', () => {
  const { tracker, announce } = trackerOf();
  announce('10.0.0.1:1001');
  announce('10.0.0.2:1001', { seeder: true });
  for (let times = 0; times < 2; times += 1) {
    const answer = announce('10.0.0.1:1001', { event: 'stopped' });
    assert.deepEqual([peersIn(answer), answer.seeders, answer.leechers], [[], 1, 0]);
  }
  assert.deepEqual(peersIn(announce('10.0.0.3:1001', { event: 'stopped', infoHash: other })), []);
  assert.deepEqual([tracker.peerCount, tracker.swarmCount], [1, 1]);
});

test('ports that are none, or belong to other services, are not handed out', () => {
  const { tracker, announce } = trackerOf();
  announce('10.0.0.1:1001');
  for (const port of [0, 22, 25, 53]) {
    assert.deepEqual(peersIn(announce('10.0.0.2:1001', { port })), ['10.0.0.1:1001'], `port ${port} may ask`);
  }
  assert.equal(tracker.peerCount, 1);
});

test('as many peers as are wanted', () => {
  const { announce } = trackerOf();
  for (let port = 1001; port <= 1300; port += 1) announce(`10.0.0.1:${port}`);
  const count = (wanted: number) => peersIn(announce('10.0.0.2:1001', { wanted })).length;
  assert.deepEqual([0, 1, 50, 200].map(count), [0, 1, 50, 200]);
});

test('IPv6 peers have a list of their own; it fills what the other leaves', () => {
  const { announce } = trackerOf();
  for (const from of ['10.0.0.1:1001', '10.0.0.2:1001', '2001:db8::1:1001', '2001:db8::2:1001']) announce(from);
  const ofIpv4 = announce('10.0.0.9:1001', { wanted: 3 });
  assert.deepEqual([ofIpv4.ipv4.compact.length, ofIpv4.ipv6.compact.length], [2 * 6, 1 * 18]);
  const ofIpv6 = announce('2001:db8::9:1001', { wanted: 3 });
  assert.deepEqual([ofIpv6.ipv4.compact.length, ofIpv6.ipv6.compact.length], [1 * 6, 2 * 18]);
  const byUdp = announce('10.0.0.9:1001', { bothFamilies: false });
  assert.equal(byUdp.ipv6.compact.length, 0);
  assert.equal(byUdp.leechers, 6);
});

test('the interval is half an hour and a little', () => {
  for (const [random, interval] of [
    [0, 1800],
    [0.5, 1845],
    [0.999, 1889],
  ] as const) {
    assert.equal(trackerOf({ random: () => random }).announce('10.0.0.1:1001').interval, interval);
  }
});

test('who misses two announces is gone; who does not is not', () => {
  const { tracker, clock, announce } = trackerOf();
  announce('10.0.0.1:1001');
  announce('10.0.0.2:1001', { infoHash: other, event: 'completed' });
  for (clock.minutes = 30; clock.minutes <= 60; clock.minutes += 30) {
    announce('2001:db8::1:1001');
    tracker.sweep();
    assert.equal(tracker.peerCount, 3);
  }
  clock.minutes = 64;
  for (let sweeps = 0; sweeps < 2; sweeps += 1) tracker.sweep();
  assert.equal(tracker.peerCount, 1);
  assert.deepEqual(
    tracker.peersOf(listed, 100).map(({ address }) => formatIp(address)),
    ['2001:db8::1'],
  );
  // A torrent that is not listed here goes with its last peer.
  assert.deepEqual([tracker.swarmCount, tracker.scrape(other, localAddress)], [1, undefined]);
});

test('a sweep looks at so many peers and goes on where it was', () => {
  const { tracker, clock, announce } = trackerOf({ bounds: { sweptPeers: 10 } });
  for (let swarm = 0; swarm < 10; swarm += 1) {
    const infoHash = swarm.toString(16).padStart(40, '0') as TorrentId;
    for (let port = 1001; port <= 1009; port += 1) announce(`10.0.0.1:${port}`, { infoHash });
  }
  clock.minutes = 100;
  const left = Array.from({ length: 4 }, () => {
    tracker.sweep();
    return tracker.peerCount;
  });
  assert.deepEqual(left, [81, 72, 63, 54]);
});

test('closed: only what the server lists, and what is listed no more goes', () => {
  let files: TorrentId[] = [listed];
  const { tracker, announce } = trackerOf({ open: false, isListed: (infoHash) => files.includes(infoHash) });
  announce('10.0.0.1:1001', { event: 'completed' });
  assert.throws(() => announce('10.0.0.1:1001', { infoHash: other }), refusedAs('unknown-torrent'));
  assert.equal(tracker.scrape(other, localAddress), undefined);
  files = [];
  assert.throws(() => announce('10.0.0.1:1001'), refusedAs('unknown-torrent'));
  assert.equal(tracker.scrape(listed, localAddress), undefined);
  tracker.sweep();
  assert.deepEqual([tracker.swarmCount, tracker.peerCount], [0, 0]);
});

test('a listed file that nobody has announced is all zeros', () => {
  const { tracker } = trackerOf({ open: false });
  assert.deepEqual(tracker.scrape(listed, localAddress), { seeders: 0, completed: 0, leechers: 0 });
  assert.deepEqual(tracker.peersOf(other, 100), []);
});

test('a listed file keeps its count of downloads when its last peer goes', () => {
  const { tracker, announce } = trackerOf();
  announce('10.0.0.1:1001', { event: 'completed' });
  announce('10.0.0.1:1001', { event: 'stopped' });
  tracker.sweep();
  assert.equal(tracker.counts(listed).completed, 1);
});

const bounds: {
  name: string;
  bounds: object;
  fits: [from: string, infoHash: TorrentId][];
  tooMuch: [string, TorrentId];
}[] = [
  { name: 'torrents', bounds: { swarms: 1 }, fits: [['10.0.0.1:1001', listed]], tooMuch: ['10.0.0.1:1001', other] },
  { name: 'peers', bounds: { peers: 1 }, fits: [['10.0.0.1:1001', listed]], tooMuch: ['10.0.0.1:1001', other] },
  {
    name: 'peers of one torrent',
    bounds: { peersPerSwarm: 2 },
    fits: [
      ['10.0.0.1:1001', listed],
      ['::1:1001', listed],
      ['10.0.0.1:1001', other],
    ],
    tooMuch: ['10.0.0.2:1001', listed],
  },
];
for (const { name, bounds: own, fits, tooMuch } of bounds) {
  test(`a bound on ${name}: no more come in, those who are in may announce`, () => {
    const { announce } = trackerOf({ bounds: own });
    for (const [from, infoHash] of fits) announce(from, { infoHash });
    assert.throws(() => announce(tooMuch[0], { infoHash: tooMuch[1] }), refusedAs('full'));
    for (const [from, infoHash] of fits) announce(from, { infoHash });
    const [from, infoHash] = fits[0] as [string, TorrentId];
    announce(from, { infoHash, event: 'stopped' });
    if (name !== 'torrents') announce(tooMuch[0], { infoHash: tooMuch[1] });
  });
}

test("the server's own seeder: first in the list, at the address that was reached, counted, not stored", () => {
  const { tracker, announce } = trackerOf();
  tracker.ownPeer = (infoHash, address) =>
    infoHash === listed ? { address, port: 6881, peerId: Buffer.alloc(20, 'own') } : undefined;
  for (let port = 1001; port <= 1003; port += 1) announce(`10.0.0.1:${port}`);
  const answer = announce('10.0.0.2:1001', { wanted: 2, withIds: true });
  assert.equal(answer.ipv4.compact.toString('hex', 0, 6), '7f0000011ae1');
  assert.equal(answer.ipv4.compact.length, 12);
  assert.equal(answer.ipv4.ids.toString('latin1', 0, 20), 'own'.repeat(7).slice(0, 20));
  assert.equal(answer.seeders, 1);
  assert.deepEqual(tracker.scrape(listed, localAddress), { seeders: 1, completed: 0, leechers: 4 });
  assert.equal(tracker.peersOf(listed, 100).length, 4);
  assert.deepEqual(peersIn(announce('10.0.0.2:1001', { wanted: 0 })), []);
  assert.ok(!peersIn(announce('10.0.0.3:1001', { seeder: true })).includes('127.0.0.1:6881'));
  assert.deepEqual(peersIn(announce('10.0.0.3:1001', { infoHash: other })), []);
  // It never meets itself, whoever announces in its name.
  assert.ok(!peersIn(announce('127.0.0.1:6881')).includes('127.0.0.1:6881'));
  assert.equal(peersIn(announce('10.0.0.2:1001')).filter((peer) => peer === '127.0.0.1:6881').length, 1);
});

for (const { ipv4, ipv6, expected } of [
  { ipv4: 4, ipv6: 6, expected: [4, 6] },
  { ipv4: 4, ipv6: 7, expected: [4, 6] },
  { ipv4: 1000, ipv6: 0, expected: [10, 0] },
  { ipv4: 0, ipv6: 1000, expected: [0, 10] },
  { ipv4: 1000, ipv6: 2, expected: [8, 2] },
  { ipv4: 1000, ipv6: 1000, expected: [5, 5] },
])
  test(`ten of ${ipv4} peers by IPv4 and ${ipv6} by IPv6: ${expected}, each once, others the next time`, () => {
    const { tracker, announce } = trackerOf();
    for (let port = 1001; port <= 1000 + ipv4; port += 1) announce(`10.0.0.1:${port}`);
    for (let port = 1001; port <= 1000 + ipv6; port += 1) announce(`2001:db8::1:${port}`);
    const draw = (): string[] => tracker.peersOf(listed, 10).map(({ address, port }) => `${formatIp(address)} ${port}`);
    const drawn = draw();
    assert.equal(new Set(drawn).size, drawn.length);
    assert.deepEqual(
      [4, 6].map((family) => drawn.filter((one) => one.includes('::') === (family === 6)).length),
      expected,
    );
    if (ipv4 + ipv6 > 1000) assert.notDeepEqual(draw(), drawn);
  });
