import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { ManualClock } from '../../../async/clock.testing.ts';
import { encodeBencode } from '../../../protocols/bencode/write.ts';
import { clientAnnounce } from '../../../protocols/tracker/client-announce.testing.ts';
import { parseAnnounceQuery } from '../../../protocols/tracker/http/read.ts';
import { responseLimits } from '../../../protocols/tracker/types.ts';
import { kindOf, readAnnounce } from '../../../protocols/tracker/udp/read.ts';
import { encodeAnnounce, encodeConnect, encodeError } from '../../../protocols/tracker/udp/write.ts';
import { askTracker } from './ask-tracker.ts';

const announce = clientAnnounce({ event: 'started' });
const never = new AbortController().signal;
const ask = (tracker: string, signal = never) => askTracker(tracker, announce, { clock: new ManualClock(), signal });

/** A server that answers each request, of which it is given the first line's target, as a test wants. */
async function startHttp(t: TestContext, answer: (target: string) => string | Buffer): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {}); // who has enough leaves
    socket.once('data', (bytes) => socket.end(answer(bytes.toString('latin1').split(' ')[1] ?? '')));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ok = (body: string | Buffer): Buffer =>
  Buffer.concat([Buffer.from('HTTP/1.0 200 OK\r\n\r\n'), Buffer.from(body as string)]);
const redirect = (location: string): string => `HTTP/1.1 302 Found\r\nLocation: ${location}\r\n\r\n`;

test('HTTP: what is asked and answered', async (t) => {
  const targets: string[] = [];
  const base = await startHttp(t, (target) => {
    targets.push(target);
    return ok('d8:intervali60e5:peers6:\x0a\0\0\x01\x1a\x61e');
  });
  const reply = await ask(`${base}/announce?passkey=1`);
  assert.deepEqual(reply.kind === 'peers' && [reply.interval, reply.peers], [
    60,
    [{ address: '10.0.0.1', port: 0x1a61 }],
  ]);
  assert.match(targets[0] ?? '', /^\/announce\?passkey=1&info_hash=/);
  const { infoHash, event } = parseAnnounceQuery(targets[0]?.split('?')[1] ?? '');
  assert.deepEqual([infoHash, event], [Buffer.from(announce.infoHash).toString('hex'), 'started']);
});

test('HTTP: three redirects are followed, not four', async (t) => {
  const hop = (target: string): string | Buffer => {
    const [, hops = '0'] = /^\/announce(\d)/.exec(target) ?? [];
    return hops === '0' ? ok('d8:intervali60ee') : redirect(`/announce${Number(hops) - 1}`);
  };
  const base = await startHttp(t, hop);
  assert.equal((await ask(`${base}/announce3`)).kind, 'peers');
  await assert.rejects(ask(`${base}/announce4`), /more than 3 redirects/);
});

const httpFaults: { fault: string; answer: string | Buffer; says: RegExp }[] = [
  { fault: 'a page that is not found', answer: 'HTTP/1.1 404 Not Found\r\n\r\n<html>', says: /status 404$/ },
  { fault: 'a page', answer: ok('<html>'), says: /no bencode/ },
  { fault: 'a redirect to TLS', answer: redirect('https://127.0.0.1/announce'), says: /no TLS/ },
  { fault: 'a redirect to another program here', answer: redirect('/delete'), says: /this machine/ },
  { fault: 'another protocol', answer: 'SSH-2.0-OpenSSH\r\n', says: /does not begin with "HTTP/ },
  { fault: 'an answer that breaks off', answer: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nd8:', says: /./ },
  {
    fault: 'more than a megabyte',
    answer: ok(Buffer.alloc(responseLimits.bytesMax + 1, '1')),
    says: /longer than 1048576/,
  },
];
for (const { fault, answer, says } of httpFaults) {
  test(`HTTP: ${fault} is a failure`, async (t) => {
    const base = await startHttp(t, () => answer);
    await assert.rejects(ask(`${base}/announce`), says);
  });
}

test('HTTP: a megabyte is read', async (t) => {
  const head = encodeBencode({ interval: 60, peers: '' });
  const base = await startHttp(t, () => ok(Buffer.concat([head, Buffer.alloc(responseLimits.bytesMax - head.length)])));
  assert.equal((await ask(`${base}/announce`)).kind, 'peers');
});

test('HTTP: a tracker that is not there, or says nothing until it is left', async (t) => {
  const base = await startHttp(t, () => assert.fail());
  const reason = new Error('enough');
  await assert.rejects(ask(`${base}/announce`, AbortSignal.abort(reason)), reason);
  const silent = createServer();
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const { port } = silent.address() as AddressInfo;
  const ending = new AbortController();
  silent.once('connection', () => ending.abort(reason));
  await assert.rejects(ask(`http://127.0.0.1:${port}/announce`, ending.signal), reason);
  silent.close();
  await once(silent, 'close');
  await assert.rejects(ask(`http://127.0.0.1:${port}/announce`), { code: 'ECONNREFUSED' });
});

const id = Buffer.from('0102030405060708', 'hex');
const peers = { compact: Buffer.from('0a0000011ae1', 'hex'), ids: Buffer.alloc(0) };
const counts = { interval: 60, seeders: 3, leechers: 2, ipv4: peers, ipv6: peers };

/** A tracker that says what a test wants to each datagram; undefined for nothing. */
async function startUdp(
  t: TestContext,
  answer: (datagram: Buffer, port: number) => Buffer | undefined,
): Promise<string> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => socket.close());
  socket.on('message', (datagram, from) => {
    const reply = answer(datagram, from.port);
    if (reply !== undefined) socket.send(reply, from.port, from.address);
  });
  return `udp://127.0.0.1:${socket.address().port}`;
}

