import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceTo } from '../../bytes/trace.ts';
import { cuts } from './feed.testing.ts';
import { httpLimits } from './limits.ts';
import { RequestReader } from './read.ts';

const bytes =
  '\r\nPOST /a HTTP/1.1\r\nHost:\th \r\nTransfer-Encoding: chunked\r\n\r\n2;a="b"\r\nh\x1b\r\n0\r\nX: \xe9\r\n\r\n';

const lines = [
  '> 000000  CRLF            "\\r\\n"',
  '> 000002  method          "POST"',
  '> 000006  SP              " "',
  '> 000007  request-target  "/a"',
  '> 000009  SP              " "',
  '> 000010  HTTP-version    "HTTP/1.1"',
  '> 000018  CRLF            "\\r\\n"',
  '> 000020  field-name      "Host"',
  '> 000024  ":" OWS         ":\\t"',
  '> 000026  field-value     "h"',
  '> 000027  OWS CRLF        " \\r\\n"',
  '> 000030  field-name      "Transfer-Encoding"',
  '> 000047  ":" OWS         ": "',
  '> 000049  field-value     "chunked"',
  '> 000056  OWS CRLF        "\\r\\n"',
  '> 000058  CRLF            "\\r\\n"',
  '> 000060  chunk-size      "2"',
  '> 000061  chunk-ext       ";a=\\"b\\""',
  '> 000067  CRLF            "\\r\\n"',
  '> 000069  content         "h\\x1b"',
  '> 000071  CRLF            "\\r\\n"',
  '> 000073  chunk-size      "0"',
  '> 000074  CRLF            "\\r\\n"',
  '> 000076  field-name      "X"',
  '> 000077  ":" OWS         ": "',
  '> 000079  field-value     "\\xe9"',
  '> 000080  OWS CRLF        "\\r\\n"',
  '> 000082  CRLF            "\\r\\n"',
];

function traced(text: string, cut: number): string[] {
  const written: string[] = [];
  const observe = traceTo((line) => written.push(line), '>');
  const reader = new RequestReader(httpLimits, { observe });
  const all = Buffer.from(text, 'latin1');
  for (let at = 0; at < all.length; at += cut) {
    reader.receive(all.subarray(at, at + cut));
    while (reader.next() !== null);
  }
  return written;
}

test('every byte of a request is shown, by the name of its part', () => {
  assert.deepEqual(traced(bytes, Number.POSITIVE_INFINITY), lines);
});

test('a head in bits is shown like a whole one', () => {
  const head = bytes.slice(0, bytes.indexOf('2;a'));
  for (const cut of cuts) assert.deepEqual(traced(head, cut), lines.slice(0, 16));
});

test('of long content the beginning is shown', () => {
  const long = `PUT / HTTP/1.0\r\nContent-Length: 60\r\n\r\n${'x'.repeat(60)}`;
  assert.equal(traced(long, 1000).at(-1), `> 000038  content         "${'x'.repeat(48)}" and 12 bytes more`);
});

test('of what lets somebody in the length is shown', () => {
  const head = 'GET / HTTP/1.0\r\nAUTHORIZATION: Bearer sesame\r\nCookie: sesame\r\n\r\n';
  const shown = traced(head, 1000);
  assert.ok(!shown.join().includes('sesame'));
  assert.deepEqual(
    shown.filter((line) => line.includes('field-value')),
    ['> 000031  field-value     13 bytes', '> 000054  field-value     6 bytes'],
  );
});
