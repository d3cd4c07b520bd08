import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { test } from 'node:test';
import { silentLog } from '../io/log.ts';
import type { HttpRequest } from './handler.ts';
import { openHttpListener } from './listener.ts';
import { gate, plainError, RawClient, text, withListener } from './raw-client.testing.ts';

const host = 'Host: h\r\n';
const get = `GET / HTTP/1.1\r\n${host}\r\n`;
const last = `GET /last HTTP/1.1\r\n${host}Connection: close\r\n\r\n`;
const upload = (bytes: number) => `POST / HTTP/1.1\r\n${host}Content-Length: ${bytes}\r\n\r\n`;

/** More than the kernel keeps for two sockets, so that the end is sent when the answer has long been there. */
const manyBytes = 32 * 1024 * 1024;

test('a refusal can be read although the client goes on sending', () =>
  withListener(
    () => text('no', 403),
    async ({ port }) => {
      const client = new RawClient(port).send(upload(manyBytes));
      await client.until(/no$/);
      client.send(Buffer.alloc(manyBytes)).half();
      const [answer] = await client.responses();
      assert.deepEqual([answer?.status, answer?.complete, client.failure], [403, true, undefined]);
    },
  ));

test('the control: a server that closes at once takes the refusal back', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {}); // the reset that this is about
    socket.once('data', () => socket.end('HTTP/1.1 403 \r\n\r\nno', () => socket.destroy()));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  client.write(Buffer.alloc(manyBytes));
  const [error] = await once(client, 'error').catch((thrown) => [thrown]);
  assert.match(error.code, /ECONNRESET|EPIPE/);
  server.close();
});

test('a client that never stops sending is cut after a while', () =>
  withListener(
    () => text('no', 403),
    async ({ port }) => {
      const client = new RawClient(port).send(upload(manyBytes));
      await client.until(/no$/);
      client.send(Buffer.alloc(manyBytes));
      await client.over();
      assert.match(client.failure ?? '', /ECONNRESET|EPIPE/);
    },
    { limits: { lingerBytes: 1024 * 1024 } },
  ));

/** Short, so that the tests are; what is tested is that they end things, and only when they should. */
const limits = {
  sweepMs: 5,
  headMs: 50,
  idleMs: 50,
  bodyGraceMs: 50,
  bodyBytesPerSecond: 1_000_000,
  stallMs: 50,
  drainMs: 50,
  lingerMs: 50,
};

test('a connection that is kept open by the client after the last answer is cut', () =>
  withListener(
    () => text('bye'),
    async (listener) => {
      const client = new RawClient(listener.port).send(last);
      await once(client.socket, 'end');
      while (listener.connections > 0) await new Promise(setImmediate);
      client.close();
    },
    { limits },
  ));

test('a connection that says nothing is closed without a word', () =>
  withListener(
    () => assert.fail('nothing was asked'),
    async ({ port }) => {
      assert.equal(await new RawClient(port).all(), '');
      assert.equal(await new RawClient(port).send('\r\n').all(), '');
    },
    { limits },
  ));

test('a connection that is idle after an answer is closed without a word', () =>
  withListener(
    () => text('hello'),
    async ({ port }) => {
      const responses = await new RawClient(port).send(get).responses();
      assert.deepEqual(
        responses.map(({ status }) => status),
        [200],
      );
    },
    { limits },
  ));

test('a head that comes too slowly is 408, even if it keeps coming', () =>
  withListener(
    () => text('hello'),
    async ({ port }) => {
      const slow = new RawClient(port).send(`${get}GET / HTTP/1.1\r\n`);
      const drip = setInterval(() => slow.send('A: b\r\n'), 10);
      const responses = await slow.responses();
      clearInterval(drip);
      assert.deepEqual(
        responses.map(({ status }) => status),
        [200, 408],
      );
    },
    { limits: { ...limits, idleMs: 60_000 } },
  ));

const read = async (request: HttpRequest) => {
  let bytes = 0;
  for await (const chunk of request.body) bytes += chunk.length;
  return text(String(bytes));
};

test('a body that stops is 408', () =>
  withListener(
    read,
    async ({ port }) => {
      const [answer] = await new RawClient(port).send(`${upload(5)}hell`).responses();
      assert.deepEqual([answer?.status, answer?.body.startsWith('slow-body')], [408, true]);
    },
    { limits },
  ));

test('a body that trickles is 408', () =>
  withListener(
    read,
    async ({ port }) => {
      const client = new RawClient(port).send(upload(1000));
      const drip = setInterval(() => client.send('a'), 10);
      const [answer] = await client.responses();
      clearInterval(drip);
      assert.equal(answer?.status, 408);
    },
    { limits },
  ));

