import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cuts, readRequests } from './feed.testing.ts';

/** A message in text, for comparing: `METHOD path|query|authority 1.minor`, fields, body, trailers. */
interface Row {
  readonly name: string;
  readonly bytes: string;
  readonly head: string;
  readonly fields?: string;
  readonly body?: string;
  readonly trailers?: string;
}

const host = 'Host: h\r\n';
const chunked = `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n`;

const valid: Row[] = [
  { name: 'the smallest request', bytes: 'GET / HTTP/1.0\r\n\r\n', head: 'GET /|| 1.0' },
  { name: 'a request', bytes: `GET /a?b HTTP/1.1\r\n${host}\r\n`, head: 'GET /a|b|h 1.1', fields: 'host=h' },
  { name: 'a higher minor version', bytes: `GET / HTTP/1.7\r\n${host}\r\n`, head: 'GET /||h 1.1' },
  { name: 'a method nobody knows', bytes: `F-O.O! / HTTP/1.1\r\n${host}\r\n`, head: 'F-O.O! /||h 1.1' },
  { name: 'an empty line before', bytes: `\r\nGET / HTTP/1.1\r\n${host}\r\n`, head: 'GET /||h 1.1' },
  { name: 'two empty lines before', bytes: `\r\n\r\nGET / HTTP/1.1\r\n${host}\r\n`, head: 'GET /||h 1.1' },
  {
    name: 'an absolute-form target, which overrides Host',
    bytes: `GET http://other:81/a HTTP/1.1\r\n${host}\r\n`,
    head: 'GET /a||other:81 1.1',
  },
  { name: 'OPTIONS *', bytes: `OPTIONS * HTTP/1.1\r\n${host}\r\n`, head: 'OPTIONS *||h 1.1' },
  {
    name: 'a Content-Length',
    bytes: `POST / HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello`,
    head: 'POST /||h 1.1',
    fields: 'host=h content-length=5',
    body: 'hello',
  },
  {
    name: 'a Content-Length with leading zeros, and HTAB around it',
    bytes: `POST / HTTP/1.1\r\n${host}Content-Length:\t005\t\r\n\r\nhello`,
    head: 'POST /||h 1.1',
    body: 'hello',
  },
  {
    name: 'a body with GET',
    bytes: `GET / HTTP/1.1\r\n${host}Content-Length: 3\r\n\r\nGET`,
    head: 'GET /||h 1.1',
    body: 'GET',
  },
  {
    name: 'a body in HTTP/1.0',
    bytes: 'POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi',
    head: 'POST /|| 1.0',
    body: 'hi',
  },
  {
    name: 'a body that looks like a chunk',
    bytes: `POST / HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\n0\r\n\r\n`,
    head: 'POST /||h 1.1',
    body: '0\r\n\r\n',
  },
  {
    name: 'chunks',
    bytes: `${chunked}5\r\nhello\r\n1\r\n,\r\n6\r\n world\r\n0\r\n\r\n`,
    head: 'POST /||h 1.1',
    body: 'hello, world',
  },
  { name: 'no chunk but the last', bytes: `${chunked}0\r\n\r\n`, head: 'POST /||h 1.1' },
  { name: 'a last chunk of several zeros', bytes: `${chunked}1\r\na\r\n000\r\n\r\n`, head: 'POST /||h 1.1', body: 'a' },
  {
    name: 'chunk sizes in both cases',
    bytes: `${chunked}a\r\n0123456789\r\n0A\r\n0123456789\r\n0\r\n\r\n`,
    head: 'POST /||h 1.1',
    body: '01234567890123456789',
  },
  {
    name: 'CRLF as content of a chunk',
    bytes: `${chunked}4\r\n\r\n\r\n\r\n0\r\n\r\n`,
    head: 'POST /||h 1.1',
    body: '\r\n\r\n',
  },
  {
    name: 'chunk extensions',
    bytes: `${chunked}1;a\r\nx\r\n1;a=b;c="d \\" \t;e"\r\ny\r\n1 ; a = b\r\nz\r\n0;end\r\n\r\n`,
    head: 'POST /||h 1.1',
    body: 'xyz',
  },
  {
    name: 'trailers, which stay out of the head',
    bytes: `${chunked}0\r\nX-A: 1\r\nX-A: 2\r\nConnection: close\r\n\r\n`,
    head: 'POST /||h 1.1',
    fields: 'host=h transfer-encoding=chunked',
    trailers: 'x-a=1 x-a=2 connection=close',
  },
  {
    name: 'Transfer-Encoding in capitals, with HTAB around it',
    bytes: `POST / HTTP/1.1\r\n${host}TRANSFER-ENCODING:\tCHUNKED\t\r\n\r\n0\r\n\r\n`,
    head: 'POST /||h 1.1',
  },
];

