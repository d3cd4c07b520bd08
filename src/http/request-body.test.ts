import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpRequest } from './handler.ts';
import { gate, RawClient, talk, text, withListener } from './raw-client.testing.ts';

const host = 'Host: h\r\n';
const last = `GET /last HTTP/1.1\r\n${host}Connection: close\r\n\r\n`;
const post = (lines: string, body = '', path = '/') => `POST ${path} HTTP/1.1\r\n${host}${lines}\r\n${body}`;
const chunked = 'Transfer-Encoding: chunked\r\n';

async function echo(request: HttpRequest) {
  let body = '';
  for await (const chunk of request.body) body += Buffer.from(chunk).toString('latin1');
  return text(body);
}

/** Answers without a look at the body. */
const ignore = () => text('ignored');

test('a body by length and a body in chunks, with a request behind', () =>
  withListener(echo, async (listener) => {
    const bytes =
      post('Content-Length: 5\r\n', 'hello') + post(chunked, '2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n') + post('') + last;
    const responses = await talk(listener, bytes);
    assert.deepEqual(
      responses.map(({ body }) => body),
      ['hello', 'hello', '', ''],
    );
  }));

test('a body that comes byte by byte', () =>
  withListener(echo, async ({ port }) => {
    const client = new RawClient(port);
    for (const byte of post(chunked, '2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n') + last) {
      await new Promise((resolve) => client.socket.write(byte, 'latin1', resolve));
    }
    assert.equal((await client.responses())[0]?.body, 'hello');
  }));

test('100 is sent when the handler asks for the body', () =>
  withListener(echo, async ({ port }) => {
    const client = new RawClient(port).send(post('Content-Length: 5\r\nExpect: 100-continue\r\n'));
    assert.equal(await client.until(/\r\n\r\n/), 'HTTP/1.1 100 Continue\r\n\r\n');
    client.send(`hello${last}`);
    assert.deepEqual(
      (await client.responses()).map(({ body }) => body),
      ['hello', ''],
    );
  }));

const noContinue: [name: string, bytes: string][] = [
  ['to HTTP/1.0', 'POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello'],
  [
    'when the body is there already',
    post('Content-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n', 'hello'),
  ],
  ['when there is no body', post('Content-Length: 0\r\nExpect: 100-continue\r\nConnection: close\r\n')],
  ['when nobody expects it', post('Content-Length: 5\r\nConnection: close\r\n', 'hello')],
];

for (const [name, bytes] of noContinue) {
  test(`100 is not sent ${name}`, () =>
    withListener(echo, async ({ port }) => {
      assert.doesNotMatch(await new RawClient(port).send(bytes).all(), /100 Continue/);
    }));
}

test('an answer instead of 100 ends the connection: nobody knows whether the body will come', () =>
  withListener(ignore, async ({ port }) => {
    const client = new RawClient(port).send(post('Content-Length: 5\r\nExpect: 100-continue\r\n'));
    const [answer, ...more] = await client.responses();
    assert.deepEqual([answer?.body, answer?.fields.get('connection'), more.length], ['ignored', 'close', 0]);
    assert.doesNotMatch(client.received, /100 Continue/);
  }));

test('any other expectation is 417', () =>
  withListener(echo, async (listener) => {
    const [answer] = await talk(listener, post('Content-Length: 5\r\nExpect: 200-ok\r\n', 'hello'));
    assert.equal(answer?.status, 417);
  }));

test('a length over the limit is refused before the body comes', () =>
  withListener(
    () => assert.fail('not for the handler'),
    async ({ port }) => {
      const client = new RawClient(port).send(post('Content-Length: 11\r\nExpect: 100-continue\r\n'));
      const [answer] = await client.responses();
      assert.deepEqual([answer?.status, answer?.complete], [413, true]);
    },
    { limits: { bodyBytes: 10 } },
  ));

test('chunks over the limit are refused where they pass it', () =>
  withListener(
    echo,
    async (listener) => {
      const at = await talk(listener, post(chunked, 'a\r\n0123456789\r\n0\r\n\r\n') + last);
      assert.deepEqual(
        at.map(({ status }) => status),
        [200, 200],
      );
      const past = await talk(listener, post(chunked, 'a\r\n0123456789\r\n1\r\na\r\n0\r\n\r\n') + last);
      assert.deepEqual(
        past.map(({ status }) => status),
        [413],
      );
    },
    { limits: { bodyBytes: 10 } },
  ));

test('a body that nobody reads is thrown away, and the connection goes on', () =>
  withListener(ignore, async ({ port }) => {
    for (const body of [post('Content-Length: 5\r\n', 'GET /'), post(chunked, '5\r\nGET /\r\n0\r\n\r\n')]) {
      assert.equal((await new RawClient(port).send(body + last).responses()).length, 2);
      // The same when the body comes after the answer.
      const client = new RawClient(port).send(body.slice(0, -2));
      await client.until(/ignored/);
      assert.equal((await client.send(body.slice(-2) + last).responses()).length, 2);
    }
  }));