test('the control: a body that comes fast enough may take its time', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let taken = 0;
  const count = async (request: HttpRequest) => {
    for await (const chunk of request.body) taken += chunk.length;
    return text(String(taken));
  };
  await withListener(
    count,
    async ({ port }) => {
      const client = new RawClient(port).send(upload(40_000 * 20));
      for (let part = 0; part < 20; part += 1) {
        t.mock.timers.tick(10); // the trickle above, with 40 KB for one byte
        client.send(Buffer.alloc(40_000));
        while (taken < 40_000 * (part + 1) && !client.socket.closed) await new Promise(setImmediate);
      }
      assert.equal((await client.send(last).responses())[0]?.body, String(40_000 * 20));
    },
    { limits },
  );
});

test('the time a handler takes is not held against the client', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  return withListener(
    async (request) => {
      t.mock.timers.tick(3 * limits.bodyGraceMs);
      await new Promise(setImmediate); // who was cut would be so by now
      return read(request);
    },
    async ({ port }) => {
      const client = new RawClient(port).send(`${upload(5)}hello${last}`);
      assert.deepEqual(
        (await client.responses()).map(({ body }) => body),
        ['5', '0'],
      );
    },
    { limits },
  );
});

test('a client that takes nothing of a long answer is cut', () =>
  withListener(
    () => ({ status: 200, headers: [], body: Buffer.alloc(manyBytes) }),
    async (listener) => {
      const client = await new RawClient(listener.port).opened();
      client.socket.pause();
      client.send(get);
      while (listener.connections > 0) await new Promise(setImmediate);
      client.close();
    },
    { limits },
  ));

test('the control: one that takes it slowly is not', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let passedMs = 0;
  await withListener(
    () => ({ status: 200, headers: [], body: { length: slowBytes, chunks: chunksOf(slowBytes) } }),
    async ({ port }) => {
      const client = await new RawClient(port).opened();
      client.socket.on('data', () => {
        t.mock.timers.tick(limits.sweepMs);
        passedMs += limits.sweepMs;
        client.socket.pause();
        setImmediate(() => client.socket.resume());
      });
      const received = await client.send(last).all();
      assert.ok(received.length > slowBytes);
    },
    { limits: { ...limits, stallMs: 500 } },
  );
  assert.ok(passedMs > 500, 'all took longer than `stallMs`');
});

const slowBytes = 8 * 1024 * 1024;

async function* chunksOf(bytes: number): AsyncGenerator<Uint8Array> {
  for (let left = bytes; left > 0; left -= 65_536) yield Buffer.alloc(Math.min(left, 65_536));
}

test('a body that nobody wanted and that does not come ends the connection', () =>
  withListener(
    () => text('ignored'),
    async ({ port }) => {
      const responses = await new RawClient(port).send(`${upload(5)}hell`).responses();
      assert.deepEqual(
        responses.map(({ status }) => status),
        [200],
      );
    },
    { limits },
  ));

test('during the last responses new connections are taken, for one response each; then nobody listens', async () => {
  const slow = gate();
  const begun = gate();
  const handle = async ({ path }: HttpRequest) => {
    if (path !== '/slow') return text('quick');
    begun.open();
    await slow.opened;
    return text('slow');
  };
  const listener = await openHttpListener({
    host: '127.0.0.1',
    port: 0,
    handle,
    renderError: plainError,
    log: silentLog,
  });
  const early = new RawClient(listener.port).send(get.replace('/', '/slow'));
  await begun.opened;
  const closed = listener.close({ deadlineMs: 60_000 });
  const late = await new RawClient(listener.port).send(get + get).responses();
  assert.deepEqual(
    late.map(({ body, fields }) => [body, fields.get('connection')]),
    [['quick', 'close']],
  );
  slow.open();
  assert.equal((await early.responses())[0]?.body, 'slow');
  await closed;
  const refused = new RawClient(listener.port);
  await refused.over();
  assert.match(refused.failure ?? '', /ECONNREFUSED/);
});

test('what does not end by the deadline is cut, and newcomers with it', async () => {
  const begun = gate();
  const handle = () => {
    begun.open();
    return new Promise<never>(() => {});
  };
  const listener = await openHttpListener({
    host: '127.0.0.1',
    port: 0,
    handle,
    renderError: plainError,
    log: silentLog,
  });
  const client = new RawClient(listener.port).send(get);
  await begun.opened;
  await listener.close({ deadlineMs: 20 });
  assert.equal(await client.all(), '');
  assert.equal(listener.connections, 0);
});
