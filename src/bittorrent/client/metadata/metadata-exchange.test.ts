import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Endpoint } from '../../../bytes/endpoint.ts';
import { silentLog } from '../../../io/log.ts';
import { RawListener, type RawPeer } from '../../peers/raw-peer.testing.ts';
import { about, dataOf, extensions, give, hello, info, infoHash, ourPeerId, requests } from '../metadata.testing.ts';
import { exchangeLimits, MetadataExchange } from './metadata-exchange.ts';

const { connections, candidates } = exchangeLimits;

interface SetUpOptions {
  /** The endpoint at which every peer is dialled, whatever its address. */
  readonly at?: Endpoint;
}

/** An exchange whose time is told by the test. */
function setUp(t: TestContext, { at }: SetUpOptions = {}) {
  const dialled: Endpoint[] = [];
  const sockets: Socket[] = [];
  let closings = 0;
  let tick = (): void => assert.fail('it is not running');
  const exchange = new MetadataExchange({
    infoHash,
    peerId: ourPeerId,
    port: undefined,
    dial: (remote) => {
      dialled.push(remote);
      const { address: host, port } = at ?? remote;
      const socket = connect({ host, port });
      sockets.push(socket);
      socket.on('close', () => {
        closings += 1;
      });
      return socket;
    },
    log: silentLog,
    clock: {
      every: (_, callback) => {
        tick = callback;
        return () => {
          tick = () => assert.fail('it was stopped');
        };
      },
    },
  });
  const control = new AbortController();
  t.after(() => control.abort());
  const pass = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += exchangeLimits.sweepMs) tick();
  };
  /** Begins; a failure is the caller's to look at. */
  const begin = () => {
    const result = exchange.fetch(control.signal);
    result.catch(() => {});
    return result;
  };
  /** Settles when all that `peers` have said was taken. */
  const taken = (peers: readonly RawPeer[]): Promise<void> =>
    until(() =>
      peers.every(({ ended, socket: { remotePort, bytesWritten } }) => {
        const ours = sockets.find(({ localPort }) => localPort === remotePort);
        return ended || (ours?.bytesRead ?? 0) >= bytesWritten;
      }),
    );
  /** Settles when so many connections have ended, on our side too. */
  const closed = (count: number): Promise<void> => until(() => closings >= count);
  return { exchange, dialled, pass, begin, control, taken, closed, closings: () => closings };
}

const listen = (t: TestContext, play?: (peer: RawPeer) => unknown) => RawListener.open(t, play);

/** Addresses at which nobody is. */
const strangers = (count: number, from = 0): Endpoint[] =>
  Array.from({ length: count }, (_, index) => ({ address: '192.0.2.1', port: 1 + from + index }));

