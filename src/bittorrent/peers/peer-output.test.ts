import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockBytesFor, outputLimits, PeerOutput } from './peer-output.ts';

const { answerBytesMax, blockBytesMax, blockBytesMin, allBytesMax, stallMs } = outputLimits;

/** An output whose socket takes what it is told to. */
function setUp() {
  const waiting: { length: number; readonly onWritten: (() => void) | undefined }[] = [];
  const socket = {
    takenBytes: 0,
    get waitingBytes() {
      return waiting.reduce((sum, { length }) => sum + length, 0);
    },
    write(bytes: Uint8Array, onWritten?: () => void) {
      waiting.push({ length: bytes.length, onWritten });
    },
  };
  let rooms = 0;
  const output = new PeerOutput({ socket, onRoom: () => (rooms += 1) });
  const take = (): void => {
    const first = waiting.shift();
    socket.takenBytes += first?.length ?? 0;
    first?.onWritten?.();
  };
  return { output, socket, take, rooms: () => rooms };
}

/** An extended message takes 6 bytes besides its payload. */
const answerOf = (length: number) => ({ kind: 'extended', id: 1, payload: Buffer.alloc(length - 6) }) as const;

test('answers have a cap: it is full at the last byte, and no sooner', () => {
  const { output, take, rooms } = setUp();
  output.say(answerOf(answerBytesMax - 100));
  output.say(answerOf(99));
  assert.ok(!output.full);
  output.say(answerOf(7));
  assert.ok(output.full);
  assert.ok(!output.congested, 'blocks have a cap of their own');
  take();
  assert.ok(!output.full);
  assert.equal(rooms(), 1);
});

test('blocks have another', () => {
  const { output } = setUp();
  output.write(Buffer.alloc(blockBytesMax - 1));
  assert.ok(!output.full && !output.congested);
  output.write(Buffer.alloc(1));
  assert.ok(output.full && output.congested);
});

for (const { connections, bytes } of [
  { connections: 0, bytes: blockBytesMax },
  { connections: 1, bytes: blockBytesMax },
  { connections: allBytesMax / blockBytesMax, bytes: blockBytesMax },
  { connections: (2 * allBytesMax) / blockBytesMax, bytes: blockBytesMax / 2 },
  { connections: allBytesMax / blockBytesMin, bytes: blockBytesMin },
  { connections: 100_000, bytes: blockBytesMin },
])
  test(`${connections} connections: ${bytes} bytes of blocks for each`, () => {
    assert.equal(blockBytesFor(connections), bytes);
  });

test('who takes nothing while something waits is overdue after a minute', () => {
  const { output } = setUp();
  output.tick(stallMs);
  output.say({ kind: 'keep-alive' });
  assert.ok(!output.tick(stallMs - 1));
  assert.ok(output.tick(1));
});

test('every byte that is taken counts from the beginning again', () => {
  const { output, socket } = setUp();
  output.say({ kind: 'keep-alive' });
  for (let round = 0; round < 5; round += 1) {
    assert.ok(!output.tick(stallMs - 1));
    socket.takenBytes += 1;
  }
});

test('where nothing waits nobody is overdue', () => {
  const { output, take } = setUp();
  output.say({ kind: 'keep-alive' });
  output.tick(stallMs - 1);
  take();
  assert.ok(!output.tick(10 * stallMs));
});
