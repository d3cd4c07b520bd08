import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gate, RawClient, type RawResponse, text, withListener } from './raw-client.testing.ts';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`;

function summary(answer: RawResponse): string {
  return `${answer.body} ${answer.fields.get('connection')}`;
}

test('a port that is taken is a system error', () =>
  withListener(
    () => text(''),
    async ({ port }) => {
      await assert.rejects(
        withListener(
          () => text(''),
          async () => {},
          { port },
        ),
        { code: 'EADDRINUSE' },
      );
    },
  ));

test('says where it listens', () =>
  withListener(
    () => text(''),
    async ({ address, port }) => {
      assert.equal(address, '127.0.0.1');
      assert.ok(port > 0);
    },
  ));

test('one connection too many is told so, and closed', () =>
  withListener(
    ({ path }) => text(path),
    async (listener) => {
      const first = await new RawClient(listener.port).send(get('/1')).opened();
      const second = await new RawClient(listener.port).send(get('/2')).opened();
      await Promise.all([first.until(/\/1$/), second.until(/\/2$/)]);
      const third = new RawClient(listener.port).send(get('/3'));
      const [answer, ...more] = await third.responses();
      assert.deepEqual([answer?.status, answer?.fields.get('retry-after'), more.length], [503, '5', 0]);
      assert.equal(third.failure, undefined);
      // The others are served as before, and when one leaves there is room.
      await first.send(get('/4')).until(/\/4$/);
      second.close();
      while (listener.connections > 1) await new Promise(setImmediate);
      await new RawClient(listener.port).send(get('/5')).until(/\/5$/);
    },
    { limits: { connections: 2 } },
  ));

test('one address cannot take all connections', () =>
  withListener(
    ({ path }) => text(path),
    async ({ port }) => {
      await new RawClient(port, '127.0.0.1').send(get('/1')).until(/\/1$/);
      await new RawClient(port, '127.0.0.1').send(get('/2')).until(/503/);
      await new RawClient(port, '127.0.0.2').send(get('/3')).until(/\/3$/);
    },
    { limits: { connectionsPerAddress: 1 } },
  ));

test('when too many are too many, they are cut', () =>
  withListener(
    ({ path }) => text(path),
    async ({ port }) => {
      await new RawClient(port).send(get('/1')).until(/\/1$/);
      const refused = new RawClient(port);
      await refused.until(/503/);
      const cut = await new RawClient(port).opened();
      assert.equal(await cut.all(), '');
      refused.close();
    },
    { limits: { connections: 1, refusals: 1 } },
  ));

test('closing lets requests under way be answered, and says that they are the last', async () => {
  const { open, opened } = gate();
  let begun = 0;
  const handle = async ({ path }: { path: string }) => {
    begun += 1;
    if (path === '/busy') await opened;
    return text(path);
  };
  await withListener(handle, async (listener) => {
    const idle = await new RawClient(listener.port).opened();
    const busy = new RawClient(listener.port).send(get('/busy') + get('/too-late'));
    const midHead = new RawClient(listener.port).send(`${get('/first')}GET /mid-head HTTP/1.1\r\n`);
    await midHead.until(/\/first$/);
    while (begun < 2 || listener.connections < 3) await new Promise(setImmediate);
    const closing = listener.close({ deadlineMs: 60_000 });
    assert.equal(await idle.all(), '');
    open();
    midHead.send('Host: h\r\n\r\n');
    assert.deepEqual((await busy.responses()).map(summary), ['/busy close']);
    assert.deepEqual((await midHead.responses()).map(summary), ['/first undefined', '/mid-head close']);
    await closing;
    assert.equal(listener.connections, 0);
    await assert.rejects(new RawClient(listener.port).opened(), { code: 'ECONNREFUSED' });
  });
});

test('closing cuts what is not finished at the deadline', async () => {
  const { open, opened } = gate();
  const handle = async () => {
    await opened;
    return text('');
  };
  await withListener(handle, async (listener) => {
    const client = await new RawClient(listener.port).send(get('/')).opened();
    while (listener.connections < 1) await new Promise(setImmediate);
    await listener.close({ deadlineMs: 20 });
    assert.equal(await client.all(), '');
  });
  open();
});

test('many idle connections do not keep others from being served', () =>
  withListener(
    ({ path }) => text(path),
    async (listener) => {
      const idle = Array.from({ length: 1000 }, () => new RawClient(listener.port));
      const slow = idle.slice(0, 500).map((client) => client.send('GET /slow HTTP/1.1\r\nHost'));
      await Promise.all(idle.map((client) => client.opened()));
      while (listener.connections < idle.length) await new Promise(setImmediate);
      const client = new RawClient(listener.port);
      for (let round = 0; round < 100; round += 1) await client.send(get(`/${round}`)).until(new RegExp(`/${round}$`));
      await slow[0]?.send(': h\r\n\r\n').until(/\/slow$/);
      for (const open of [...idle, client]) open.close();
      while (listener.connections > 0) await new Promise(setImmediate);
    },
  ));