test('of a body that is too long to be thrown away nothing is taken for a request', () =>
  withListener(
    ignore,
    async (listener) => {
      const at = await talk(listener, post('Content-Length: 100\r\n', 'x'.repeat(100)) + last);
      assert.equal(at.length, 2);
      const [past, ...more] = await talk(listener, post('Content-Length: 100000\r\n', last.repeat(10)));
      assert.deepEqual([past?.body, past?.fields.get('connection'), more.length], ['ignored', 'close', 0]);
    },
    { limits: { drainBytes: 100 } },
  ));

test('chunks that turn out too long end the connection', () =>
  withListener(
    ignore,
    async ({ port }) => {
      const client = new RawClient(port).send(post(chunked));
      await client.until(/ignored/);
      const responses = await client.send(`80\r\n${'x'.repeat(128)}\r\n0\r\n\r\n${last}`).responses();
      assert.equal(responses.length, 1);
    },
    { limits: { drainBytes: 100 } },
  ));

const broken: [fault: string, bytes: string][] = [
  ['a chunk size', post(chunked, 'x\r\n')],
  ['a chunk', post(chunked, '5\r\nhello!\r\n0\r\n\r\n')],
  ['a trailer', post(chunked, '5\r\nhello\r\n0\r\nA : b\r\n\r\n')],
];

for (const [fault, bytes] of broken) {
  test(`a body with ${fault} that is broken is 400, whether it is read or not`, async () => {
    const swallow = (request: HttpRequest) => echo(request).catch(() => text('never mind'));
    for (const handle of [echo, ignore, swallow]) {
      await withListener(handle, async (listener) => {
        const responses = await talk(listener, bytes + last);
        assert.deepEqual(
          responses.map(({ status }) => status),
          [400],
        );
      });
    }
  });
}

test('a client that ends within a body is told so, and so is the handler', async () => {
  let seen: unknown;
  const handle = (request: HttpRequest) =>
    echo(request).catch((error) => {
      seen = error.code;
      throw error;
    });
  await withListener(handle, async ({ port }) => {
    const [answer] = await new RawClient(port).send(post('Content-Length: 5\r\n', 'hell')).half().responses();
    assert.deepEqual([answer?.status, seen], [400, 'incomplete-message']);
  });
});

test('the handler learns that the client is gone', async () => {
  let client: RawClient | undefined;
  const gone = new Promise((resolve) => {
    const handle = async (request: HttpRequest) => {
      try {
        for await (const _ of request.body) client?.reset();
      } catch (error) {
        resolve((error as { code: string }).code);
      }
      return text('to nobody');
    };
    void withListener(handle, async ({ port }) => {
      client = new RawClient(port).send(post('Content-Length: 5\r\n', 'hell'));
      await gone;
    });
  });
  assert.equal(await gone, 'client-gone');
});

test('a body can be read once, and not after the answer', async () => {
  const faults: string[] = [];
  let afterwards: Promise<void> = Promise.resolve();
  const note = async (body: AsyncIterable<Uint8Array>) => {
    for await (const _ of body);
  };
  const keep = (error: Error) => void faults.push(error.message);
  const twice = async ({ body }: HttpRequest) => {
    await note(body);
    await note(body).catch(keep);
    return text('');
  };
  const late = ({ body }: HttpRequest) => {
    afterwards = new Promise((resolve) => setImmediate(resolve)).then(() => note(body).catch(keep));
    return text('');
  };
  await withListener(twice, async (listener) => void (await talk(listener, post('Content-Length: 1\r\n', 'a') + last)));
  await withListener(late, async ({ port }) => {
    const client = new RawClient(port).send(post('Content-Length: 5\r\n', 'hell'));
    await client.until(/\r\n\r\n/);
    await afterwards;
    client.close();
  });
  assert.deepEqual(faults, [
    'the body of a request can be read once',
    'the body of a request can be read once',
    'the request has been answered: its body is gone',
  ]);
});

test('a handler that reads slowly holds the client back', async () => {
  const length = 32 * 1024 * 1024; // more than the kernel keeps for two sockets
  const { open, opened } = gate();
  let readBytes = 0;
  const handle = async ({ path, body }: HttpRequest) => {
    if (path !== '/') return text(path);
    await opened;
    for await (const chunk of body) readBytes += chunk.length;
    return text(String(readBytes));
  };
  await withListener(handle, async ({ port }) => {
    const client = new RawClient(port).send(post(`Content-Length: ${length}\r\nConnection: close\r\n`));
    let sending = true;
    client.socket.write(Buffer.alloc(length), () => {
      sending = false;
    });
    const other = new RawClient(port);
    for (let round = 0; round < 50; round += 1) {
      await other
        .send(last.replace('/last', `/${round}`).replace('close', 'keep-alive'))
        .until(new RegExp(`/${round}$`));
    }
    assert.ok(sending, 'all was taken');
    open();
    assert.equal((await client.responses())[0]?.body, String(length));
    other.close();
  });
});
