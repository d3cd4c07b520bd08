import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestFor } from '../../http/handler.testing.ts';
import type { HttpResponse, StreamBody } from '../../http/handler.ts';
import type { HttpListener } from '../../http/listener.ts';
import { RawClient, withListener } from '../../http/raw-client.testing.ts';
import { silentLog } from '../../io/log.ts';
import { readEventStream } from '../../protocols/http/content/event-stream.testing.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import type { HttpLimits } from '../../protocols/http/limits.ts';
import { Catalog } from '../../storage/catalog/catalog.ts';
import { peer } from '../../storage/swarm.testing.ts';
import { Change, type Source } from '../events/change.ts';
import { file } from '../events/events.testing.ts';
import { Feed } from '../events/feed.ts';
import { FileChanges } from '../events/files.ts';
import { PieceChanges } from '../events/pieces.ts';
import { subscribersMax } from '../events/subscribers.ts';
import { createEventsHandler } from './events.ts';

/** A catalog with one file, and the handler of its events; time passes when a test says so. */
function scene() {
  const catalog = new Catalog();
  const entry = file('a');
  entry.addPiece(peer('p1'), 0);
  catalog.add(entry);
  const found: Change[] = [];
  const peers: Source = { topic: 'peers', begin() {}, changes: () => found.splice(0), end() {} };
  let pass = (): void => {};
  const feed = new Feed({
    sources: [peers, new FileChanges(catalog), new PieceChanges({ catalog, holders: { get: () => ({}) } })],
    log: silentLog,
    clock: {
      now: () => performance.now(),
      every: (_, tick) => {
        pass = tick;
        return () => {};
      },
    },
  });
  const handler = createEventsHandler({ catalog, trusts: () => true }, feed);
  return { catalog, entry, found, feed, handler, pass: () => pass() };
}

const get = 'GET /events HTTP/1.1\r\nHost: h\r\n\r\n';

/** A client of a listener with that handler, once it is subscribed. */
function subscribed(
  parts: ReturnType<typeof scene>,
  use: (client: RawClient, listener: HttpListener) => Promise<void>,
  limits: Partial<HttpLimits> = {},
): Promise<void> {
  const used = async (listener: HttpListener): Promise<void> => {
    const client = new RawClient(listener.port).send(get);
    await client.until(/^retry: 1000\n/m);
    assert.equal(parts.feed.subscribers, 1);
    await use(client, listener);
  };
  return withListener(parts.handler, used, { limits });
}

/** The server is in this process: it gets its turn. */
const turn = (): Promise<void> => new Promise(setImmediate);

/** The first chunk of the stream that `query` asks for. */
async function firstChunk({ handler }: ReturnType<typeof scene>, query: Record<string, string>) {
  const { body } = handler(requestFor('GET', '/events', { query })) as HttpResponse;
  const { value } = await (body as StreamBody).chunks[Symbol.asyncIterator]().next();
  return readEventStream(value).events.map(({ event, data }) => ({ event, data: JSON.parse(data) }));
}

test('the head is that of an event stream, and is sent at once', async () => {
  const parts = scene();
  await subscribed(parts, async (client) => {
    const [head = ''] = client.received.split('\r\n\r\n');
    for (const line of ['200 OK', 'Content-Type: text/event-stream', 'Cache-Control: no-store', 'nosniff', 'chunked']) {
      assert.match(head, new RegExp(line));
    }
    parts.entry.addPiece(peer('p1'), 1);
    parts.pass();
    await client.until(/event: file\n.*event: pieces\n/s);
    client.close();
  });
});

test('of one file what is there comes first, of all that was asked for', async () => {
  const parts = scene();
  const { id } = parts.entry.record;
  const [first, second, ...more] = await firstChunk(parts, { file: id.toUpperCase() });
  assert.deepEqual([first?.event, first?.data.id, first?.data.available_pieces], ['file', id, 1]);
  assert.deepEqual([second?.event, second?.data.peer, second?.data.parts, more], ['pieces', 'p1', '0', []]);
  const pieces = await firstChunk(parts, { file: id, topics: 'pieces,peers' });
  assert.deepEqual(
    pieces.map(({ event }) => event),
    ['pieces'],
  );
  assert.deepEqual(await firstChunk(parts, {}), []);
});

const refused: readonly { name: string; query: Record<string, string>; status: number; message: RegExp }[] = [
  { name: 'a topic there is none of', query: { topics: 'files,fils' }, status: 400, message: /files,peers.*"fils"/ },
  { name: 'no topic', query: { topics: '' }, status: 400, message: /files,peers.*""/ },
  { name: 'an id that is none', query: { file: 'abc' }, status: 400, message: /40 hex digits/ },
  { name: 'a file that is not there', query: { file: 'f'.repeat(40) }, status: 404, message: /no file has the id/ },
];
for (const { name, query, status, message } of refused) {
  test(`${status} for ${name}`, () => {
    const isRefusal = (error: unknown): boolean =>
      error instanceof HttpError && error.answer === status && message.test(error.message);
    assert.throws(() => scene().handler(requestFor('GET', '/events', { query })), isRefusal);
  });
}

