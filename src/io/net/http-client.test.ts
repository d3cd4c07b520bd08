import assert from 'node:assert/strict';
import dns from 'node:dns';
import { getEventListeners, once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { httpCall, httpStream } from './http-client.ts';

/**
 * A server that answers each connection by `answer`, given the socket and all that the client sent with its first
 * write.
 */
async function withServer(answer: (socket: Socket, request: string) => void, use: (url: URL) => Promise<void>) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}); // clients of these tests leave in the middle
    socket.once('data', (bytes) => answer(socket, bytes.toString('latin1')));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    await use(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/path?query`));
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

const get = { method: 'GET', timeoutMs: 5000 };

test('one call, one answer', async () => {
  let seen = '';
  const answer = (socket: Socket, request: string) => {
    seen = request;
    socket.end('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello');
  };
  await withServer(answer, async (url) => {
    const { status, headers, body } = await httpCall(url, { ...get, headers: [['Accept', '*/*']] });
    assert.deepEqual([status, headers.get('content-type'), body.toString()], [200, 'text/plain', 'hello']);
    assert.equal(seen, `GET /path?query HTTP/1.1\r\nHost: ${url.host}\r\nConnection: close\r\nAccept: */*\r\n\r\n`);
  });
});

const framings: [name: string, answer: string, body: string][] = [
  ['chunked', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n', 'hello'],
  ['until close', 'HTTP/1.1 200 OK\r\n\r\nhello', 'hello'],
  [
    'after interim answers',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 \r\nLink: a\r\n\r\nHTTP/1.1 200 \r\n\r\nhello',
    'hello',
  ],
  ['none with 204', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', ''],
];

for (const [name, answer, body] of framings) {
  test(`a body ${name}`, () =>
    withServer(
      (socket) => socket.end(answer, 'latin1'),
      async (url) => assert.equal((await httpCall(url, get)).body.toString(), body),
    ));
}

test('no body in the answer to HEAD', () =>
  withServer(
    (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'),
    async (url) => {
      const { headers, body } = await httpCall(url, { ...get, method: 'HEAD' });
      assert.deepEqual([headers.get('content-length'), body.length], ['5', 0]);
    },
  ));

const faults: [fault: string, answer: string, code: string][] = [
  ['a body that is cut short', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell', 'incomplete-message'],
  [
    'chunks that are cut short',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
    'incomplete-message',
  ],
  ['no answer', '', 'incomplete-message'],
  ['another protocol', 'SSH-2.0-OpenSSH\r\n', 'bad-status-line'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello', 'bad-framing'],
  ['more than is wanted', `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(2000)}`, 'body-too-large'],
];

for (const [fault, answer, code] of faults) {
  test(`refuses ${fault}`, () =>
    withServer(
      (socket) => socket.end(answer),
      (url) => assert.rejects(httpCall(url, { ...get, bodyBytesMax: 1000 }), { code }),
    ));
}

test('a server that says nothing is given up', () =>
  withServer(
    () => {},
    (url) => assert.rejects(httpCall(url, { method: 'GET', timeoutMs: 50 }), { code: 'timeout' }),
  ));

test('a call that is aborted ends, whatever it waits for', async () => {
  const reason = new Error('enough');
  for (const answer of ['', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell']) {
    const ending = new AbortController();
    let closed: Promise<unknown> | undefined;
    const stall = (socket: Socket): void => {
      closed = new Promise((resolve) => socket.once('close', resolve));
      socket.write(answer, () => ending.abort(reason));
    };
    await withServer(stall, async (url) => {
      await assert.rejects(httpCall(url, { ...get, signal: ending.signal }), reason);
      assert.ok(closed);
      await closed;
    });
  }
});

test('a call that was aborted before is not made; one that was made leaves nothing at the signal', async () => {
  const signal = AbortSignal.abort(new Error('enough'));
  await withServer(
    () => assert.fail('a request came'),
    (url) => assert.rejects(httpCall(url, { ...get, signal }), /enough/),
  );
  const ending = new AbortController();
  await withServer(
    (socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n'),
    async (url) => void (await httpCall(url, { ...get, signal: ending.signal })),
  );
  while (getEventListeners(ending.signal, 'abort').length > 0) await new Promise(setImmediate);
});

test('a connection that is refused is a system error', async () => {
  let closed = new URL('http://127.0.0.1');
  await withServer(
    () => {},
    async (url) => {
      closed = url;
    },
  );
  await assert.rejects(httpCall(closed, get), { code: 'ECONNREFUSED' });
});

async function* chunksOf(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

/** Answers with the body of the request, once `length` bytes of it have come. */
function echo(length: number) {
  return (socket: Socket, request: string) => {
    let seen = request;
    const look = () => {
      const body = seen.slice(seen.indexOf('\r\n\r\n') + 4);
      if (body.length === length) socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${body}`);
    };
    socket.on('data', (bytes) => {
      seen += bytes.toString('latin1');
      look();
    });
    look();
  };
}

test('sends a body of text, of bytes, and of chunks', () =>
  withServer(echo(5), async (url) => {
    const bodies = ['hello', Buffer.from('hello'), { length: 5, chunks: chunksOf('he', 'llo') }];
    for (const body of bodies) {
      assert.equal((await httpCall(url, { method: 'POST', timeoutMs: 5000, body })).body.toString(), 'hello');
    }
  }));

test('sends chunks of unknown length chunked, none of them empty but the last', () => {
  const body = '2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n';
  return withServer(echo(body.length), async (url) => {
    const chunks = { chunks: chunksOf('he', '', 'llo') };
    const answer = await httpCall(url, { method: 'POST', timeoutMs: 5000, body: chunks });
    assert.equal(answer.body.toString(), body);
  });
});

test('chunks that are not as long as announced are an error', () =>
  withServer(echo(5), async (url) => {
    for (const chunks of [chunksOf('he'), chunksOf('hello', '!')]) {
      await assert.rejects(
        httpCall(url, { method: 'POST', timeoutMs: 5000, body: { length: 5, chunks } }),
        /5 bytes long/,
      );
    }
  }));

test('an answer that comes before the body is sent is read', () =>
  withServer(
    (socket) => socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno'),
    async (url) => {
      async function* endless() {
        yield Buffer.from('a');
        await new Promise(() => {});
      }
      const body = { length: 1000, chunks: endless() };
      const answer = await httpCall(url, { method: 'POST', timeoutMs: 5000, body });
      assert.deepEqual([answer.status, answer.body.toString()], [413, 'no']);
    },
  ));

test('a stream left in the middle closes the connection', async () => {
  let closed: Promise<unknown> = Promise.resolve();
  const answer = (socket: Socket) => {
    closed = once(socket, 'close');
    socket.write('HTTP/1.1 200 OK\r\n\r\nhello');
  };
  await withServer(answer, async (url) => {
    for await (const chunk of (await httpStream(url, get)).body) {
      assert.equal(chunk.toString(), 'hello');
      break;
    }
    await closed;
  });
});

test('a name whose addresses are all silent is a system error, as one address is', async (t) => {
  const { port } = await closedPort();
  const addresses = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }));
  t.mock.method(dns, 'lookup', (_name: string, _options: object, tell: (error: null, found: object) => void) =>
    tell(null, addresses),
  );
  for (const host of ['two.example', '127.0.0.1'])
    await assert.rejects(httpCall(new URL(`http://${host}:${port}/`), get), {
      code: 'ECONNREFUSED',
      syscall: 'connect',
      message: `connect ECONNREFUSED 127.0.0.1:${port}`,
    });
});

/** A port where nobody listens any more. */
async function closedPort(): Promise<AddressInfo> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return address;
}
