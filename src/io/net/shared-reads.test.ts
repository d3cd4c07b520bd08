import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { readPlainly, readShared } from './shared-reads.ts';

const ways = { readShared, readPlainly };

/** A client, and the server's side of its connection: `taken` gets all that the server reads. */
async function withPair(
  read: typeof readShared,
  use: (client: Socket, server: Socket, taken: string[]) => Promise<void>,
): Promise<void> {
  const listener = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const client = connect({ port: (listener.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  const [accepted] = await once(listener, 'connection');
  const taken: string[] = [];
  const server = read(accepted, (bytes) => {
    taken.push(bytes.toString());
    server.emit('taken');
  });
  try {
    await use(client, server, taken);
  } finally {
    client.destroy();
    server.destroy();
    await once(listener.close(), 'close'); // so the server counts the connection no more
  }
}

for (const [name, read] of Object.entries(ways)) {
  test(`${name}: bytes come, and answers go`, () =>
    withPair(read, async (client, server, taken) => {
      client.write('hello');
      await once(server, 'taken');
      assert.deepEqual(taken, ['hello']);
      server.write('you too');
      assert.equal(String(await once(client, 'data')), 'you too');
      assert.equal(server.remoteAddress, '127.0.0.1');
    }));

  test(`${name}: the end comes, and answers still go`, () =>
    withPair(read, async (client, server, taken) => {
      client.end('hello');
      await once(server, 'end');
      assert.deepEqual(taken, ['hello']);
      server.end('bye');
      assert.equal(String(await once(client, 'data')), 'bye');
    }));

  test(`${name}: nothing comes while it is paused`, () =>
    withPair(read, async (client, server, taken) => {
      client.write('first');
      await once(server, 'taken');
      server.pause();
      await new Promise<void>((resolve) => client.write('second', () => resolve()));
      for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
      assert.deepEqual(taken, ['first']);
      server.resume();
      await once(server, 'taken');
      assert.deepEqual(taken, ['first', 'second']);
    }));

  test(`${name}: a reset is an error`, () =>
    withPair(read, async (client, server) => {
      const failed = once(server, 'error');
      client.resetAndDestroy();
      assert.equal((await failed)[0].code, 'ECONNRESET');
    }));
}

test('all read into the same buffer', () =>
  withPair(readShared, async () => {
    const buffers = new Set<ArrayBufferLike>();
    const note = (accepted: Socket, onBytes: (bytes: Buffer) => void) =>
      readShared(accepted, (bytes) => {
        buffers.add(bytes.buffer);
        onBytes(bytes);
      });
    for (let round = 0; round < 2; round += 1) {
      await withPair(note, async (client, server) => {
        client.write('hello');
        await once(server, 'taken');
      });
    }
    assert.equal(buffers.size, 1);
  }));
