import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpRequest } from './handler.ts';
import { parseResponses, RawClient, talk, text, withListener } from './raw-client.testing.ts';

const host = 'Host: h\r\n';
const get = (path: string, lines = '') => `GET ${path} HTTP/1.1\r\n${host}${lines}\r\n`;
const last = get('/last', 'Connection: close\r\n');

/** Answers with the path; `/slow` only after all that can be done without waiting is done. */
function echoPath(request: HttpRequest) {
  if (request.path !== '/slow') return text(request.path);
  return new Promise<ReturnType<typeof text>>((resolve) => setImmediate(() => resolve(text('/slow'))));
}

test('requests and their responses, one after another on one connection', () =>
  withListener(echoPath, async ({ port }) => {
    const client = new RawClient(port).send(get('/a'));
    await client.until(/\/a$/);
    client.send(last);
    const [first, second] = await client.responses();
    assert.deepEqual([first?.status, first?.body, second?.body], [200, '/a', '/last']);
    assert.deepEqual([first?.fields.get('connection'), second?.fields.get('connection')], [undefined, 'close']);
  }));

test('the handler sees the request', () =>
  withListener(
    (request) => {
      assert.equal(request.method, 'POST');
      assert.equal(request.path, '/a b');
      assert.equal(request.rawQuery, 'x=1&y=%20&x=2');
      assert.deepEqual(
        [request.query.get('y'), request.query.all('x'), request.query.get('z')],
        [' ', ['1', '2'], undefined],
      );
      assert.deepEqual([request.headers.get('accept'), request.headers.get('none')], ['a, b', undefined]);
      assert.deepEqual([request.authority, request.remoteAddress], ['h:1', '127.0.0.1']);
      assert.equal(request.contentLength, 2);
      return text('seen');
    },
    async (listener) => {
      const head = 'POST /a%20b?x=1&y=%20&x=2 HTTP/1.1\r\nHost: h:1\r\nAccept: a\r\nAccept: b\r\n';
      const [answer] = await talk(listener, `${head}Content-Length: 2\r\nConnection: close\r\n\r\nhi`);
      assert.equal(answer?.body, 'seen');
    },
  ));

test('pipelined requests are answered in order, the slow ones too', () =>
  withListener(echoPath, async (listener) => {
    const responses = await talk(listener, get('/1') + get('/slow') + get('/2') + get('/slow') + get('/3') + last);
    assert.deepEqual(
      responses.map(({ body }) => body),
      ['/1', '/slow', '/2', '/slow', '/3', '/last'],
    );
  }));

test('a thousand pipelined requests', () =>
  withListener(echoPath, async (listener) => {
    const paths = Array.from({ length: 1000 }, (_, index) => `/${index}`);
    const responses = await talk(listener, paths.map((path) => get(path)).join('') + last);
    assert.deepEqual(responses.map(({ body }) => body).slice(0, -1), paths);
  }));

test('a client that does not read its responses is not read either', async () => {
  let answered = 0;
  const handle = ({ path }: HttpRequest) => {
    if (path !== '/flood') return text(path);
    answered += 1;
    return text('x'.repeat(10_000));
  };
  await withListener(handle, async ({ port }) => {
    const client = await new RawClient(port).opened();
    client.socket.pause();
    client.send(Buffer.alloc(32 * 1024 * 1024, get('/flood'))); // almost a million requests
    const other = new RawClient(port);
    for (let round = 0; round < 50; round += 1) await other.send(get(`/${round}`)).until(new RegExp(`/${round}$`));
    assert.ok(answered < 5000, `${answered} responses of 10 KB`); // the kernel keeps some MB for two sockets
    client.close();
    other.close();
  });
});

test('after Connection: close nothing more is read as a request', () =>
  withListener(echoPath, async (listener) => {
    assert.equal((await talk(listener, last + get('/smuggled'))).length, 1);
    assert.equal((await talk(listener, `GET / HTTP/1.0\r\n\r\n${get('/smuggled')}`)).length, 1);
  }));

test('HTTP/1.0 keeps the connection only when it asks to', () =>
  withListener(echoPath, async (listener) => {
    const kept = 'GET /kept HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n';
    const [first, second] = await talk(listener, `${kept}GET /last HTTP/1.0\r\n\r\n`);
    assert.deepEqual([first?.fields.get('connection'), first?.body], ['keep-alive', '/kept']);
    assert.deepEqual([second?.fields.get('connection'), second?.body], ['close', '/last']);
  }));

test('empty lines between requests are let pass', () =>
  withListener(echoPath, async (listener) => {
    assert.equal((await talk(listener, `\r\n${get('/1')}\r\n${last}`)).length, 2);
  }));

test('a request that is broken is refused after those before it are answered, and ends the connection', () =>
  withListener(echoPath, async (listener) => {
    const responses = await talk(listener, `${get('/slow')}${get('/1')}GET / HTTP/1.1\r\nHost : h\r\n\r\n${get('/2')}`);
    assert.deepEqual(
      responses.map(({ status, body }) => (status === 200 ? body : status)),
      ['/slow', '/1', 400],
    );
    assert.equal(responses[2]?.fields.get('connection'), 'close');
    assert.match(responses[2]?.body ?? '', /^bad-field-line: .*colon/);
  }));

test('a client that sends no more gets all its responses', () =>
  withListener(echoPath, async ({ port }) => {
    const responses = await new RawClient(port)
      .send(get('/slow') + get('/1') + get('/slow'))
      .half()
      .responses();
    assert.deepEqual(
      responses.map(({ body }) => body),
      ['/slow', '/1', '/slow'],
    );
  }));

