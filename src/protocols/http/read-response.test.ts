import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cuts, readResponse } from './feed.testing.ts';

const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

/** Answers that end by themselves, so that what is behind them is not theirs. */
const framed: [name: string, bytes: string, status: number, body: string, method?: string][] = [
  ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 200, 'hello'],
  ['chunks', `${chunked}2\r\nhe\r\n3;a=b\r\nllo\r\n0\r\nA: b\r\n\r\n`, 200, 'hello'],
  ['HTTP/1.0', 'HTTP/1.0 404 Not Found\r\nContent-Length: 2\r\n\r\nno', 404, 'no'],
  ['a higher minor version', 'HTTP/1.4 200 OK\r\nContent-Length: 2\r\n\r\nhi', 200, 'hi'],
  ['an empty reason', 'HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nhi', 200, 'hi'],
  ['a reason above 0x7f', 'HTTP/1.1 200 D\xe9j\xe0 vu\r\nContent-Length: 0\r\n\r\n', 200, ''],
  ['a status that nobody knows', 'HTTP/1.1 299 What\r\nContent-Length: 2\r\n\r\nhi', 299, 'hi'],
  ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', 200, '', 'HEAD'],
  ['HEAD, chunked', chunked, 200, '', 'HEAD'],
  ['HEAD, without framing', 'HTTP/1.1 200 OK\r\n\r\n', 200, '', 'HEAD'],
  ['204', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', 204, ''],
  ['304', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', 304, ''],
  [
    'interim answers',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\na',
    201,
    'a',
  ],
];

for (const [name, bytes, status, body, method = 'GET'] of framed) {
  for (const cut of cuts) {
    test(`reads an answer with ${name}, in bits of ${cut}`, () => {
      const { messages, error } = readResponse(method, `${bytes}HTTP/1.1 500 Behind\r\n\r\n`, cut);
      assert.equal(error, undefined);
      const [message, ...more] = messages;
      assert.deepEqual([message?.head.status, message?.body, more.length], [status, body, 0]);
      assert.ok(message?.trailers);
    });
  }
}

test('without framing, all that comes until the end is the body', () => {
  for (const cut of cuts) {
    const { messages } = readResponse('GET', 'HTTP/1.1 200 OK\r\n\r\nhello\r\n\r\nHTTP/1.1 200 OK\r\n', cut);
    assert.deepEqual([messages[0]?.body, messages.length], ['hello\r\n\r\nHTTP/1.1 200 OK\r\n', 1]);
    assert.ok(messages[0]?.trailers);
  }
});

const faults: [fault: string, bytes: string, code: string][] = [
  ['nothing', '', 'incomplete-message'],
  ['an empty line', '\r\n', 'bad-status-line'],
  ['another protocol', 'ICY 200 OK\r\n\r\n', 'bad-status-line'],
  ['HTTP/2', 'HTTP/2.0 200 OK\r\n\r\n', 'bad-status-line'],
  ['no space behind the status', 'HTTP/1.1 200\r\n\r\n', 'bad-status-line'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n', 'bad-status-line'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', 'bad-status-line'],
  ['a status of 600', 'HTTP/1.1 600 OK\r\n\r\n', 'bad-status-line'],
  ['a reason without end', `HTTP/1.1 200 ${'a'.repeat(1000)}`, 'bad-status-line'],
  ['a control character in the reason', 'HTTP/1.1 200 O\0K\r\n\r\n', 'bad-line'],
  ['a bare LF', 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n', 'bad-line'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na', 'bad-framing'],
  ['a length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na', 'bad-framing'],
  ['a bad chunk', `${chunked}x\r\n`, 'bad-chunk'],
  ['a body cut short', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell', 'incomplete-message'],
  ['chunks cut short', `${chunked}5\r\nhello\r\n`, 'incomplete-message'],
];

for (const [fault, bytes, code] of faults) {
  test(`refuses an answer with ${fault}`, () => {
    const byteByByte = readResponse('GET', bytes, 1).error;
    assert.equal(byteByByte?.code, code);
    const whole = readResponse('GET', bytes, Number.POSITIVE_INFINITY).error?.code;
    // A line that is whole is refused by what parses it, one in bits by what gathers it.
    assert.ok(whole === code || code === 'bad-line');
  });
}
