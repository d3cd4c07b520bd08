import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../io/log.ts';
import { WireError } from '../../protocols/wire/errors.ts';
import { WireInput } from './wire-input.ts';

/** An input whose reader takes byte by byte, as long as there is room; a 0 is a fault, a 255 a bug of ours. */
function setUp() {
  const its = { room: 3, seen: [] as number[], paused: 0, resumed: 0, faults: [] as string[] };
  const input = new WireInput({
    reader: {
      receive(bytes, isFull = () => false) {
        let at = 0;
        for (; at < bytes.length && !isFull(); at += 1) {
          if (bytes[at] === 0) throw new WireError('out-of-order', 'a zero');
          if (bytes[at] === 255) throw new Error('a bug');
          its.seen.push(bytes[at] as number);
          its.room -= 1;
        }
        return at;
      },
    },
    socket: { pause: () => (its.paused += 1), resume: () => (its.resumed += 1) },
    isFull: () => its.room <= 0,
    onFault: (reason) => its.faults.push(reason),
    log: silentLog,
  });
  return { input, its };
}

test('what there is no room for is kept, although its bytes are overwritten, and comes in its order', () => {
  const { input, its } = setUp();
  const lent = Buffer.of(1, 2, 3, 4, 5);
  input.receive(lent);
  lent.fill(9);
  assert.deepEqual([its.seen, its.paused], [[1, 2, 3], 1]);
  input.receive(Buffer.of(6));
  input.goOn();
  assert.deepEqual(its.seen, [1, 2, 3], 'there is no room yet');
  its.room = 2;
  input.goOn();
  assert.deepEqual([its.seen, its.resumed], [[1, 2, 3, 4, 5], 0]);
  its.room = 5;
  input.goOn();
  assert.deepEqual([its.seen, its.resumed], [[1, 2, 3, 4, 5, 6], 1]);
  input.goOn();
  assert.equal(its.resumed, 1, 'only where it was paused');
});

test('a fault ends it, whose ever it is', () => {
  for (const { byte, reason } of [
    { byte: 0, reason: 'out-of-order: a zero' },
    { byte: 255, reason: 'our own fault' },
  ]) {
    const { input, its } = setUp();
    input.receive(Buffer.of(byte, 1));
    assert.deepEqual([its.faults, its.seen], [[reason], []]);
  }
});

test('nothing is handled once it has stopped', () => {
  const { input, its } = setUp();
  input.receive(Buffer.of(1, 2, 3, 4));
  input.stop();
  its.room = 9;
  input.goOn();
  input.receive(Buffer.of(5));
  assert.deepEqual([its.seen, its.resumed], [[1, 2, 3], 0]);
});
