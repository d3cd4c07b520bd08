import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WireConnection } from '../peers/connection.ts';
import { Bans } from './bans.ts';

const connection = (remotePort: number, peerId: string, listenPort?: number): WireConnection =>
  ({
    remote: { address: '127.0.0.1', port: remotePort },
    listenPort,
    peerId: Buffer.from(peerId.padEnd(20)),
  }) as unknown as WireConnection;

test('a liar is known again by its address, by where it listens, and by its id', () => {
  const bans = new Bans();
  bans.add(connection(50_000, 'liar', 6881));
  assert.ok(bans.has(connection(50_000, 'other name')), 'from the same port');
  assert.ok(bans.has(connection(50_001, 'liar')), 'under the same id');
  assert.ok(bans.hasAddress({ address: '127.0.0.1', port: 6881 }), 'where it would be dialled');
});

test('others of the same address are not meant', () => {
  const bans = new Bans();
  bans.add(connection(50_000, 'liar', 6881));
  assert.equal(bans.has(connection(50_001, 'honest', 6882)), false);
  assert.equal(bans.hasAddress({ address: '127.0.0.1', port: 6882 }), false);
});

test('the oldest are forgotten, so that liars cannot fill the memory', () => {
  const bans = new Bans();
  const first = connection(1, 'first');
  bans.add(first);
  for (let number = 0; number < 5000; number += 1) bans.add(connection(2 + number, `liar ${number}`));
  assert.equal(bans.has(first), false);
  assert.ok(bans.has(connection(5001, 'liar 4999')));
});
