import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpError } from '../../protocols/http/errors.ts';
import { type Subscriber, Subscribers, subscribersMax } from './subscribers.ts';

interface Numbered extends Subscriber {
  readonly number: number;
}

function filled(addressOf: (number: number) => string, count = subscribersMax): Subscribers<Numbered> {
  const subscribers = new Subscribers<Numbered>();
  for (let number = 0; number < count; number += 1) subscribers.add({ number, address: addressOf(number) });
  return subscribers;
}

const isFull = (error: unknown): boolean => error instanceof HttpError && error.code === 'too-many-subscribers';

test('while a place is free nobody is in the way', () => {
  assert.equal(filled(() => '192.0.2.1', subscribersMax - 1).inTheWayOf('192.0.2.1'), undefined);
});

test('the oldest of the address with the most goes, a /64 of IPv6 being one address', () => {
  const subscribers = filled((number) => (number < 100 ? '192.0.2.1' : `2001:db8::${number.toString(16)}`));
  assert.equal(subscribers.inTheWayOf('192.0.2.9')?.number, 100);
  assert.equal(subscribers.inTheWayOf('192.0.2.1')?.number, 100);
  assert.throws(() => subscribers.inTheWayOf('2001:db8::1'), isFull);
});

test('addresses that have as many do not send each other away in turns', () => {
  const half = subscribersMax / 2;
  const even = filled((number) => (number < half ? '192.0.2.1' : '192.0.2.2'));
  assert.throws(() => even.inTheWayOf('192.0.2.1'), isFull);
  assert.equal(even.inTheWayOf('192.0.2.3')?.number, 0);
  const nearlyEven = filled((number) => (number <= half ? '192.0.2.1' : '192.0.2.2'));
  assert.equal(nearlyEven.inTheWayOf('192.0.2.2')?.number, 0);
  const each = filled((number) => `192.0.2.${number}`);
  assert.throws(() => each.inTheWayOf('198.51.100.1'), isFull);
});

test('who has left is counted no more', () => {
  const subscribers = new Subscribers<Numbered>();
  const member = { number: 1, address: '192.0.2.1' };
  subscribers.add(member);
  assert.deepEqual([subscribers.delete(member), subscribers.delete(member), subscribers.size], [true, false, 0]);
});
