import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpError } from '../protocols/http/errors.ts';
import { type RequestParts, requestFor } from './handler.testing.ts';
import { isTrusted, type Policy, policyCheck } from './policy.ts';

const local: Policy = { allowedHosts: ['nas.lan'], token: null };
const open: Policy = { ...local, token: 'secret' };
const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` });

const passes: { name: string; method?: string; parts: RequestParts; policy?: Policy }[] = [
  { name: 'localhost', parts: { authority: 'localhost:8080' } },
  { name: 'localhost in capitals, fully qualified', parts: { authority: 'LOCALHOST.:8080' } },
  { name: 'a name below localhost', parts: { authority: 'a.b.localhost' } },
  { name: 'an IPv4 address', parts: { authority: '192.168.1.5:8080' } },
  { name: 'an IPv6 address', parts: { authority: '[::1]:8080' } },
  { name: 'a configured name', parts: { authority: 'NAS.lan' } },
  { name: 'no Host, as in HTTP/1.0', parts: { authority: '' } },
  { name: 'curl posting: neither Origin nor Sec-Fetch-Site', method: 'POST', parts: {} },
  {
    name: 'our own page posting',
    method: 'POST',
    parts: { headers: { origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin' } },
  },
  {
    name: 'our own page on port 80, which browsers leave out',
    method: 'POST',
    parts: { authority: 'localhost:80', headers: { origin: 'http://localhost' } },
  },
  { name: 'the address bar (Sec-Fetch-Site: none)', method: 'POST', parts: { headers: { 'sec-fetch-site': 'none' } } },
  { name: 'a foreign page reading: it cannot see the answer', parts: { headers: { 'sec-fetch-site': 'cross-site' } } },
  { name: 'reading without a token', parts: {}, policy: open },
  { name: 'the token', method: 'POST', parts: { headers: { authorization: 'bearer secret' } }, policy: open },
  { name: 'the token as a password', method: 'POST', parts: { headers: basic('ada:secret') }, policy: open },
  { name: 'the token as the password of nobody', method: 'POST', parts: { headers: basic(':secret') }, policy: open },
  {
    name: 'our own page posting with the token as a password',
    method: 'POST',
    parts: { headers: { ...basic('ada:secret'), origin: 'http://localhost:8080' } },
    policy: open,
  },
];
for (const { name, method = 'GET', parts, policy = local } of passes) {
  test(`passes: ${name}`, () => policyCheck(policy)(requestFor(method, '/files', parts)));
}

const refusals: { name: string; status: number; method?: string; parts: RequestParts; policy?: Policy }[] = [
  { name: 'a rebound name', status: 421, parts: { authority: 'evil.example:8080' } },
  { name: 'a name that begins like localhost', status: 421, parts: { authority: 'localhost.evil.example' } },
  { name: 'a name that ends like localhost', status: 421, parts: { authority: 'notlocalhost' } },
  { name: 'a name that begins like an address', status: 421, parts: { authority: '127.0.0.1.nip.io' } },
  { name: 'a foreign Origin', status: 403, parts: { headers: { origin: 'http://evil.example' } }, method: 'POST' },
  { name: 'Origin: null', status: 403, parts: { headers: { origin: 'null' } }, method: 'POST' },
  {
    name: 'another port of localhost',
    status: 403,
    parts: { headers: { origin: 'http://localhost:3000' } },
    method: 'POST',
  },
  {
    name: 'an Origin that begins like ours',
    status: 403,
    parts: { headers: { origin: 'http://localhost:80801' } },
    method: 'PUT',
  },
  ...['cross-site', 'same-site', 'nonsense'].map((site) => ({
    name: `Sec-Fetch-Site: ${site}`,
    status: 403,
    parts: { headers: { 'sec-fetch-site': site } },
    method: 'DELETE',
  })),
  { name: 'no token', status: 401, parts: {}, method: 'POST', policy: open },
  {
    name: 'a wrong token',
    status: 401,
    parts: { headers: { authorization: 'Bearer guess' } },
    method: 'POST',
    policy: open,
  },
  {
    name: 'another scheme',
    status: 401,
    parts: { headers: { authorization: 'Digest secret' } },
    method: 'POST',
    policy: open,
  },
  ...[
    { name: 'a wrong password', headers: basic('ada:guess') },
    { name: 'the token as the user', headers: basic('secret:') },
    { name: 'a password that begins with the token', headers: basic('ada:secret:') },
    { name: 'a pair without a colon', headers: basic('secret') },
    { name: 'an empty pair', headers: { authorization: 'Basic ' } },
    { name: 'no base64', headers: { authorization: 'Basic secret' } },
  ].map(({ name, headers }) => ({ name, status: 401, parts: { headers }, method: 'POST', policy: open })),
  {
    name: 'a foreign Origin, although the browser knows the password',
    status: 403,
    parts: { headers: { ...basic('ada:secret'), origin: 'http://evil.example' } },
    method: 'POST',
    policy: open,
  },
  {
    name: 'Origin: null, although the browser knows the password',
    status: 403,
    parts: { headers: { ...basic('ada:secret'), origin: 'null' } },
    method: 'POST',
    policy: open,
  },
  {
    name: 'a rebound name, although the browser knows the password',
    status: 421,
    parts: { headers: basic('ada:secret'), authority: 'evil.example:8080' },
    method: 'POST',
    policy: open,
  },
];
for (const { name, status, method = 'GET', parts, policy = local } of refusals) {
  test(`refuses with ${status}: ${name}`, () => {
    assert.throws(
      () => policyCheck(policy)(requestFor(method, '/files', parts)),
      (error) => error instanceof HttpError && error.answer === status,
    );
  });
}

test('a name that was accepted opens the door for no other', () => {
  const check = policyCheck(local);
  check(requestFor('GET', '/files', { authority: 'localhost' }));
  assert.throws(() => check(requestFor('GET', '/files', { authority: 'evil.example' })), HttpError);
  assert.throws(
    () => check(requestFor('POST', '/files', { authority: 'localhost', headers: { origin: 'null' } })),
    HttpError,
  );
});

test('a 401 says what would do: the token by itself, and as a password, which browsers ask for', () => {
  assert.throws(
    () => policyCheck(open)(requestFor('POST', '/upload')),
    (error) => {
      assert.ok(error instanceof HttpError);
      assert.deepEqual(error.headers, [
        ['WWW-Authenticate', 'Bearer realm="rivulet"'],
        ['WWW-Authenticate', 'Basic realm="rivulet: the token is the password", charset="UTF-8"'],
      ]);
      return true;
    },
  );
});

const trusted: readonly { remoteAddress: string; headers?: Readonly<Record<string, string>>; is: boolean }[] = [
  { remoteAddress: '127.0.0.1', is: true },
  { remoteAddress: '127.9.9.9', is: true },
  { remoteAddress: '::1', is: true },
  { remoteAddress: '192.0.2.1', is: false },
  { remoteAddress: '2001:db8::1', is: false },
  { remoteAddress: '192.0.2.1', headers: { authorization: 'Bearer secret' }, is: true },
  { remoteAddress: '192.0.2.1', headers: basic('ada:secret'), is: true },
  { remoteAddress: '192.0.2.1', headers: { authorization: 'Bearer guess' }, is: false },
];

test('trusted are this machine and whoever has the token', () => {
  for (const { remoteAddress, headers = {}, is } of trusted) {
    const request = { ...requestFor('GET', '/peers', { headers }), remoteAddress };
    assert.equal(isTrusted(request, open), is, `${remoteAddress} ${JSON.stringify(headers)}`);
  }
  const stranger = { ...requestFor('GET', '/peers'), remoteAddress: '192.0.2.1' };
  assert.equal(isTrusted(stranger, local), false, 'where there is no token');
});
