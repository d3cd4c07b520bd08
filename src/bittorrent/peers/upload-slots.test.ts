import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SlotRules } from './choker.ts';
import { chokeRoundMs, type SlotPeer, slotRules, UploadSlots } from './upload-slots.ts';

class FakePeer implements SlotPeer {
  readonly session = { peerInterested: true, amChoking: true };
  readonly torrent = { content: { complete: true } };
  readonly downloadedBytes = 0;
  takenBytes = 0;

  get unchoked(): boolean {
    return !this.session.amChoking;
  }

  choke(choked: boolean): void {
    this.session.amChoking = choked;
  }

  take(bytes: number): void {
    this.takenBytes += bytes;
  }
}

/** Slots with `count` interested peers that take nothing. */
function crowd(count: number, rules?: SlotRules) {
  const slots = new UploadSlots<FakePeer>(rules);
  const come = (): FakePeer => {
    const peer = new FakePeer();
    slots.add(peer);
    slots.onInterest(peer);
    return peer;
  };
  const idle = Array.from({ length: count }, come);
  /** Seconds until `peer` has a slot. */
  const secondsUntilSlot = (peer: FakePeer, secondsMax: number): number => {
    let seconds = 0;
    for (; !peer.unchoked && seconds < secondsMax; seconds += 1) slots.tick(1000);
    return seconds;
  };
  return { slots, come, idle, secondsUntilSlot };
}

for (const count of [20, 25, 60, 180, 1000]) {
  test(`behind ${count} idle peers a newcomer has a slot within seconds, and keeps it while it takes`, () => {
    const { slots, come, secondsUntilSlot } = crowd(count);
    for (let second = 0; second < 33; second += 1) slots.tick(1000);
    const newcomer = come();
    assert.ok(secondsUntilSlot(newcomer, 100) <= slotRules.idleMs / 1000);
    for (let second = 0; second < 60; second += 1) {
      newcomer.take(1);
      slots.tick(1000);
      assert.ok(newcomer.unchoked, `second ${second}`);
    }
  });
}

test('the control: where slots need not be used, it waits for longer', () => {
  const { come, secondsUntilSlot } = crowd(60, { slots: 20, turns: 0, idleMs: Number.POSITIVE_INFINITY });
  assert.equal(secondsUntilSlot(come(), 100), 100);
});

test('everybody has a turn, however many take what they get', () => {
  const { slots, idle } = crowd(60);
  const had = new Set<FakePeer>();
  for (let second = 0; second < 100 && had.size < idle.length; second += 1) {
    for (const peer of idle) {
      if (!peer.unchoked) continue;
      had.add(peer);
      peer.take(1000);
    }
    slots.tick(1000);
  }
  assert.equal(had.size, idle.length);
});

test('a free slot is given at once; who is not interested has none', () => {
  const { slots, idle, come } = crowd(19);
  const last = come();
  assert.ok(last.unchoked);
  const late = come();
  assert.ok(!late.unchoked, 'there are no more');
  const [first] = idle as [FakePeer];
  first.session.peerInterested = false;
  slots.onInterest(first);
  assert.ok(!first.unchoked);
  slots.tick(1000);
  assert.ok(late.unchoked);
});

test('there are never more than the slots', () => {
  const { slots, idle } = crowd(100);
  for (let passedMs = 0; passedMs < 5 * chokeRoundMs; passedMs += 1000) {
    slots.tick(1000);
    assert.equal(idle.filter(({ unchoked }) => unchoked).length, slotRules.slots);
  }
});
