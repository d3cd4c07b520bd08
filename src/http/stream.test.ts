import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpError } from '../protocols/http/errors.ts';
import type { HttpResponse } from './handler.ts';
import { gate, RawClient, talk, withListener } from './raw-client.testing.ts';

const last = 'GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
const get = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n';

function stream(chunks: AsyncIterable<Uint8Array>, length: number | null = null, endless = false): HttpResponse {
  return { status: 200, headers: [], body: { length, chunks, endless } };
}

async function* texts(...chunks: string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

test('of known length', () =>
  withListener(
    () => stream(texts('hello', '', ', ', 'world'), 12),
    async (listener) => {
      const responses = await talk(listener, get + last);
      assert.deepEqual(
        responses.map(({ body, complete }) => [body, complete]),
        Array(2).fill(['hello, world', true]),
      );
      assert.equal(responses[0]?.fields.get('content-length'), '12');
    },
  ));

test('of unknown length: in chunks', () =>
  withListener(
    () => stream(texts('hello', '', ', ', 'world')),
    async (listener) => {
      const responses = await talk(listener, get + last);
      assert.deepEqual(
        responses.map(({ body, complete }) => [body, complete]),
        Array(2).fill(['hello, world', true]),
      );
      assert.equal(responses[0]?.fields.get('transfer-encoding'), 'chunked');
    },
  ));

test('of unknown length, to HTTP/1.0: until the end of the connection', () =>
  withListener(
    () => stream(texts('hello', ', ', 'world')),
    async ({ port }) => {
      const received = await new RawClient(port).send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n').all();
      assert.match(received, /\r\nConnection: close\r\n\r\nhello, world$/);
      assert.doesNotMatch(received, /chunked/);
    },
  ));

test('empty', () =>
  withListener(
    ({ path }) => stream(texts(), path === '/' ? null : 0),
    async (listener) => {
      const responses = await talk(listener, get + last);
      assert.deepEqual(
        responses.map(({ body, complete }) => [body, complete]),
        [
          ['', true],
          ['', true],
        ],
      );
    },
  ));

test('for HEAD a body is never begun', () =>
  withListener(
    () => stream({ [Symbol.asyncIterator]: () => assert.fail('begun') }, 5),
    async (listener) => {
      const [head] = await talk(listener, last.replace('GET', 'HEAD'), 'HEAD');
      assert.equal(head?.fields.get('content-length'), '5');
    },
  ));

test('a chunk may be used again when the next is asked for', async () => {
  async function* reused(): AsyncGenerator<Uint8Array> {
    const buffer = Buffer.alloc(300_000); // longer than one write
    for (let round = 0; round < 40; round += 1) yield buffer.fill(65 + (round % 26));
  }
  await withListener(
    () => stream(reused(), 40 * 300_000),
    async ({ port }) => {
      const received = await new RawClient(port).send(last).all();
      const body = received.slice(received.indexOf('\r\n\r\n') + 4);
      assert.equal(body.length, 40 * 300_000);
      for (let round = 0; round < 40; round += 1) {
        const part = body.slice(round * 300_000, (round + 1) * 300_000);
        assert.equal(part, String.fromCharCode(65 + (round % 26)).repeat(300_000));
      }
    },
  );
});

test('the head waits for the first chunk, but not when that is empty', async () => {
  const { open, opened } = gate();
  async function* opening(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(0);
    await opened;
    yield Buffer.from('late');
  }
  await withListener(
    () => stream(opening()),
    async ({ port }) => {
      const client = new RawClient(port).send(last);
      await client.until(/\r\n\r\n$/);
      open();
      assert.equal((await client.responses())[0]?.body, 'late');
    },
  );
});

test('a body that fails before its first chunk is answered by that error', () =>
  withListener(
    () => stream(failing(new HttpError(503, 'no-holder', 'nobody has it')), 5),
    async (listener) => {
      const responses = await talk(listener, get + last);
      assert.deepEqual(
        responses.map(({ status, body }) => `${status} ${body}`),
        Array(2).fill('503 no-holder: nobody has it'),
      );
    },
  ));

async function* failing(error: Error, ...before: string[]): AsyncGenerator<Uint8Array> {
  yield* texts(...before);
  throw error;
}

const diskError = new Error('the disk is gone');

const incomplete: [fault: string, make: () => HttpResponse][] = [
  ['that fails', () => stream(failing(diskError, 'hello'), 12)],
  ['that fails in chunks', () => stream(failing(diskError, 'hello'))],
  ['shorter than its length', () => stream(texts('hello'), 12)],
  ['longer than its length', () => stream(texts('hello, ', 'world!'), 12)],
];

for (const [fault, make] of incomplete) {
  test(`a body ${fault} is cut, and seen to be`, () =>
    withListener(make, async ({ port }) => {
      const client = new RawClient(port).send(get + last);
      const responses = await client.responses();
      assert.deepEqual(
        responses.map(({ complete }) => complete),
        [false],
      );
      assert.match(responses[0]?.body ?? '', /^hello/);
    }));
}

test('a body whose end would be that of the connection is cut by a reset', async () => {
  const { open, opened } = gate();
  async function* failingLate(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('hello');
    await opened;
    throw diskError;
  }
  await withListener(
    () => stream(failingLate()),
    async ({ port }) => {
      const client = new RawClient(port).send('GET / HTTP/1.0\r\n\r\n');
      await client.until(/hello$/);
      open();
      await client.over();
      assert.equal(client.failure, 'ECONNRESET');
    },
  );
});

test('when the client leaves, the body is closed, even while it waits', async () => {
  let closed = () => {};
  const closing = new Promise<void>((resolve) => {
    closed = resolve;
  });
  let wake = (_: IteratorResult<Uint8Array>) => {};
  const waiting: AsyncIterableIterator<Uint8Array> = {
    next: () =>
      new Promise((resolve) => {
        wake = resolve;
      }),
    return: async () => {
      wake({ value: undefined, done: true });
      closed();
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]: () => waiting,
  };
  await withListener(
    () => stream(prefixed(waiting)),
    async ({ port }) => {
      const client = new RawClient(port).send(get);
      await client.until(/hello/);
      client.reset();
      await closing;
    },
  );
});

test('when the client leaves while a chunk is being sent, the body is closed', async () => {
  const { open, opened } = gate();
  async function* endless(): AsyncGenerator<Uint8Array> {
    const chunk = Buffer.alloc(1 << 20);
    try {
      for (;;) yield chunk;
    } finally {
      open();
    }
  }
  await withListener(
    () => stream(endless()),
    async ({ port }) => {
      const client = new RawClient(port).send(get);
      await client.until(/^HTTP/);
      client.reset();
      await opened;
    },
  );
});

/** A body that says hello, then waits until it is closed. */
function waitingBody(endless = false) {
  const { open: close, opened: closed } = gate();
  const iterator: AsyncIterator<Uint8Array> = {
    next: () => closed.then(() => ({ value: undefined, done: true })),
    return: async () => {
      close();
      return { value: undefined, done: true };
    },
  };
  const chunks = prefixed({ ...iterator, [Symbol.asyncIterator]: () => assert.fail('iterated twice') });
  return { response: stream(chunks, null, endless), close, closed };
}

test('a client that ends its side has left an endless body', async () => {
  const { response, closed } = waitingBody(true);
  await withListener(
    () => response,
    async (listener) => {
      const client = new RawClient(listener.port).send(get);
      await client.until(/hello/);
      client.half();
      await closed;
      await client.over();
      assert.equal(listener.connections, 0);
    },
  );
});

test('an endless body is not begun for a client that has ended its side', async () => {
  const { open, opened } = gate();
  await withListener(
    async ({ path }) => {
      if (path === '/') return stream({ [Symbol.asyncIterator]: () => assert.fail('begun') }, null, true);
      if (path === '/first') await opened;
      return { status: 200, headers: [], body: path };
    },
    async ({ port }) => {
      const client = new RawClient(port).send(get.replace('/', '/first') + get).half();
      const other = new RawClient(port);
      // All in one process: what the client sent before has come when several responses have come after it.
      for (const path of ['/a', '/b', '/c']) await other.send(get.replace('/', path)).until(new RegExp(`${path}$`));
      other.close();
      open();
      assert.deepEqual(
        (await client.responses()).map(({ body }) => body),
        ['/first'],
      );
    },
  );
});

test('control: to a client that ended its side any other body is sent to its end', async () => {
  const { response, close } = waitingBody();
  await withListener(
    () => response,
    async ({ port }) => {
      const client = new RawClient(port).send(get).half();
      await client.until(/hello/);
      close();
      const [answer] = await client.responses();
      assert.deepEqual([answer?.body, answer?.complete], ['hello', true]);
    },
  );
});

test('a body for a client that left before it was begun is closed', async () => {
  const { response, closed } = waitingBody();
  const { open, opened } = gate();
  await withListener(
    async () => {
      await opened;
      return response;
    },
    async (listener) => {
      const client = await new RawClient(listener.port).send(get).opened();
      client.reset();
      await client.over();
      open();
      await closed;
    },
  );
});

/** Chunks: `hello`, then those of `rest`. Passes `return()` on at once, as a generator would not. */
function prefixed(rest: AsyncIterableIterator<Uint8Array>): AsyncIterableIterator<Uint8Array> {
  let first = true;
  return {
    ...rest,
    next: () => {
      if (!first) return rest.next();
      first = false;
      return Promise.resolve({ value: Buffer.from('hello'), done: false });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

test('a body is asked for no more than the client takes', async () => {
  let asked = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    const chunk = Buffer.alloc(65_536);
    for (;;) {
      asked += 1;
      yield chunk;
    }
  }
  await withListener(
    ({ path }) => (path === '/' ? stream(endless()) : { status: 200, headers: [], body: path }),
    async ({ port }) => {
      const client = await new RawClient(port).opened();
      client.socket.pause();
      client.send(get);
      const other = new RawClient(port);
      const ask = async (path: string) => {
        await other.send(get.replace('/', path)).until(new RegExp(`${path}$`));
      };
      let before = -1;
      for (let round = 0; asked === 0 || asked !== before; round += 1) {
        before = asked;
        for (let turn = 0; turn < 20; turn += 1) await ask(`/${round}.${turn}`);
      }
      assert.ok(asked < 500, `${asked} chunks of 64 KiB`); // the kernel keeps some MB for two sockets
      client.close();
      other.close();
    },
  );
});
