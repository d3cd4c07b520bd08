import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventStreamReader, type ReadEvent, readEventStream } from './event-stream.testing.ts';
import { encodeComment, encodeEvent, encodeRetry, type ServerSentEvent } from './event-stream.ts';

const table: readonly { name: string; event: ServerSentEvent; bytes: string; read: ReadEvent[] }[] = [
  {
    name: 'a line of JSON',
    event: { event: 'peer', data: '{"id":"p1"}' },
    bytes: 'event: peer\ndata: {"id":"p1"}\n\n',
    read: [{ event: 'peer', data: '{"id":"p1"}' }],
  },
  {
    name: 'without a type',
    event: { data: 'hello' },
    bytes: 'data: hello\n\n',
    read: [{ event: 'message', data: 'hello' }],
  },
  {
    name: 'several lines',
    event: { data: 'a\nb\r\nc\rd' },
    bytes: 'data: a\ndata: b\ndata: c\ndata: d\n\n',
    read: [{ event: 'message', data: 'a\nb\nc\nd' }],
  },
  {
    name: 'spaces and colons in front',
    event: { event: ' a', data: '  : b' },
    bytes: 'event:  a\ndata:   : b\n\n',
    read: [{ event: ' a', data: '  : b' }],
  },
  {
    name: 'more than ASCII',
    event: { data: 'Übung 🎵\u2028' },
    bytes: 'data: Übung 🎵\u2028\n\n',
    read: [{ event: 'message', data: 'Übung 🎵\u2028' }],
  },
  {
    name: 'empty data: told all the same',
    event: { event: 'a', data: '' },
    bytes: 'event: a\ndata: \n\n',
    read: [{ event: 'a', data: '' }],
  },
  {
    name: 'a newline that ends the data',
    event: { data: 'a\n' },
    bytes: 'data: a\ndata: \n\n',
    read: [{ event: 'message', data: 'a\n' }],
  },
];

for (const { name, event, bytes, read } of table) {
  test(`an event: ${name}`, () => {
    assert.equal(encodeEvent(event), bytes);
    assert.deepEqual(readEventStream(bytes).events, read);
    const reader = new EventStreamReader();
    for (const byte of Buffer.from(bytes)) reader.receive(Uint8Array.of(byte));
    assert.deepEqual(reader.events, read, 'byte by byte');
  });
}

test('a comment, of one line or several, is passed over', () => {
  assert.equal(encodeComment('still here'), ': still here\n');
  assert.equal(encodeComment('two\nlines'), ': two\n: lines\n');
  const stream = readEventStream(`${encodeComment('a\ndata: b')}${encodeEvent({ data: 'c' })}`);
  assert.deepEqual(stream.comments, [' a', ' data: b']);
  assert.deepEqual(stream.events, [{ event: 'message', data: 'c' }]);
});

test('the time to wait before connecting again', () => {
  assert.equal(encodeRetry(1000), 'retry: 1000\n');
  assert.equal(readEventStream(encodeRetry(0)).retryMs, 0);
});

const faults: readonly { name: string; encode: () => string }[] = [
  { name: 'a newline in the type', encode: () => encodeEvent({ event: 'a\ndata: b', data: '' }) },
  { name: 'a carriage return in the type', encode: () => encodeEvent({ event: 'a\r', data: '' }) },
  { name: 'a time that is no integer', encode: () => encodeRetry(0.5) },
  { name: 'a negative time', encode: () => encodeRetry(-1) },
  { name: 'no time', encode: () => encodeRetry(Number.NaN) },
];
for (const { name, encode } of faults) test(`${name} is our own fault`, () => assert.throws(encode, Error));

/** The examples of 9.2.6, so that the reader is known to be right. */
const examples: readonly { name: string; stream: string; read: ReadEvent[] }[] = [
  {
    name: 'stocks',
    stream: 'data: YHOO\ndata: +2\ndata: 10\n\n',
    read: [{ event: 'message', data: 'YHOO\n+2\n10' }],
  },
  {
    name: 'comments, ids and spaces',
    stream: ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n',
    read: [
      { event: 'message', data: 'first event' },
      { event: 'message', data: 'second event' },
    ],
  },
  {
    name: 'lines that say nothing',
    stream: 'data\n\ndata\ndata\n\ndata:\n',
    read: [
      { event: 'message', data: '' },
      { event: 'message', data: '\n' },
    ],
  },
  {
    name: 'one space is not counted',
    stream: 'data:test\n\ndata: test\n\n',
    read: [
      { event: 'message', data: 'test' },
      { event: 'message', data: 'test' },
    ],
  },
  { name: 'CR, CRLF and a BOM', stream: '\uFEFFdata: a\rdata: b\r\n\r\n', read: [{ event: 'message', data: 'a\nb' }] },
];
for (const { name, stream, read } of examples) {
  test(`the reader: ${name}`, () => assert.deepEqual(readEventStream(stream).events, read));
}
