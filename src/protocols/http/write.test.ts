import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cuts, readRequests, readResponse } from './feed.testing.ts';
import {
  chunkEnd,
  continueHead,
  DateLines,
  encodeChunkSize,
  encodeRequestHead,
  encodeResponseHead,
  lastChunk,
} from './write.ts';

const nowMs = Date.UTC(1994, 10, 6, 8, 49, 37);
const dateLine = new DateLines().at(nowMs);

test('the head of an answer', () => {
  assert.equal(
    encodeResponseHead(404, [['Content-Type', 'text/plain']], 'Content-Length: 2\r\n', dateLine),
    'HTTP/1.1 404 Not Found\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n',
  );
});

test('Date follows the clock, forwards and backwards', () => {
  const dateLines = new DateLines();
  const dateAt = (ms: number) => /Date: .*(\d\d) GMT/.exec(encodeResponseHead(200, [], '', dateLines.at(ms)))?.[1];
  assert.deepEqual([nowMs, nowMs + 999, nowMs + 1000, nowMs].map(dateAt), ['37', '37', '38', '37']);
});

test('what is written is read as the same', () => {
  const content = 'hello, world';
  const chunks = `${encodeChunkSize(content.length)}${content}${chunkEnd}${lastChunk}`;
  const head = encodeResponseHead(200, [['X-A', 'b\tc \xe9']], 'Transfer-Encoding: chunked\r\n', dateLine);
  const request = encodeRequestHead('POST', '/a?b', [
    ['Host', 'h'],
    ['Transfer-Encoding', 'chunked'],
  ]);
  for (const cut of cuts) {
    const [answer] = readResponse('GET', continueHead + head + chunks, cut).messages;
    assert.deepEqual([answer?.head.status, answer?.head.fields.get('x-a'), answer?.body], [200, 'b\tc \xe9', content]);
    const [question] = readRequests(request + chunks, cut).messages;
    assert.deepEqual([question?.head.path, question?.head.rawQuery, question?.body], ['/a', 'b', content]);
  }
});

const injections: [fault: string, name: string, value: string][] = [
  ['CRLF in a value', 'A', 'b\r\nSet-Cookie: c'],
  ['LF in a value', 'A', 'b\nSet-Cookie: c'],
  ['CR in a value', 'A', 'b\rSet-Cookie: c'],
  ['NUL in a value', 'A', 'b\0'],
  ['DEL in a value', 'A', 'b\x7f'],
  ['a character that has no byte', 'A', '\u{1f600}'],
  ['a character whose low byte is LF', 'A', '\u010a'],
  ['CRLF in a name', 'A\r\nB', 'c'],
  ['a colon in a name', 'A:B', 'c'],
  ['a space in a name', 'A ', 'c'],
  ['no name', '', 'c'],
];

for (const [fault, name, value] of injections) {
  test(`never writes ${fault}`, () => {
    assert.throws(() => encodeResponseHead(200, [[name, value]], '', dateLine), /not a field/);
    assert.throws(() => encodeRequestHead('GET', '/', [[name, value]]), /not a field/);
  });
}

test('never writes a request line that is another', () => {
  assert.throws(() => encodeRequestHead('GET /a', '/', []), /not a request line/);
  assert.throws(() => encodeRequestHead('GET', '/ HTTP/1.1\r\nA: b', []), /not a request line/);
  assert.throws(() => encodeRequestHead('GET', '', []), /not a request line/);
});
