import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { ManualClock } from '../async/clock.testing.ts';
import type { PeerId } from '../bytes/ids.ts';
import { registerByDatagram, registerByHttp } from './register.ts';

const registration = { id: 'p1' as PeerId, ipcPath: '/srv/my peers/ü&=' };

/** A server that gives one answer and remembers what it was asked. */
async function httpServer(t: TestContext, status: number, body: string): Promise<{ url: URL; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    let form = '';
    for await (const chunk of request) form += chunk;
    asked.push(`${request.method} ${request.url} ${request.headers['content-type']}`, form);
    response.writeHead(status).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { url: new URL(`http://127.0.0.1:${port}`), asked };
}

const httpAnswers = [
  { status: 200, body: '{"id":"p1"}', kind: 'done' },
  { status: 200, body: '<p>a stranger</p>', kind: 'refused' },
  { status: 400, body: '{"detail":"the path lies outside"}', kind: 'refused', message: /outside/ },
  { status: 401, body: '{}', kind: 'refused', message: /401/ },
  { status: 404, body: '<p>not found</p>', kind: 'refused', message: /404/ },
  { status: 409, body: '{"detail":"a live peer has that id"}', kind: 'again', message: /live peer/ },
  { status: 503, body: '', kind: 'again', message: /503/ },
];
for (const { status, body, kind, message } of httpAnswers) {
  test(`registration by HTTP: ${status} ${body} is ${kind}`, async (t) => {
    const { url, asked } = await httpServer(t, status, body);
    const outcome = await registerByHttp(url)(registration);
    assert.equal(outcome.kind, kind);
    if (message !== undefined && outcome.kind !== 'done') assert.match(outcome.message, message);
    assert.equal(asked[0], 'POST /register_peer application/x-www-form-urlencoded');
    assert.deepEqual(Object.fromEntries(new URLSearchParams(asked[1])), {
      'peer-id': 'p1',
      'ipc-path': registration.ipcPath,
    });
  });
}

test('registration by HTTP: nobody there is a reason to try again', async (t) => {
  const { url } = await httpServer(t, 200, '');
  url.port = '9'; // "discard" of RFC 863: nobody has listened there for decades
  const outcome = await registerByHttp(url)(registration);
  assert.deepEqual(outcome, { kind: 'again', message: 'no answer from http://127.0.0.1:9 (ECONNREFUSED)' });
});

/** A UDP port that gives one answer; `asked` settles with the datagram. */
async function udpServer(t: TestContext, reply: string): Promise<{ port: number; asked: Promise<string> }> {
  const socket = createSocket('udp4');
  const asked = new Promise<string>((resolve) => {
    socket.on('message', (datagram, { port }) => {
      resolve(datagram.toString());
      socket.send(reply, port, '127.0.0.1');
    });
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => socket.close());
  return { port: socket.address().port, asked };
}

const udpAnswers = [
  { reply: 'OK peer-id=p1 files=3 pieces=412', kind: 'done' },
  { reply: 'ERR code=taken message=a%20live%20peer', kind: 'again', message: /a live peer/ },
  { reply: 'ERR code=gone', kind: 'again', message: /gone/ },
  { reply: 'ERR code=bad-path message=outside', kind: 'refused', message: /outside/ },
  { reply: 'ERR code=bad-request', kind: 'refused', message: /bad-request/ },
  { reply: '\u0000\u0001 noise', kind: 'again', message: /makes no sense/ },
];
for (const { reply, kind, message } of udpAnswers) {
  test(`registration by a datagram: ${JSON.stringify(reply)} is ${kind}`, async (t) => {
    const { port, asked } = await udpServer(t, reply);
    const outcome = await registerByDatagram('127.0.0.1', port)(registration);
    assert.equal(outcome.kind, kind);
    if (message !== undefined && outcome.kind !== 'done') assert.match(outcome.message, message);
    assert.match(await asked, /^REGISTER peer-id=p1 ipc-path=\/srv\/my%20peers\/%C3%BC&=$/);
  });
}

test('registration by a datagram: nobody there is a reason to try again', async () => {
  const outcome = await registerByDatagram('127.0.0.1', 9)(registration);
  assert.equal(outcome.kind, 'again');
  if (outcome.kind === 'again') assert.match(outcome.message, /^no answer from udp 127\.0\.0\.1:9 \(ECONNREFUSED\)$/);
});

test('registration by a datagram: silence is a reason to try again', async (t) => {
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  t.after(() => silent.close());
  await once(silent, 'listening');
  const { port } = silent.address();
  const clock = new ManualClock();
  const outcome = await clock.passUntil(registerByDatagram('127.0.0.1', port, clock)(registration));
  assert.deepEqual(outcome, { kind: 'again', message: `no answer from udp 127.0.0.1:${port} (timeout)` });
  assert.equal(clock.now(), 2000);
});
