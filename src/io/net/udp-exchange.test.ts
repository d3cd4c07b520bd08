import assert from 'node:assert/strict';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { getEventListeners, once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { type TestContext, test } from 'node:test';
import { ManualClock } from '../../async/clock.testing.ts';
import { type UdpConversation, type UdpExchangeOptions, udpExchange } from './udp-exchange.ts';

/** A socket that the test answers from. */
async function openHost(t: TestContext, address = '127.0.0.1'): Promise<{ socket: Socket; port: number }> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4').bind(0, address);
  await once(socket, 'listening');
  t.after(() => socket.close());
  return { socket, port: socket.address().port };
}

const isPong = (datagram: Buffer): boolean => String(datagram) === 'pong';
const ping = ({ ask }: UdpConversation): Promise<Buffer> => ask(Buffer.from('ping'), isPong);

function setUp<Result = Buffer>(
  port: number,
  differs: Partial<UdpExchangeOptions> = {},
  converse = ping as (conversation: UdpConversation) => Promise<Result>,
) {
  const clock = new ManualClock();
  const ending = new AbortController();
  const options = { host: '127.0.0.1', port, sends: 3, clock, signal: ending.signal, ...differs };
  const result = udpExchange(options, converse);
  result.catch(() => {}); // looked at by the test, but maybe later
  return { clock, ending, result };
}

const received = async (socket: Socket): Promise<[Buffer, RemoteInfo]> => (await once(socket, 'message')) as never;

test('a request and its answer', async (t) => {
  const { socket, port } = await openHost(t);
  const { result, clock, ending } = setUp(port, { host: 'localhost' });
  const [request, from] = await received(socket);
  assert.equal(String(request), 'ping');
  socket.send('pong', from.port, from.address);
  assert.equal(String(await result), 'pong');
  assert.equal(clock.nextMs, undefined, 'nothing is waited for any more');
  assert.deepEqual(getEventListeners(ending.signal, 'abort'), [], 'nor is it of interest when it should end');
});

test('one question after the other comes from the same port', async (t) => {
  const { socket, port } = await openHost(t);
  const ports: number[] = [];
  socket.on('message', (_, from) => {
    ports.push(from.port);
    socket.send('pong', from.port, from.address);
  });
  const { result } = setUp(port, {}, async (host) => [await ping(host), await ping(host)]);
  assert.deepEqual((await result).map(String), ['pong', 'pong']);
  assert.equal(new Set(ports).size, 1);
});

test('the socket is closed when the conversation fails', async (t) => {
  const { socket, port } = await openHost(t);
  const { result } = setUp(port, {}, async (host) => {
    await ping(host);
    throw new Error('no more of that');
  });
  const [, from] = await received(socket);
  socket.send('pong', from.port, from.address);
  await assert.rejects(result, /no more of that/);
  await canBeBound(from.port);
});

async function canBeBound(port: number): Promise<void> {
  const socket = createSocket('udp4').bind(port, '127.0.0.1');
  await once(socket, 'listening');
  socket.close();
}

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

test('by IPv6', { skip: !hasIpv6 && 'no ::1 here' }, async (t) => {
  const { socket, port } = await openHost(t, '::1');
  const { result } = setUp(port, { host: '::1' }, async (host) => `${await ping(host)}, ${host.family}`);
  const [, from] = await received(socket);
  socket.send('pong', from.port, from.address);
  assert.equal(await result, 'pong, ipv6');
});

test('what is no answer is passed over, and so is what comes from elsewhere', async (t) => {
  const { socket, port } = await openHost(t);
  const stranger = await openHost(t);
  const seen: string[] = [];
  const isResponse = (datagram: Buffer): boolean => seen.push(String(datagram)) === 3;
  const { result } = setUp(port, {}, ({ ask }) => ask(Buffer.from('ping'), isResponse));
  const [, from] = await received(socket);
  await new Promise((resolve) => stranger.socket.send('forged', from.port, from.address, resolve));
  for (const text of ['late', 'noise', 'pong']) socket.send(text, from.port, from.address);
  assert.equal(String(await result), 'pong');
  assert.deepEqual(seen, ['late', 'noise', 'pong']);
});

test('the request is sent again after 15 s, then after 30 s more, and then given up', async (t) => {
  const { socket, port } = await openHost(t);
  const { result, clock } = setUp(port);
  const waits: (number | undefined)[] = [];
  for (let sends = 0; sends < 3; sends += 1) {
    await received(socket);
    waits.push(clock.nextMs);
    clock.pass(clock.nextMs as number);
  }
  assert.deepEqual(waits, [15_000, 30_000, 60_000]);
  await assert.rejects(result, { message: `no answer from 127.0.0.1:${port}` });
  assert.equal(clock.nextMs, undefined);
});

test('an answer to what was sent again', async (t) => {
  const { socket, port } = await openHost(t);
  const { result, clock } = setUp(port, { firstWaitMs: 10 });
  await received(socket);
  clock.pass(10);
  const [, from] = await received(socket);
  socket.send('pong', from.port, from.address);
  assert.equal(String(await result), 'pong');
});

test('aborted: before, while it waits, and after, when that changes nothing', async (t) => {
  const { socket, port } = await openHost(t);
  const reason = new Error('enough');
  await assert.rejects(setUp(port, { signal: AbortSignal.abort(reason) }).result, reason);
  const looking = setUp(port);
  looking.ending.abort(reason);
  await assert.rejects(looking.result, reason);
  const waiting = setUp(port);
  const [, from] = await received(socket);
  waiting.ending.abort(reason);
  await assert.rejects(waiting.result, reason);
  assert.equal(waiting.clock.nextMs, undefined);
  await canBeBound(from.port);
  const done = setUp(port);
  const [, last] = await received(socket);
  socket.send('pong', last.port, last.address);
  await done.result;
  done.ending.abort(reason);
});

test('a port where nobody listens fails at once', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await assert.rejects(setUp(port).result, { code: 'ECONNREFUSED' });
});

test('a name that is none is a system error', () =>
  assert.rejects(setUp(1, { host: 'nobody.invalid' }).result, (error: NodeJS.ErrnoException) =>
    /^(ENOTFOUND|EAI_AGAIN)$/.test(error.code ?? ''),
  ));
