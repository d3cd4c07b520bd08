import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tracker } from '../../bittorrent/tracker/tracker.ts';
import type { TorrentId } from '../../bytes/ids.ts';
import { ConnectionIds } from '../../protocols/tracker/udp/connection-id.ts';
import { announceRequest, connectRequest, scrapeRequest } from '../../protocols/tracker/udp/udp.testing.ts';
import type { DomainContext } from '../context/context.ts';
import { createTrackerCounters } from '../context/tracker-counters.ts';
import { UdpTracker, type UdpTrackerOptions } from './tracker-udp.ts';

const infoHash = 'ab'.repeat(20) as TorrentId;
const client = '10.0.0.1';

function trackerOf(options: Partial<UdpTrackerOptions> = {}) {
  const tracker = new Tracker({ open: false, isListed: (hash) => hash === infoHash, now: () => 0, random: () => 0 });
  const counters = { tracker: createTrackerCounters() } as DomainContext['counters'];
  const clock = { seconds: 0 };
  const udp = new UdpTracker({
    tracker,
    counters,
    ids: new ConnectionIds(Buffer.alloc(16, 1)),
    localAddress: () => '10.0.0.9',
    now: () => clock.seconds * 1000,
    ...options,
  });
  const ask = (datagram: Buffer, from = client) => udp.answer(datagram, from) as Buffer | undefined;
  const connect = (from = client): Buffer => Buffer.from((ask(connectRequest(), from) as Buffer).subarray(8));
  return { udp, tracker, counters: counters.tracker, clock, ask, connect };
}

const errorOf = (answer: Buffer | undefined): string | undefined =>
  answer?.readUInt32BE(0) === 3 ? answer.toString('latin1', 8) : undefined;

test('connect, announce, scrape', () => {
  const { ask, connect, counters } = trackerOf();
  const id = connect();
  assert.equal(ask(announceRequest({ id, infoHash, port: 1001, left: 0n, event: 2 }))?.length, 20);
  const answer = ask(announceRequest({ id, infoHash, port: 1002, transaction: 9 }));
  assert.equal(answer?.toString('hex'), '00000001000000090000070800000001000000010a00000103e9');
  assert.equal(ask(scrapeRequest([infoHash], id))?.toString('hex'), '0000000200000006000000010000000000000001');
  assert.deepEqual([counters.announces.udp.answered, counters.scrapes.udp.answered], [2, 1]);
});

test('over IPv6 peers have 18 bytes', () => {
  const { ask, connect } = trackerOf({ localAddress: () => '::1' });
  const id = connect('2001:db8::1');
  ask(announceRequest({ id, infoHash, port: 1001 }), '2001:db8::1');
  const answer = ask(announceRequest({ id, infoHash, port: 1002 }), '2001:db8::1');
  assert.equal(answer?.toString('hex', 20), '20010db800000000000000000000000103e9');
});

test('an IPv4 client of a socket for both families is an IPv4 client', () => {
  const { ask, connect } = trackerOf();
  const id = connect('::ffff:10.0.0.1');
  ask(announceRequest({ id, infoHash, port: 1001 }), '10.0.0.1');
  assert.equal(ask(announceRequest({ id, infoHash, port: 1002 }), '::ffff:10.0.0.1')?.length, 26);
});

const forged: { name: string; datagram: Buffer; answer: string | undefined }[] = [
  { name: 'an announce', datagram: announceRequest({ infoHash }), answer: 'bad connection id' },
  { name: 'a scrape', datagram: scrapeRequest([infoHash]), answer: 'bad connection id' },
  { name: 'an action that there is not', datagram: Buffer.alloc(100, 4), answer: undefined },
];
for (const { name, datagram, answer } of forged) {
  test(`${name} without a connection id: ${answer ?? 'silence'}`, () => {
    const { ask, tracker } = trackerOf();
    assert.equal(errorOf(ask(datagram)), answer);
    assert.ok((ask(datagram)?.length ?? 0) <= datagram.length);
    assert.equal(tracker.peerCount, 0);
  });
}

test('a connection id of another address, or of two minutes ago, is none', () => {
  const { ask, connect, clock } = trackerOf();
  const id = connect();
  assert.equal(errorOf(ask(announceRequest({ id, infoHash }), '10.0.0.2')), 'bad connection id');
  clock.seconds = 119;
  assert.equal(errorOf(ask(announceRequest({ id, infoHash }))), undefined);
  clock.seconds = 120;
  assert.equal(errorOf(ask(announceRequest({ id, infoHash }))), 'bad connection id');
});

test('what is refused is told in words to a client that has an id', () => {
  const { ask, connect, counters } = trackerOf();
  const id = connect();
  const unknown = announceRequest({ id, infoHash: '00'.repeat(20) });
  assert.equal(errorOf(ask(unknown)), 'this tracker does not know that torrent');
  const strange = announceRequest({ id }).fill(9, 8, 12);
  assert.equal(errorOf(ask(strange)), 'no such action');
  assert.equal(errorOf(ask(Buffer.concat([scrapeRequest([infoHash], id), Buffer.alloc(1)]))), 'a cut hash');
  assert.deepEqual([counters.announces.udp.refused, counters.scrapes.udp.refused], [1, 1]);
});

test('a torrent that is not tracked is zeros in a scrape', () => {
  const { ask, connect } = trackerOf();
  assert.equal(ask(scrapeRequest(['00'.repeat(20)], connect()))?.toString('hex', 8), '00'.repeat(12));
});

test('when our own address must be found out, the answer comes later; only for those with an id', async () => {
  const asked: string[] = [];
  const localAddress = async (remote: string): Promise<string> => {
    asked.push(remote);
    return '10.0.0.8';
  };
  const { udp, tracker, ask, connect } = trackerOf({ localAddress });
  tracker.ownPeer = (_, address) => ({ address, port: 6881, peerId: Buffer.alloc(20) });
  const id = connect();
  ask(announceRequest({ infoHash }));
  assert.deepEqual(asked, []);
  const answer = await udp.answer(announceRequest({ id, infoHash }), client);
  assert.equal(answer?.toString('hex', 20), '0a0000081ae1');
  assert.deepEqual(asked, [client]);
});

test('our own mistakes are not told to anybody', () => {
  const { tracker, ask, connect } = trackerOf();
  tracker.ownPeer = () => {
    throw new Error('secret');
  };
  assert.throws(() => ask(announceRequest({ id: connect(), infoHash })), /secret/);
});
