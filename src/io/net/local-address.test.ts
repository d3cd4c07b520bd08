import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalAddresses } from './local-address.ts';

test('a socket that is bound to one address is reached there', () => {
  assert.equal(new LocalAddresses('127.0.0.3', () => 0).for('127.0.0.1'), '127.0.0.3');
});

test('of a socket bound to all addresses the kernel knows; it is asked once a minute', async () => {
  let now = 0;
  const addresses = new LocalAddresses('0.0.0.0', () => now);
  const asked = addresses.for('127.0.0.1');
  assert.ok(asked instanceof Promise);
  assert.equal(await asked, '127.0.0.1');
  assert.equal(addresses.for('127.0.0.1'), '127.0.0.1');
  now = 60_001;
  assert.ok((await addresses.for('127.0.0.1')) === '127.0.0.1');
});
