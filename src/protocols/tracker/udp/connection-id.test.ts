import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionIds } from './connection-id.ts';

const ids = new ConnectionIds(Buffer.alloc(16, 'key'));
const client = Uint8Array.of(10, 0, 0, 1);
const issuedMs = 1_000_900;
const issue = (address = client): Buffer => Buffer.from(ids.issue(address, issuedMs));

const ages: { seconds: number; good: boolean }[] = [
  { seconds: 0, good: true },
  { seconds: 1, good: true },
  { seconds: 60, good: true },
  { seconds: 119, good: true },
  { seconds: 120, good: false },
  { seconds: 135, good: false },
  { seconds: 256, good: false },
  { seconds: 257, good: false },
];
for (const { seconds, good } of ages) {
  test(`an id is ${good ? 'taken' : 'refused'} after ${seconds} s`, () =>
    assert.equal(ids.accepts(issue(), client, issuedMs + seconds * 1000), good));
}

test('an id is taken from the address it was issued to alone', () => {
  assert.ok(!ids.accepts(issue(), Uint8Array.of(10, 0, 0, 2), issuedMs));
  const ipv6 = Uint8Array.from({ length: 16 }, (_, index) => index);
  assert.ok(ids.accepts(issue(ipv6), ipv6, issuedMs));
  assert.ok(!ids.accepts(issue(ipv6), ipv6.with(15, 0), issuedMs));
});

test('an id with any bit changed is refused, and so is that of another key', () => {
  for (let bit = 0; bit < 64; bit += 1) {
    const forged = issue();
    forged[bit >> 3] = (forged[bit >> 3] as number) ^ (1 << (bit & 7));
    assert.ok(!ids.accepts(forged, client, issuedMs), `bit ${bit}`);
  }
  assert.ok(!new ConnectionIds(Buffer.alloc(16, 'yek')).accepts(issue(), client, issuedMs));
});

test('ids of neighbouring addresses and seconds have nothing in common', () => {
  const seen = new Set<string>();
  for (let last = 0; last < 100; last += 1) {
    for (let second = 0; second < 100; second += 1) {
      seen.add(Buffer.from(ids.issue(Uint8Array.of(10, 0, 0, last), second * 1000)).toString('hex', 0, 4));
    }
  }
  assert.ok(seen.size > 9_990, `${seen.size} of 10,000`);
});