test('UDP: connects, then announces with the id that it got, from the same port', async (t) => {
  const ports = new Set<number>();
  const transactions = new Set<number>();
  const base = await startUdp(t, (datagram, port) => {
    ports.add(port);
    transactions.add(datagram.readUInt32BE(12));
    if (kindOf(datagram) === 'connect') return encodeConnect(datagram, id);
    assert.deepEqual(datagram.subarray(0, 8), id);
    assert.equal(datagram.toString('latin1', 98), '\x02\x0c/announce?x=');
    const { infoHash, event } = readAnnounce(datagram);
    assert.deepEqual([infoHash, event], [Buffer.from(announce.infoHash).toString('hex'), 'started']);
    return encodeAnnounce(datagram, counts, peers);
  });
  const reply = await ask(`${base}/announce?x=`);
  assert.ok(reply.kind === 'peers');
  assert.deepEqual(
    [reply.peers, reply.interval, reply.seeders, reply.leechers],
    [[{ address: '10.0.0.1', port: 6881 }], 60, 3, 2],
  );
  assert.deepEqual([ports.size, transactions.size], [1, 2]);
});

test('UDP: what is no answer is passed over', async (t) => {
  const seen: string[] = [];
  const base = await startUdp(t, (datagram) => {
    const kind = kindOf(datagram);
    const good = kind === 'connect' ? encodeConnect(datagram, id) : encodeAnnounce(datagram, counts, peers);
    return seen.push(kind) % 2 === 0 ? good : Buffer.from(good).fill(0xee, 4, 8);
  });
  const clock = new ManualClock();
  const reply = askTracker(base, announce, { clock, signal: never });
  let settled = false;
  const watched = reply.finally(() => {
    settled = true;
  });
  // The first of each kind is answered as for another transaction, so it is sent again when its time has come.
  while (!settled) {
    await new Promise(setImmediate);
    if (seen.length % 2 === 1) clock.pass(clock.nextMs ?? 0);
  }
  assert.equal((await watched).kind, 'peers');
  assert.deepEqual([...new Set(seen)], ['connect', 'announce']);
});

test('UDP: errors are failures, at both steps', async (t) => {
  const failure = { kind: 'failure', reason: 'no', retryIn: undefined };
  assert.deepEqual(await ask(await startUdp(t, (datagram) => encodeError(datagram, 'no'))), failure);
  const later = await startUdp(t, (datagram) =>
    kindOf(datagram) === 'connect' ? encodeConnect(datagram, id) : encodeError(datagram, 'no'),
  );
  assert.deepEqual(await ask(later), failure);
});

test('UDP: a tracker that says nothing is asked twice', async (t) => {
  const clock = new ManualClock();
  let asked = 0;
  const base = await startUdp(t, () => {
    asked += 1;
    clock.pass(clock.nextMs ?? 0);
    return undefined;
  });
  await assert.rejects(askTracker(base, announce, { clock, signal: never }), /no answer from 127.0.0.1:\d+$/);
  assert.equal(asked, 2);
  assert.equal(clock.now(), 45_000);
});

test('UDP: left in the middle', async (t) => {
  const ending = new AbortController();
  const reason = new Error('enough');
  const base = await startUdp(t, (datagram) => {
    if (kindOf(datagram) === 'connect') return encodeConnect(datagram, id);
    ending.abort(reason);
    return undefined;
  });
  await assert.rejects(ask(base, ending.signal), reason);
});

test('what is no tracker is not asked', () => assert.rejects(ask('https://t.example/announce'), { code: 'bad-url' }));
