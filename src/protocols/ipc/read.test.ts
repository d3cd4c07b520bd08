import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IpcError } from './errors.ts';
import { parseReply, parseRequest } from './line.ts';
import { IpcReader, type IpcSink } from './read.ts';
import { compact, replySamples, requestSamples } from './samples.testing.ts';
import { type IpcReply, type IpcRequest, ipcLimits } from './types.ts';

/** Keeps what it gets as text; `skip` makes it want no payload. */
class Recorder<Message extends IpcRequest | IpcReply> implements IpcSink<Message> {
  readonly events: unknown[] = [];
  #payload: Uint8Array | undefined;
  readonly #skip: boolean;

  constructor(skip = false) {
    this.#skip = skip;
  }

  onPayload(_message: Message, size: number): Uint8Array | null {
    if (this.#skip) return null;
    this.#payload = new Uint8Array(size);
    return this.#payload;
  }

  onMessage(message: Message): void {
    const payload = this.#payload && Buffer.from(this.#payload).toString('latin1');
    this.events.push(payload === undefined ? compact(message) : { ...compact(message), payload });
    this.#payload = undefined;
  }

  onFault(error: IpcError): void {
    this.events.push({ fault: error.code, seq: error.seq });
  }
}

/** Gives `bytes` to the reader, never more than `step` at once. */
function feed(reader: IpcReader<never>, bytes: string, step = Number.POSITIVE_INFINITY): void {
  let rest = Buffer.from(bytes, 'latin1');
  while (rest.length > 0) {
    const place = reader.buffer();
    assert.ok(place.length > 0, 'there is always room');
    const count = Math.min(step, place.length, rest.length);
    place.set(rest.subarray(0, count));
    reader.received(count);
    rest = rest.subarray(count);
  }
}

function read<Message extends IpcRequest | IpcReply>(
  parse: (line: string) => Message,
  bytes: string,
  { step, skip }: { step?: number; skip?: boolean } = {},
): unknown[] {
  const recorder = new Recorder<Message>(skip);
  feed(new IpcReader(parse, recorder) as IpcReader<never>, bytes, step);
  return recorder.events;
}

const streams = [
  { name: 'requests', parse: parseRequest, samples: requestSamples },
  { name: 'replies', parse: parseReply, samples: replySamples },
];

for (const { name, parse, samples } of streams) {
  const bytes = samples.map(({ line, payload = '' }) => `${line}\n${payload}`).join('');
  const expected = samples.map(({ message, payload }) => (payload === undefined ? message : { ...message, payload }));

  for (const step of [Number.POSITIVE_INFINITY, 1, 2, 3, 7, 64]) {
    test(`a stream of ${name}, at most ${step} bytes at once`, () => {
      assert.deepEqual(read<IpcRequest | IpcReply>(parse, bytes, { step }), expected);
    });
  }

  test(`a stream of ${name}, followed by the beginning of a line`, () => {
    assert.deepEqual(read<IpcRequest | IpcReply>(parse, `${bytes}OK se`), expected);
  });
}

test('the bytes of a payload are asked for in the memory of the payload itself', () => {
  const target = new Uint8Array(100_000);
  const reader = new IpcReader(parseReply, { onPayload: () => target, onMessage() {}, onFault: assert.fail });
  feed(reader as IpcReader<never>, 'OK seq=1 size=100000\n');
  const place = reader.buffer();
  assert.equal(place.buffer, target.buffer);
  assert.equal(place.length, target.length);
  reader.received(99_999);
  assert.equal(reader.buffer().byteOffset, 99_999);
  reader.received(1);
  assert.notEqual(reader.buffer().buffer, target.buffer);
});

test('a payload that nobody wants is skipped, however long', () => {
  const bytes = `OK seq=1 size=200000\n${'x'.repeat(200_000)}OK seq=2\n`;
  assert.deepEqual(read(parseReply, bytes, { skip: true }), [
    { verb: 'OK', seq: '1', size: 200_000 },
    { verb: 'OK', seq: '2' },
  ]);
});

test('after a line that does not parse the stream goes on, behind the payload that the line announced', () => {
  const bytes = 'NONSENSE seq=1\nSTORE_PART seq=2 size=5\nPING\nPING seq=3\n\xff\nPING seq=4\n';
  for (const step of [1, 1000]) {
    assert.deepEqual(read(parseRequest, bytes, { step }), [
      { fault: 'unknown-verb', seq: '1' },
      { fault: 'missing-key', seq: '2' },
      { verb: 'PING', seq: '3' },
      { fault: 'bad-line', seq: undefined },
      { verb: 'PING', seq: '4' },
    ]);
  }
});

test('a line at the limit is read, and one byte more ends the session', () => {
  const longest = `PING seq=1 pad=${'x'.repeat(ipcLimits.lineBytesMax - 'PING seq=1 pad=\n'.length)}`;
  for (const step of [1, 1000, Number.POSITIVE_INFINITY]) {
    assert.deepEqual(read(parseRequest, `PING\n${longest}\nPING\n`, { step }).length, 3);
    assert.throws(
      () => read(parseRequest, `PING\n${longest}x\n`, { step }),
      (error) => error instanceof IpcError && error.code === 'line-too-long',
    );
  }
});

test('a size that cannot be ends the session before any memory is asked for', () => {
  const sink = { onPayload: assert.fail, onMessage: assert.fail, onFault: assert.fail };
  const reader = new IpcReader(parseRequest, sink);
  assert.throws(
    () => feed(reader as IpcReader<never>, `STORE_PART seq=1 size=${ipcLimits.pieceBytesMax + 1}\n`),
    (error) => error instanceof IpcError && error.code === 'bad-size',
  );
  assert.ok(reader.buffer().length > 0, 'Node asks for a buffer once more');
});