/** Settles once `condition` holds, which some event is going to bring about. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

test('the dictionary of the first peer that gives it; all connections end', async (t) => {
  const { exchange, begin } = setUp(t);
  const slow = await listen(t, (peer) => peer.raw(hello()).say(extensions()));
  const result = begin();
  exchange.offer([slow.remote]);
  await requests(await slow.peer()).next();
  assert.deepEqual([exchange.known, exchange.connected], [1, 1]);
  const [one, other] = [await listen(t, give), await listen(t)];
  exchange.offer([other.remote, one.remote]);
  const { info: got, peers } = await result;
  assert.ok(got.equals(info));
  assert.deepEqual(peers, [one.remote, slow.remote], 'the one that gave it first; the other has not shaken hands');
  for (const listener of [slow, one, other]) await (await listener.peer()).over();
  assert.equal(exchange.connected, 0);
});

test('peers that were offered before are dialled when it begins, each once', async (t) => {
  const { exchange, dialled, begin } = setUp(t);
  const [silent, honest] = [await listen(t), await listen(t, give)];
  exchange.offer([silent.remote]);
  exchange.offer([{ ...silent.remote }, silent.remote]);
  assert.deepEqual(dialled, []);
  const result = begin();
  exchange.offer([silent.remote, honest.remote]);
  await result;
  assert.deepEqual(dialled, [silent.remote, honest.remote]);
});

const wrong = Buffer.from(info);
wrong[20_000] = (wrong[20_000] as number) ^ 1;

const hostile: { name: string; play: (peer: RawPeer) => unknown }[] = [
  { name: 'gives other bytes', play: (peer) => give(peer, wrong) },
  { name: 'gives another dictionary', play: (peer) => give(peer, info.subarray(1)) },
  { name: 'announces a message without end', play: (peer) => peer.raw(hello()).raw(Buffer.from('ffffffff14', 'hex')) },
  { name: 'has metadata without end', play: (peer) => peer.raw(hello()).say(extensions({ size: 2 ** 40 })) },
  { name: 'closes when it is asked', play: (peer) => requestsThen(peer, () => peer.socket.destroy()) },
  { name: 'says nothing', play: () => {} },
  { name: 'gives nothing', play: (peer) => peer.raw(hello()).say(extensions()) },
  { name: 'gives one piece', play: (peer) => requestsThen(peer, () => peer.say(about(dataOf(0)))) },
];

async function requestsThen(peer: RawPeer, then: () => unknown): Promise<void> {
  peer.raw(hello()).say(extensions());
  await requests(peer).next();
  then();
}

for (const { name, play } of hostile) {
  test(`one that ${name} does not stop it`, async (t) => {
    const { exchange, pass, begin } = setUp(t);
    const listener = await listen(t, play);
    const result = begin();
    exchange.offer([listener.remote]);
    const peer = await listener.peer();
    while (!peer.ended) {
      await new Promise(setImmediate);
      pass(1000);
    }
    const honest = await listen(t, give);
    exchange.offer([honest.remote]);
    assert.ok((await result).info.equals(info));
  });
}

test('all of them at once do not, though they come first', async (t) => {
  const { exchange, begin } = setUp(t);
  const result = begin();
  const bad = await Promise.all([...hostile, ...hostile].map(({ play }) => listen(t, play)));
  const honest = await listen(t, give);
  exchange.offer([...bad, honest].map(({ remote }) => remote));
  assert.ok((await result).info.equals(info));
});

test('ten are asked at a time; who ends makes room for the next', async (t) => {
  const listener = await listen(t);
  const { exchange, dialled, begin } = setUp(t, { at: listener.remote });
  begin();
  exchange.offer(strangers(connections + 5));
  const last = await listener.peer(connections - 1);
  assert.equal(dialled.length, connections);
  last.socket.destroy();
  await listener.peer(connections);
  assert.equal(dialled.length, connections + 1);
});

test('who failed is left alone for 5 s, then 10 s, then 20 s', async (t) => {
  const listener = await listen(t, (peer) => peer.socket.destroy());
  const { exchange, dialled, pass, begin, closed } = setUp(t);
  begin();
  exchange.offer([listener.remote]);
  for (const [failures, seconds] of [5, 10, 20].entries()) {
    await closed(failures + 1);
    pass(1000 * (seconds - 1));
    assert.equal(dialled.length, failures + 1);
    pass(1000);
    assert.equal(dialled.length, failures + 2);
  }
});

test('those that drip keep nobody out for more than 30 s; while nobody waits they may', async (t) => {
  const { exchange, pass, begin, dialled, taken } = setUp(t);
  const result = begin();
  const drip = (peer: RawPeer): unknown => peer.raw(hello()).say(extensions());
  const listeners = await Promise.all(Array.from({ length: connections }, () => listen(t, drip)));
  exchange.offer(listeners.map(({ remote }) => remote));
  const peers = await Promise.all(listeners.map((listener) => listener.peer()));
  for (const peer of peers) await requests(peer).next();
  for (let piece = 0; piece < 6; piece += 1) {
    for (const peer of peers) peer.say(about(dataOf(piece)));
    await taken(peers);
    pass(10_000);
  }
  assert.deepEqual([peers.filter(({ ended }) => ended).length, dialled.length], [0, connections], 'nobody waits');
  const honest = await listen(t, give);
  exchange.offer([honest.remote]);
  assert.equal(dialled.length, connections);
  pass(1000);
  assert.ok((await result).info.equals(info));
});

test('after a failure it is twice the time', async (t) => {
  let play = (peer: RawPeer): unknown => peer.socket.destroy();
  const listener = await listen(t, (peer) => play(peer));
  const { exchange, pass, begin, taken, closed, closings } = setUp(t, { at: listener.remote });
  begin();
  exchange.offer(strangers(connections));
  await closed(connections);
  play = (peer) => peer.raw(hello()).say(extensions());
  pass(5000);
  await listener.peer(2 * connections - 1);
  const peers = listener.peers.slice(connections);
  for (const peer of peers) await requests(peer).next();
  for (const [piece, ms] of [10_000, 10_000, 10_000, 10_000, 10_000, 9_000].entries()) {
    for (const peer of peers) peer.say(about(dataOf(piece)));
    await taken(peers);
    pass(ms);
    if (piece === 0) exchange.offer(strangers(1, connections));
  }
  assert.equal(closings(), connections);
  pass(1000);
  await closed(connections + 1);
  await listener.peer(2 * connections);
});

test('of those that wait, who failed least is the next', async (t) => {
  let play = (peer: RawPeer): unknown => peer.socket.destroy();
  const listener = await listen(t, (peer) => play(peer));
  const { exchange, dialled, pass, begin, closed } = setUp(t, { at: listener.remote });
  const [failed, fresh, ...crowd] = strangers(connections + 2) as [Endpoint, Endpoint, ...Endpoint[]];
  begin();
  exchange.offer([failed]);
  await closed(1);
  play = () => {};
  exchange.offer(crowd);
  pass(5000);
  exchange.offer([fresh]);
  assert.deepEqual(dialled, [failed, ...crowd], 'both are due, and there is no room');
  (await listener.peer(1)).socket.destroy();
  await closed(2);
  assert.deepEqual(dialled.slice(connections + 1), [fresh]);
});

test('a thousand are remembered; then only in place of those that failed', async (t) => {
  let play = (_: RawPeer): unknown => undefined;
  const listener = await listen(t, (peer) => play(peer));
  const { exchange, dialled, begin, closed } = setUp(t, { at: listener.remote });
  begin();
  exchange.offer(strangers(candidates + 1));
  assert.equal(exchange.known, candidates);
  play = (peer) => peer.socket.destroy();
  await listener.peer(connections - 1);
  for (const peer of listener.peers) peer.socket.destroy();
  await closed(candidates);
  const late = { address: '192.0.2.2', port: 1 };
  exchange.offer([late]);
  assert.deepEqual([dialled.at(-1), exchange.known], [late, candidates]);
});

test('it can be given up: with the reason, and nobody is dialled any more', async (t) => {
  const { exchange, dialled, begin, control } = setUp(t);
  const silent = await listen(t);
  const result = begin();
  exchange.offer([silent.remote]);
  await silent.peer();
  control.abort(new Error('the user has gone'));
  await assert.rejects(result, /the user has gone/);
  await (await silent.peer()).over();
  exchange.offer(strangers(1));
  assert.equal(dialled.length, 1);
  await assert.rejects(exchange.fetch(control.signal), /the user has gone/);
});