/** Behind each row: must stay a request of its own. */
const next = `PUT /next HTTP/1.1\r\n${host}\r\n`;

for (const row of valid) {
  for (const cut of cuts) {
    test(`reads ${row.name}, in bits of ${cut}`, () => {
      const { messages, error } = readRequests(row.bytes + next, cut);
      assert.equal(error, undefined);
      const [message, behind, ...more] = messages;
      assert.deepEqual([behind?.head.method, more.length], ['PUT', 0]);
      const { method, path, rawQuery, authority, minorVersion, fields } = message?.head ?? assert.fail('no message');
      assert.equal(`${method} ${path}|${rawQuery}|${authority} 1.${minorVersion}`, row.head);
      if (row.fields !== undefined) assert.equal(joined(fields), row.fields);
      assert.equal(message?.body, row.body ?? '');
      assert.equal(joined(message?.trailers ?? []), row.trailers ?? '');
    });
  }
}

function joined(fields: Iterable<readonly [string, string]>): string {
  return [...fields].map(([name, value]) => `${name}=${value}`).join(' ');
}

const get = (lines: string) => `GET / HTTP/1.1\r\n${lines}\r\n`;
const post = (lines: string) => `POST / HTTP/1.1\r\n${host}${lines}\r\n`;

type Fault = [fault: string, bytes: string, status?: number];