const foreign: readonly { name: string; headers: Record<string, string> }[] = [
  { name: 'EventSource of another origin', headers: { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' } },
  { name: 'an older browser, which sends Origin only', headers: { origin: 'http://evil.example' } },
  { name: 'another port of this machine', headers: { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' } },
  { name: 'an image of another site, without Origin', headers: { 'sec-fetch-site': 'cross-site' } },
];
for (const { name, headers } of foreign) {
  test(`403, and no place taken, for ${name}`, () => {
    const parts = scene();
    const isRefusal = (error: unknown): boolean => error instanceof HttpError && error.answer === 403;
    assert.throws(() => parts.handler(requestFor('GET', '/events', { headers })), isRefusal);
    assert.equal(parts.feed.subscribers, 0);
  });
}

const ours: readonly { name: string; headers: Record<string, string> }[] = [
  { name: 'our own page', headers: { 'sec-fetch-site': 'same-origin' } },
  { name: 'our own page, with Origin', headers: { origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin' } },
  { name: 'the address bar', headers: { 'sec-fetch-site': 'none' } },
  { name: 'curl', headers: {} },
];
for (const { name, headers } of ours) {
  test(`control: ${name} is let in`, () => {
    const { status } = scene().handler(requestFor('GET', '/events', { headers })) as HttpResponse;
    assert.equal(status, 200);
  });
}

test('503 for one too many, with the time to wait', async () => {
  const parts = scene();
  for (let count = 0; count < subscribersMax; count += 1) await firstChunk(parts, {});
  await withListener(parts.handler, async ({ port }) => {
    const client = new RawClient(port).send(get);
    await client.until(/^HTTP\/1.1 503 .*\r\nRetry-After: 5\r\n.*too-many-subscribers/s);
    client.close();
  });
});

test('HEAD subscribes nobody', async () => {
  const parts = scene();
  await withListener(parts.handler, async ({ port }) => {
    const client = new RawClient(port).send(get.replace('GET', 'HEAD'));
    await client.until(/text\/event-stream.*\r\n\r\n$/s);
    assert.equal(parts.feed.subscribers, 0);
    client.close();
  });
});

const departures: readonly { name: string; leave: (client: RawClient) => void }[] = [
  { name: 'ends its side', leave: (client) => void client.half() },
  { name: 'closes', leave: (client) => client.close() },
  { name: 'resets', leave: (client) => client.reset() },
];
for (const { name, leave } of departures) {
  test(`a subscriber that ${name} is forgotten, though nothing happens`, async () => {
    const parts = scene();
    await subscribed(parts, async (client, listener) => {
      leave(client);
      while (listener.connections > 0) await turn();
      assert.equal(parts.feed.subscribers, 0);
    });
  });
}

test('when the feed ends, the answer ends whole', async () => {
  const parts = scene();
  await subscribed(parts, async (client, listener) => {
    parts.feed.close();
    const closing = listener.close({ deadlineMs: 60_000 });
    const [answer] = await client.responses();
    assert.deepEqual([answer?.status, answer?.complete], [200, true]);
    await closing;
  });
});

/** More than the kernel keeps for two sockets. */
async function fill({ found, pass }: ReturnType<typeof scene>, socket: RawClient['socket']): Promise<void> {
  socket.pause();
  const id = '.'.repeat(1 << 20);
  for (let round = 0; round < 32; round += 1) {
    found.push(new Change('peers', `peer ${round}`, null, () => ({ event: 'peer-removed', data: { id } })));
  }
  pass();
  for (let round = 0; round < 100; round += 1) await turn();
}

test('a subscriber that does not read does not hold up the end of the server', async () => {
  const parts = scene();
  await subscribed(parts, async (client, listener) => {
    await fill(parts, client.socket);
    parts.feed.close();
    await listener.close({ deadlineMs: 60_000 });
    client.close();
  });
});

test('a subscriber that does not read is cut after a while', async () => {
  const parts = scene();
  const limits = { sweepMs: 5, stallMs: 50 };
  await subscribed(
    parts,
    async (client, listener) => {
      await fill(parts, client.socket);
      while (listener.connections > 0) await turn();
      assert.equal(parts.feed.subscribers, 0);
      client.close();
    },
    limits,
  );
});

test('control: one that reads is not, though nothing happens', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const parts = scene();
  const limits = { sweepMs: 5, stallMs: 20, idleMs: 20, headMs: 20, bodyGraceMs: 20, lingerMs: 20 };
  await subscribed(
    parts,
    async (client, listener) => {
      t.mock.timers.tick(100); // five times the limits
      for (let round = 0; round < 10; round += 1) await turn();
      assert.deepEqual([parts.feed.subscribers, listener.connections], [1, 1]);
      parts.entry.addPiece(peer('p1'), 1);
      parts.pass();
      await client.until(/event: file\n/);
      client.close();
    },
    limits,
  );
});
