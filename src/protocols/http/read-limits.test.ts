import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cuts, readRequests } from './feed.testing.ts';
import { httpLimits } from './limits.ts';
import { RequestReader } from './read.ts';

const host = 'Host: h\r\n';
const chunked = `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n`;

/** Each limit: a request at it, one just past it, and the status for that. */
const limits: [name: string, at: string, past: string, status: number][] = [
  ['methodBytes', `${'M'.repeat(32)} / HTTP/1.1\r\n${host}\r\n`, `${'M'.repeat(33)} / HTTP/1.1\r\n${host}\r\n`, 501],
  [
    'targetBytes',
    `GET /${'a'.repeat(8191)} HTTP/1.1\r\n${host}\r\n`,
    `GET /${'a'.repeat(8192)} HTTP/1.1\r\n${host}\r\n`,
    414,
  ],
  ['fieldLineBytes', get(`${host}A: ${'b'.repeat(16381)}\r\n`), get(`${host}A: ${'b'.repeat(16382)}\r\n`), 431],
  ['fieldSectionBytes', get(section(32768)), get(section(32769)), 431],
  ['fieldCount', get(host + 'A: b\r\n'.repeat(127)), get(host + 'A: b\r\n'.repeat(128)), 431],
  ['leadingEmptyLines', `\r\n\r\n${get(host)}`, `\r\n\r\n\r\n${get(host)}`, 400],
  [
    'chunkSizeDigits',
    `${chunked}${'0'.repeat(15)}1\r\na\r\n0\r\n\r\n`,
    `${chunked}${'0'.repeat(16)}1\r\na\r\n0\r\n\r\n`,
    400,
  ],
  [
    'chunkExtensionBytes',
    `${chunked}${'0'.repeat(15)}1;${'a'.repeat(255)}\r\nb\r\n0\r\n\r\n`,
    `${chunked}${'0'.repeat(15)}1;${'a'.repeat(256)}\r\nb\r\n0\r\n\r\n`,
    400,
  ],
  [
    'chunkExtensionBytesTotal',
    `${chunked}${`1;${'a'.repeat(255)}\r\nb\r\n`.repeat(16)}0\r\n\r\n`,
    `${chunked}${`1;${'a'.repeat(255)}\r\nb\r\n`.repeat(16)}0;a\r\n\r\n`,
    400,
  ],
  [
    'fieldCount of trailers',
    `${chunked}0\r\n${'A: b\r\n'.repeat(128)}\r\n`,
    `${chunked}0\r\n${'A: b\r\n'.repeat(129)}\r\n`,
    431,
  ],
];

function get(lines: string): string {
  return `GET / HTTP/1.1\r\n${lines}\r\n`;
}

/** Field lines of so many bytes in all. */
function section(bytes: number): string {
  const lines = `${host}${`A: ${'b'.repeat(8000 - 5)}\r\n`.repeat(4)}`;
  const rest = bytes - lines.length - 'C: \r\n'.length;
  return `${lines}C: ${'d'.repeat(rest)}\r\n`;
}

for (const [name, at, past, status] of limits) {
  for (const cut of cuts) {
    test(`${name}, in bits of ${cut}`, () => {
      const taken = readRequests(at, cut);
      assert.deepEqual([taken.error?.message, taken.messages.length], [undefined, 1]);
      assert.equal(readRequests(past, cut).error?.answer, status);
    });
  }
}

const endless: [name: string, start: string, bit: string, status: number][] = [
  ['a method without end', '', 'M', 501],
  ['a target without end', 'GET /', 'a', 414],
  ['a version without end', 'GET / ', 'H', 414],
  ['a field name without end', 'GET / HTTP/1.1\r\n', 'a', 431],
  ['a field value without end', 'GET / HTTP/1.1\r\nA: ', 'b', 431],
  ['field lines without end', 'GET / HTTP/1.1\r\n', 'A: b\r\n', 431],
  ['empty lines without end', '', '\r\n', 400],
  ['a chunk size without end', chunked, '0', 400],
  ['a chunk extension without end', `${chunked}1;`, 'a', 400],
  ['trailers without end', `${chunked}0\r\n`, 'A: b\r\n', 431],
];

for (const [name, start, bit, status] of endless) {
  test(`${name} is refused before it ends`, () => {
    for (const cut of cuts) assert.equal(readRequests(start + bit.repeat(40_000), cut).error?.answer, status);
  });
}

const atOnce: [fault: string, bytes: string][] = [
  ['a line that ends in LF', 'GET / HTTP/1.1\n'],
  ['a bare CR', 'GET / HTTP/1.1\rH'],
  ['a NUL', 'GET /\0'],
  ['a TLS handshake', '\x16\x03\x01'],
  ['a request line that is none', 'HELO example.org\r\n'],
  ['a bad field line', 'GET / HTTP/1.1\r\nHost h\r\n'],
];

for (const [fault, bytes] of atOnce) {
  test(`${fault} is refused although the head goes on`, () => {
    for (const cut of cuts) {
      const reader = new RequestReader(httpLimits);
      const feed = () => {
        for (let at = 0; at < bytes.length; at += cut) {
          reader.receive(Buffer.from(bytes.slice(at, at + cut), 'latin1'));
          reader.next();
        }
      };
      assert.throws(feed, { answer: 400 });
    }
  });
}

test('a head that comes byte by byte is looked at once, not once a byte', () => {
  const bytes = Buffer.from(get(section(32768)));
  const reader = new RequestReader(httpLimits);
  const start = process.cpuUsage();
  for (let at = 0; at < bytes.length - 1; at += 1) {
    reader.receive(bytes.subarray(at, at + 1));
    assert.equal(reader.next(), null);
  }
  reader.receive(bytes.subarray(-1));
  assert.equal(reader.next()?.kind, 'head');
  // 33 thousand steps; if each looked at all that came before it would be half a billion, some seconds.
  assert.ok(process.cpuUsage(start).user < 1_000_000);
});

test('the reader stops behind a message, and says what is left', () => {
  const reader = new RequestReader(httpLimits);
  assert.deepEqual([reader.idle, reader.waiting], [true, 0]);
  reader.receive(Buffer.from(get(host) + get(host)));
  assert.equal(reader.next()?.kind, 'head');
  assert.equal(reader.next()?.kind, 'end');
  assert.equal(reader.waiting, get(host).length);
  assert.equal(reader.next()?.kind, 'head');
  assert.equal(reader.idle, false);
  assert.equal(reader.next()?.kind, 'end');
  assert.equal(reader.next(), null);
  assert.deepEqual([reader.idle, reader.waiting], [true, 0]);
  reader.receive(Buffer.from('G'));
  assert.equal(reader.next(), null);
  assert.equal(reader.idle, false);
});

test('the bytes of a body are views, not copies', () => {
  const reader = new RequestReader(httpLimits);
  const chunk = Buffer.from(`POST / HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello`);
  reader.receive(chunk);
  reader.next();
  const event = reader.next();
  assert.ok(event?.kind === 'body' && event.bytes.buffer === chunk.buffer && event.bytes.toString() === 'hello');
});