const badLines: Fault[] = [
  ['no version (HTTP/0.9)', 'GET /\r\n\r\n'],
  ['no target', 'GET HTTP/1.1\r\n\r\n'],
  ['nothing but a method', 'GET\r\n\r\n'],
  ['two spaces before the target', 'GET  / HTTP/1.1\r\n\r\n'],
  ['two spaces before the version', 'GET /  HTTP/1.1\r\n\r\n'],
  ['a space in front', ' GET / HTTP/1.1\r\n\r\n'],
  ['a space behind', 'GET / HTTP/1.1 \r\n\r\n'],
  ['a space in the target', 'GET /a b HTTP/1.1\r\n\r\n'],
  ['HTAB for a space', 'GET\t/ HTTP/1.1\r\n\r\n'],
  ['VT for a space', 'GET\x0b/ HTTP/1.1\r\n\r\n'],
  ['a method that is no token', 'GE(T / HTTP/1.1\r\n\r\n'],
  ['a method with a byte above 0x7f', 'G\xc9T / HTTP/1.1\r\n\r\n'],
  ['NUL in the target', 'GET /\0 HTTP/1.1\r\n\r\n'],
  ['a byte above 0x7f in the target', 'GET /\xe9 HTTP/1.1\r\n\r\n'],
  ['a lower-case protocol', 'GET / http/1.1\r\n\r\n'],
  ['another protocol', 'GET / HTCPCP/1.1\r\n\r\n'],
  ['a version without minor', 'GET / HTTP/1\r\n\r\n'],
  ['a version with two digits', 'GET / HTTP/1.10\r\n\r\n'],
  ['a version with a comma', 'GET / HTTP/1,1\r\n\r\n'],
  ['a version with a space', 'GET / HTTP/ 1.1\r\n\r\n'],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
  ['HTTP/0.9 by name', 'GET / HTTP/0.9\r\n\r\n', 505],
  ['HTTP/3.7', 'GET / HTTP/3.7\r\n\r\n', 505],
  ['three empty lines in front', `\r\n\r\n\r\nGET / HTTP/1.1\r\n${host}\r\n`],
  ['a bare LF in front', `\nGET / HTTP/1.1\r\n${host}\r\n`],
  ['a TLS handshake', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03'],
  ['a line that ends in LF', `GET / HTTP/1.1\n${host}\r\n`],
  ['a line that ends in CR', `GET / HTTP/1.1\r${host}\r\n`],
  ['a line that ends in CR CR LF', `GET / HTTP/1.1\r\r\n${host}\r\n`],
  ['* for GET', `GET * HTTP/1.1\r\n${host}\r\n`],
  ['CONNECT', 'CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n', 501],
];

const badFields: Fault[] = [
  ['a field line that ends in LF', 'GET / HTTP/1.1\r\nHost: h\n\r\n'],
  ['a head that ends in LF LF', 'GET / HTTP/1.1\r\nHost: h\n\n'],
  ['a head that ends in CRLF LF', 'GET / HTTP/1.1\r\nHost: h\r\n\n'],
  ['a head that ends in LF CRLF', 'GET / HTTP/1.1\r\nHost: h\n\r\n'],
  ['a field line that ends in CR', get(`${host}A: b\rC: d\r\n`)],
  ['a CR in a value', get(`${host}A: b\rc\r\n`)],
  ['a value that ends in CR CR LF', get(`${host}A: b\r\r\n`)],
  ['a NUL in a value', get(`${host}A: b\0c\r\n`)],
  ['a control character in a name', get(`${host}A\x01: b\r\n`)],
  ['a line without colon', get(`${host}Transfer-Encoding\r\n`)],
  ['a line without name', get(`${host}: b\r\n`)],
  ['a space before the colon', get(`${host}Content-Length : 5\r\n`)],
  ['a space before the first line', get(` ${host}`)],
  ['a folded line', get(`${host}A: b\r\n c\r\n`)],
  ['a line folded by HTAB', get(`${host}A: b\r\n\tc\r\n`)],
  ['a line of spaces', get(`${host}  \r\n`)],
  ['no Host', get('')],
  ['an empty Host', get('Host:\r\n')],
  ['two Hosts', get(`${host}Host: i\r\n`)],
  ['two equal Hosts', get(host + host)],
  ['a list for Host', get('Host: h, h\r\n')],
  ['user information in Host', get('Host: u@h\r\n')],
  ['a path in Host', get('Host: h/a\r\n')],
  ['no Host beside an absolute-form target', 'GET http://h/ HTTP/1.1\r\n\r\n'],
  ['an invalid Host beside an absolute-form target', 'GET http://h/ HTTP/1.1\r\nHost: a b\r\n\r\n'],
  ['two Hosts in HTTP/1.0', `GET / HTTP/1.0\r\n${host}${host}\r\n`],
  ['an invalid Host in HTTP/1.0', 'GET / HTTP/1.0\r\nHost: a b\r\n\r\n'],
];

const badFraming: Fault[] = [
  ['both Content-Length and Transfer-Encoding', post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n')],
  ['both, the other way round', post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n')],
  ['a length that is empty', post('Content-Length:\r\n')],
  ['a length with a sign', post('Content-Length: +5\r\n')],
  ['a negative length', post('Content-Length: -5\r\n')],
  ['a hex length', post('Content-Length: 0x5\r\n')],
  ['a length with a fraction', post('Content-Length: 5.0\r\n')],
  ['a length with an exponent', post('Content-Length: 5e0\r\n')],
  ['a length with a separator', post('Content-Length: 5_0\r\n')],
  ['a length with a space', post('Content-Length: 5 0\r\n')],
  ['a length that is a list', post('Content-Length: 5, 5\r\n')],
  ['a length with a comma', post('Content-Length: 5,\r\n')],
  ['two lengths', post('Content-Length: 5\r\nContent-Length: 6\r\n')],
  ['two equal lengths', post('Content-Length: 5\r\nContent-Length: 5\r\n')],
  ['a length in digits of another script', post('Content-Length: \xb2\r\n')],
  ['2^53', post('Content-Length: 9007199254740992\r\n')],
  ['2^64 + 5', post('Content-Length: 18446744073709551621\r\n')],
  ['a length of 400 digits', post(`Content-Length: ${'9'.repeat(400)}\r\n`)],
  ['an empty Transfer-Encoding', post('Transfer-Encoding:\r\n')],
  ['a coding alone', post('Transfer-Encoding: gzip\r\n')],
  ['identity', post('Transfer-Encoding: identity\r\n')],
  ['xchunked', post('Transfer-Encoding: xchunked\r\n')],
  ['chunked before another', post('Transfer-Encoding: chunked, gzip\r\n')],
  ['chunked before identity', post('Transfer-Encoding: chunked, identity\r\n')],
  ['chunked twice', post('Transfer-Encoding: chunked, chunked\r\n')],
  ['chunked in two fields', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n')],
  ['chunked, then another field', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n')],
  ['chunked with a parameter', post('Transfer-Encoding: chunked;a=b\r\n')],
  ['chunked in quotes', post('Transfer-Encoding: "chunked"\r\n')],
  ['chunked and an empty element', post('Transfer-Encoding: chunked,\r\n')],
  ['an empty element and chunked', post('Transfer-Encoding: ,chunked\r\n')],
  ['chunked chunked', post('Transfer-Encoding: chunked chunked\r\n')],
  ['VT before chunked', post('Transfer-Encoding: \x0bchunked\r\n')],
  ['chunked in HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['another coding before chunked', post('Transfer-Encoding: gzip, chunked\r\n'), 501],
  ['another coding in a field before', post('Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n'), 501],
  ['identity before chunked', post('Transfer-Encoding: identity, chunked\r\n'), 501],
];

const badChunks: Fault[] = [
  ['no size', '\r\nhello\r\n0\r\n\r\n'],
  ['a size with 0x', '0x5\r\nhello\r\n0\r\n\r\n'],
  ['a size with a sign', '+5\r\nhello\r\n0\r\n\r\n'],
  ['a negative size', '-5\r\nhello\r\n0\r\n\r\n'],
  ['a size with a space in front', ' 5\r\nhello\r\n0\r\n\r\n'],
  ['a size with a space behind', '5 \r\nhello\r\n0\r\n\r\n'],
  ['a size with HTAB behind', '5\t\r\nhello\r\n0\r\n\r\n'],
  ['a size with an underscore', '1_0\r\nhello\r\n0\r\n\r\n'],
  ['a size that is not hex', 'g\r\nhello\r\n0\r\n\r\n'],
  ['a size of 17 digits', `${'0'.repeat(16)}5\r\nhello\r\n0\r\n\r\n`],
  ['a size of 2^53', '20000000000000\r\nhello\r\n0\r\n\r\n'],
  ['a size of 2^64 + 5', '10000000000000005\r\nhello\r\n0\r\n\r\n'],
  ['a size line that ends in LF', '5\nhello\r\n0\r\n\r\n'],
  ['a size line that ends in CR', '5\rhello\r\n0\r\n\r\n'],
  ['a chunk that ends in LF', '5\r\nhello\n0\r\n\r\n'],
  ['a chunk that ends in CR', '5\r\nhello\r0\r\n\r\n'],
  ['a chunk without an end', '5\r\nhello0\r\n\r\n'],
  ['a chunk longer than its size', '5\r\nhello!\r\n0\r\n\r\n'],
  ['a last chunk that ends in LF', '5\r\nhello\r\n0\n\r\n'],
  ['a body that ends in LF', '5\r\nhello\r\n0\r\n\n'],
  ['an extension without name', '5;\r\nhello\r\n0\r\n\r\n'],
  ['an extension whose name is no token', '5;a b\r\nhello\r\n0\r\n\r\n'],
  ['an extension without value', '5;a=\r\nhello\r\n0\r\n\r\n'],
  ['an extension whose quote stays open', '5;a="b\r\nhello\r\n0\r\n\r\n'],
  ['an extension with a bare LF', '5;a\nhello\r\n0\r\n\r\n'],
  ['an extension with a bare CR', '5;a\rb\r\nhello\r\n0\r\n\r\n'],
  ['an extension with NUL', '5;a=\0\r\nhello\r\n0\r\n\r\n'],
  ['an extension without semicolon', '5 a=b\r\nhello\r\n0\r\n\r\n'],
  ['a comma for a semicolon', '5,a=b\r\nhello\r\n0\r\n\r\n'],
  ['a trailer without colon', '0\r\nX-A\r\n\r\n'],
  ['a trailer with a space before its colon', '0\r\nX-A : b\r\n\r\n'],
  ['a trailer that is folded', '0\r\nX-A: b\r\n c\r\n\r\n'],
  ['a trailer that ends in LF', '0\r\nX-A: b\n\r\n'],
  ['Transfer-Encoding for a trailer', '0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['Content-Length for a trailer', '0\r\nContent-Length: 5\r\n\r\nhello'],
  ['Host for a trailer', '0\r\nHost: h\r\n\r\n'],
  ['a trailer with NUL', '0\r\nX-A: \0\r\n\r\n'],
];

const faults: Fault[] = [
  ...badLines,
  ...badFields,
  ...badFraming,
  ...badChunks.map(([fault, body]): Fault => [`a body with ${fault}`, chunked + body]),
];

for (const [fault, bytes, status = 400] of faults) {
  for (const cut of cuts) {
    test(`refuses ${fault}, in bits of ${cut}`, () => {
      const { messages, error } = readRequests(bytes + next, cut);
      assert.equal(error?.answer, status, error?.message ?? 'no error');
      // No byte of a refused message is taken for another request.
      assert.ok(messages.every(({ head }) => head.method !== 'PUT'));
      assert.ok(messages.every(({ trailers }) => trailers === undefined));
    });
  }
}

const incomplete: [where: string, bytes: string][] = [
  ['the request line', 'GET / HT'],
  ['a CRLF', 'GET / HTTP/1.1\r'],
  ['a field line', 'GET / HTTP/1.1\r\nHost'],
  ['the fields', `GET / HTTP/1.1\r\n${host}`],
  ['the empty line', `GET / HTTP/1.1\r\n${host}\r`],
  ['a body', post('Content-Length: 5\r\n').concat('hell')],
  ['a chunk size', `${chunked}5`],
  ['a chunk', `${chunked}5\r\nhell`],
  ['the CRLF behind a chunk', `${chunked}5\r\nhello\r`],
  ['the trailers', `${chunked}0\r\n`],
];

for (const [where, bytes] of incomplete) {
  test(`a connection that ends within ${where} is told so`, () => {
    for (const cut of cuts) assert.equal(readRequests(bytes, cut).error?.code, 'incomplete-message');
  });
}

test('a connection that ends between requests ends well', () => {
  for (const bytes of ['', '\r\n', next, next + next]) {
    for (const cut of cuts) assert.equal(readRequests(bytes, cut).error, undefined);
  }
});
