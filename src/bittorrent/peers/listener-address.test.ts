import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { openTestListener } from './listener.testing.ts';
import { listenerLimits } from './listener.ts';
import { RawPeer } from './raw-peer.testing.ts';

for (const host of ['127.0.0.1', '::'])
  test(`one IPv4 address gets so many connections and no more, listening on ${host}`, async (t) => {
    const setUp = await openTestListener(t, undefined, host);
    const held: Socket[] = [];
    t.after(() => held.forEach((socket) => void socket.destroy()));
    const dial = async (): Promise<Socket> => {
      const socket = connect({ host: '127.0.0.1', port: setUp.listener.port });
      held.push(socket.on('error', () => {}));
      await once(socket, 'connect');
      return socket;
    };
    for (let count = 1; count < listenerLimits.connectionsPerAddress; count += 1) await dial();
    const last = await RawPeer.dial(setUp);
    await last.heard('extended');
    const refused = await dial();
    await once(refused.resume(), 'close');
    assert.equal(refused.destroyed, true);
  });
