import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Admission, type AdmissionLimits, admissionLimits, type Guest } from './admission.ts';

const [ada, bob, eve] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];

interface FakeGuest extends Guest {
  readonly label: string;
}

function guest(label: string, address: string, { registered = false, silentMs = 0 } = {}): FakeGuest {
  return { label, address, registered, silentMs };
}

/** The word to a newcomer: `enters`, `instead of LABEL`, or the reason of a refusal. */
function say(admission: Admission<FakeGuest>, address: string): string {
  const verdict = admission.judge(address);
  if (verdict.kind === 'refused') return verdict.reason;
  return verdict.instead === undefined ? 'enters' : `instead of ${verdict.instead.label}`;
}

function full(
  places: number,
  guests: readonly FakeGuest[],
  limits: AdmissionLimits = admissionLimits,
): Admission<FakeGuest> {
  const admission = new Admission<FakeGuest>(places, limits);
  for (const each of guests) admission.enter(each);
  return admission;
}

const named = (count: number, address: string): FakeGuest[] =>
  Array.from({ length: count }, (_, index) => guest(`n${index}`, address, { registered: true }));

test('one address gets a quarter of the places and no more, others get theirs', () => {
  assert.equal(say(full(512, named(127, eve)), eve), 'enters');
  const admission = full(512, named(128, eve));
  assert.equal(say(admission, eve), `${eve} has 128 connections, the most for one address; close one of them`);
  assert.equal(say(admission, ada), 'enters');
});

test('the control: without a share one address takes every place', () => {
  const noShare = { shareOfPlaces: 1, shareMin: 1 };
  assert.equal(say(full(512, named(511, eve), noShare), eve), 'enters');
  assert.equal(say(full(512, named(512, eve), noShare), ada), 'there are too many connections');
});

test('in a small directory one address still gets 32 places', () => {
  assert.equal(say(full(55, named(31, eve)), eve), 'enters');
  assert.match(say(full(55, named(32, eve)), eve), /has 32 connections/);
  assert.equal(say(full(10, named(10, eve)), eve), 'there are too many connections');
});

test('a /64 of IPv6 is one address', () => {
  const hosts = named(32, 'x').map((each, index) => ({ ...each, address: `2001:db8::${index.toString(16)}` }));
  const admission = full(100, hosts);
  assert.match(say(admission, '2001:db8::ffff'), /^2001:db8::\/64 has 32/);
  assert.equal(say(admission, '2001:db8:0:1::1'), 'enters');
});

test('who has no name and has been silent longest makes room; who has a name never does', () => {
  const guests = [
    guest('registered', ada, { registered: true, silentMs: 1e9 }),
    guest('young', ada, { silentMs: 10_000 }),
    guest('old', bob, { silentMs: 60_000 }),
    guest('new', eve),
  ];
  const admission = full(4, guests);
  assert.equal(say(admission, '192.0.2.9'), 'instead of old');
  admission.leave(guests[2] as FakeGuest);
  assert.equal(say(admission, '192.0.2.9'), 'enters');
});

test('of those that have been silent equally long, one of the address with the most goes', () => {
  const guests = [guest('single', ada), guest('first', eve), guest('second', eve)];
  assert.equal(say(full(3, guests), bob), 'instead of first');
});

test('who has its share makes room for itself only from its own', () => {
  const silent = guest('silent', bob, { silentMs: 60_000 });
  const admission = full(100, [silent, ...named(31, eve), guest('own', eve)]);
  assert.equal(say(admission, eve), 'instead of own');
});

test('who leaves twice is counted once', () => {
  const [first] = named(1, eve) as [FakeGuest];
  const admission = full(100, [first, ...named(31, eve)]);
  admission.leave(first);
  admission.leave(first);
  assert.equal(say(admission, eve), 'enters');
  admission.enter(first);
  assert.match(say(admission, eve), /has 32/);
});
