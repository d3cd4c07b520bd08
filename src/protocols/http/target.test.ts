import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTarget } from './target.ts';

const takesRawQuery = (path: string): boolean => path === '/announce' || path === '/scrape';

const valid: [target: string, path: string, rawQuery?: string, authority?: string][] = [
  ['/', '/'],
  ['/files', '/files'],
  ['/files?q=a&limit=5', '/files', 'q=a&limit=5'],
  ['/files?', '/files'],
  ['/files?a?b/c', '/files', 'a?b/c'],
  ['/a%20b', '/a b'],
  ['/caf%C3%A9', '/café'],
  ['/%41%2d%5A', '/A-Z'],
  ['/%252e%252e/a', '/%2e%2e/a'], // decoded once, not twice
  ["/a!$&'()*+,;=:@-._~b", "/a!$&'()*+,;=:@-._~b"],
  ['/?a%20b+c%ff', '/', 'a%20b+c%ff'], // the query is left as it came
  ['/?q={a}|b[0]\\^`', '/', 'q={a}|b[0]\\^`'], // as browsers send it
  ['/announce?info_hash=\xff"<>%zz', '/announce', 'info_hash=\xff"<>%zz'], // a tracker judges its query itself
  ['/scrape?\x80#', '/scrape', '\x80#'],
  ['//evil.example/a', '//evil.example/a'], // a path, not an authority
  ['/a//b/', '/a//b/'],
  // RFC 3986 5.2.4
  ['/a/./b/../c', '/a/c'],
  ['/a/..', '/'],
  ['/a/.', '/a/'],
  ['/.', '/'],
  ['/..', '/'],
  ['/../../../etc/passwd', '/etc/passwd'],
  ['/static/../../etc/passwd', '/etc/passwd'],
  ['/static/%2e%2e/%2E%2e/etc/passwd', '/etc/passwd'],
  ['/a/.../b', '/a/.../b'],
  ['/a/..b/.c/d..', '/a/..b/.c/d..'],
  ['/a/b/../..', '/'],
  // RFC 9112 3.2.2
  ['http://localhost:8080/c?d', '/c', 'd', 'localhost:8080'],
  ['http://localhost', '/', '', 'localhost'],
  ['http://localhost?d', '/', 'd', 'localhost'],
  ['HTTP://[::1]:80/', '/', '', '[::1]:80'],
  ['http://localhost/../a', '/a', '', 'localhost'],
];

for (const [target, path, rawQuery = '', authority = null] of valid) {
  test(`reads ${target}`, () =>
    assert.deepEqual(parseTarget('GET', target, takesRawQuery), { path, rawQuery, authority }));
}

test('reads * for OPTIONS', () => {
  assert.deepEqual(parseTarget('OPTIONS', '*', takesRawQuery), { path: '*', rawQuery: '', authority: null });
});

const invalid: [fault: string, target: string, method?: string, status?: number][] = [
  ['no form at all', 'files'],
  ['a relative path', '../files'],
  ['a query alone', '?a'],
  ['* for GET', '*'],
  ['* with more', '*/a', 'OPTIONS'],
  ['authority-form for GET', 'localhost:80'],
  ['a fragment', '/a#b'],
  ['a fragment in the query', '/a?b#c'],
  ['a quote', '/a"b'],
  ['an angle bracket', '/a<b'],
  ['a backslash', '/..\\..\\a'],
  ['a caret', '/a^b'],
  ['a backtick', '/a`b'],
  ['a brace', '/a{b'],
  ['a bar', '/a|b'],
  ['a square bracket', '/a[b'],
  ['an angle bracket in the query', '/?a<b'],
  ['a quote in the query', '/?a"b'],
  ['a byte above 0x7f', '/caf\xe9'],
  ['UTF-8 that is not encoded', '/caf\xc3\xa9'],
  ['a byte above 0x7f in the query', '/?caf\xe9'],
  ['percent at the end', '/a%'],
  ['percent with one digit', '/a%4'],
  ['percent without hex', '/a%zz'],
  ['percent without hex in the query', '/?a=%zz'],
  ['percent without hex in the query of what is no tracker', '/announces?a=%zz'],
  ['a raw byte in the path of a tracker', '/announce\xff?a'],
  ['percent-u', '/%u0041'],
  ['an encoded NUL', '/a%00b'],
  ['an encoded LF', '/a%0ab'],
  ['an encoded DEL', '/a%7f'],
  ['an encoded slash', '/static/..%2f..%2fetc/passwd'],
  ['an encoded backslash', '/static/..%5C..%5Cetc/passwd'],
  ['UTF-8 cut short', '/a%c3'],
  ['overlong UTF-8', '/%c0%ae%c0%ae/a'],
  ['a UTF-16 surrogate', '/%ed%a0%80'],
  ['a scheme without authority', 'http:/a'],
  ['a scheme and a path', 'http:a'],
  ['no host', 'http:///a'],
  ['a port alone', 'http://:80/a'],
  ['user information', 'http://user@localhost/'],
  ['a port too large', 'http://localhost:65536/'],
  ['another scheme', 'ftp://localhost/'],
  ['https', 'https://localhost/', 'GET', 421],
  ['CONNECT to a proxy that we are not', 'localhost:80', 'CONNECT', 501],
  ['CONNECT without a port', 'localhost', 'CONNECT'],
  ['CONNECT with an empty port', 'localhost:', 'CONNECT'],
  ['CONNECT with a path', '/a', 'CONNECT'],
  ['CONNECT with a URI', 'http://localhost:80/', 'CONNECT'],
];

for (const [fault, target, method = 'GET', status = 400] of invalid) {
  test(`refuses ${fault}`, () => assert.throws(() => parseTarget(method, target, takesRawQuery), { answer: status }));
}