test('a client that ends within a request is told so', () =>
  withListener(echoPath, async ({ port }) => {
    const [answer] = await new RawClient(port).send('GET / HTTP/1.1\r\nHost').half().responses();
    assert.deepEqual([answer?.status, answer?.body.startsWith('incomplete-message')], [400, true]);
  }));

test('a client that ends without a request is told nothing', () =>
  withListener(echoPath, async ({ port }) => {
    assert.equal(await new RawClient(port).half().all(), '');
    assert.equal(await new RawClient(port).send('\r\n').half().all(), '');
  }));

test('every answer has a Date, errors too', () =>
  withListener(
    echoPath,
    async (listener) => {
      const responses = [...(await talk(listener, last)), ...(await talk(listener, 'nonsense\r\n\r\n'))];
      for (const answer of responses) assert.equal(answer.fields.get('date'), 'Sun, 06 Nov 1994 08:49:37 GMT');
      assert.deepEqual(
        responses.map(({ status }) => status),
        [200, 400],
      );
    },
    { now: () => Date.UTC(1994, 10, 6, 8, 49, 37) },
  ));

test('the answer to HEAD has the length of the one to GET, and no content', () =>
  withListener(echoPath, async (listener) => {
    const [head, after] = await talk(listener, get('/1').replace('GET', 'HEAD') + last, 'HEAD');
    assert.deepEqual([head?.status, head?.fields.get('content-length'), after?.body], [200, '2', '/last']);
  }));

test('204 and 304 have neither content nor a length', () =>
  withListener(
    ({ path }) => ({ status: Number(path.slice(1)), headers: [], body: null }),
    async ({ port }) => {
      const received = await new RawClient(port)
        .send(get('/204') + get('/304') + get('/404', 'Connection: close\r\n'))
        .all();
      assert.doesNotMatch(received.split('HTTP/1.1 404')[0] ?? '', /content-length|transfer-encoding/i);
      assert.deepEqual(
        parseResponses(received).map(({ status }) => status),
        [204, 304, 404],
      );
    },
  ));

test('text is sent as UTF-8, and its length is that of the bytes', () =>
  withListener(
    () => text('né → 😀'),
    async (listener) => {
      const [answer] = await talk(listener, last);
      assert.equal(Buffer.from(answer?.body ?? '', 'latin1').toString(), 'né → 😀');
    },
  ));

test('bytes are sent as they are, few and many', () =>
  withListener(
    ({ path }) => ({ status: 200, headers: [], body: Buffer.alloc(Number(path.slice(1)), 0xfe) }),
    async (listener) => {
      const responses = await talk(listener, get('/3') + get('/100000') + get('/0', 'Connection: close\r\n'));
      assert.deepEqual(
        responses.map(({ body }) => body.length),
        [3, 100_000, 0],
      );
      assert.ok(responses.every(({ body }) => /^\xfe*$/.test(body)));
    },
  ));

test('an answer that a handler gives many times is right every time', async () => {
  let nowMs = Date.UTC(2026, 0, 1);
  const kept = [text('first'), text('second')] as const;
  const ask = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n';
  const requests = [
    ask,
    ask,
    ask,
    ask.replace('GET', 'HEAD'),
    ask,
    ask.replace('1.1', '1.0').replace('Host', 'Connection: keep-alive\r\nHost'),
  ];
  const handle = ({ path }: HttpRequest) => {
    nowMs += 400;
    return path === '/2' ? kept[1] : kept[0];
  };
  await withListener(
    handle,
    async (listener) => {
      const responses = await talk(
        listener,
        [...requests, ask.replace('/', '/2'), last].join(''),
        ...requests.map((r) => r.split(' ')[0] ?? ''),
      );
      assert.deepEqual(
        responses.map(({ body }) => body),
        ['first', 'first', 'first', '', 'first', 'first', 'second', 'first'],
      );
      const seconds = responses.map(({ fields }) => /:(\d\d) GMT/.exec(fields.get('date') ?? '')?.[1]);
      assert.deepEqual(seconds, ['00', '00', '01', '01', '02', '02', '02', '03']);
      assert.deepEqual(
        responses.map(({ fields }) => fields.get('connection')),
        [undefined, undefined, undefined, undefined, undefined, 'keep-alive', undefined, 'close'],
      );
      assert.ok(responses.every(({ fields }, index) => fields.get('content-length') === (index === 6 ? '6' : '5')));
    },
    { now: () => nowMs },
  );
});

test('responses that wait for a slow client are not overwritten by those to others', () =>
  withListener(
    ({ path }) => text(path.slice(1).repeat(10_000)),
    async ({ port }) => {
      const letters = ['a', 'b', 'c', 'd'];
      const clients = letters.map((letter) => {
        const client = new RawClient(port);
        client.socket.pause();
        return client.send(get(`/${letter}`).repeat(1000)).send(last); // more than the kernel keeps for two sockets
      });
      const other = new RawClient(port);
      for (let round = 0; round < 50; round += 1)
        await other.send(get(`/${round}`)).until(new RegExp(`\r\n\r\n(?:${round}){10000}$`));
      for (const [index, client] of clients.entries()) {
        client.socket.resume();
        const bodies = (await client.all()).split(/HTTP\/1\.1 200 OK\r\n(?:[^\r]+\r\n)*\r\n/).slice(1);
        assert.equal(bodies.pop(), 'last'.repeat(10_000));
        assert.equal(bodies.length, 1000);
        assert.ok(bodies.every((body) => body === (letters[index] ?? '').repeat(10_000)));
      }
      other.close();
    },
  ));
