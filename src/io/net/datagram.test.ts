import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { openDatagramListener } from './datagram.ts';

test('answers at once, later, never, or with a mistake that is told to nobody', async (t) => {
  const errors: string[] = [];
  const onError = (error: unknown): void => void errors.push(String(error));
  const listener = await openDatagramListener({ host: 'localhost', port: 0, onError });
  const client = createSocket('udp4');
  t.after(async () => {
    client.close();
    await listener.close();
  });
  assert.equal(listener.host, '127.0.0.1');
  listener.serve((datagram, address) => {
    switch (String(datagram)) {
      case 'later':
        return Promise.resolve(Buffer.from(`later, ${address}`));
      case 'never':
        return undefined;
      case 'thrown':
        throw new Error('at once');
      case 'rejected':
        return Promise.reject(new Error('later'));
      default:
        return Buffer.from(`${datagram}, ${address}`);
    }
  });
  const got: string[] = [];
  client.on('message', (answer) => got.push(String(answer)));
  for (const text of ['never', 'thrown', 'rejected', 'later', 'now']) client.send(text, listener.port, '127.0.0.1');
  while (got.length < 2) await once(client, 'message');
  assert.deepEqual(got.sort(), ['later, 127.0.0.1', 'now, 127.0.0.1']);
  assert.deepEqual(errors, ['Error: at once', 'Error: later']);
});

test('a port that is taken fails with the error of the system', async (t) => {
  const onError = (): void => assert.fail();
  const first = await openDatagramListener({ host: '127.0.0.1', port: 0, onError });
  t.after(() => first.close());
  await assert.rejects(openDatagramListener({ host: '127.0.0.1', port: first.port, onError }), { code: 'EADDRINUSE' });
});
