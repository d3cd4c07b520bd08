import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddressCounts, addressOwner } from './address-counts.ts';

const owners: readonly (readonly [string, string])[] = [
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::ffff:c000:207', '192.0.2.7'],
  ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
  ['2001:db8:0:1:ffff:ffff:ffff:ffff', '2001:db8:0:1::/64'],
  ['2001:db8:0:2::1', '2001:db8:0:2::/64'],
  ['fe80::1%eth0', 'fe80::/64'],
  ['::1', '::/64'],
  ['', ''],
  ['a:name', 'a:name'],
];

test('the owner of an IPv4 address is itself, of an IPv6 address its /64', () => {
  for (const [address, owner] of owners) assert.equal(addressOwner(address), owner);
});

test('addresses of one /64 are counted together, neighbours are not', () => {
  const counts = new AddressCounts();
  counts.add('2001:db8::1');
  counts.add('2001:db8::2');
  counts.add('2001:db8:0:1::1');
  counts.add('192.0.2.1');
  counts.add('192.0.2.2');
  assert.equal(counts.of('2001:db8::3'), 2);
  assert.equal(counts.of('2001:db8:0:1::9'), 1);
  assert.equal(counts.of('::ffff:192.0.2.1'), 1);
  assert.equal(counts.of('192.0.2.3'), 0);
});

test('what is removed is counted no more, and never below nothing', () => {
  const counts = new AddressCounts();
  counts.add('192.0.2.1');
  counts.add('192.0.2.1');
  counts.remove('192.0.2.1');
  assert.equal(counts.of('192.0.2.1'), 1);
  counts.remove('::ffff:192.0.2.1');
  counts.remove('192.0.2.1');
  assert.equal(counts.of('192.0.2.1'), 0);
});
