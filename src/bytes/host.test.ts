import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bareHostOf, hostOf } from './host.ts';

const authorities: { name: string; authority: string; host: string }[] = [
  { name: 'a name with a port', authority: 'files.example.org:8080', host: 'files.example.org' },
  { name: 'a name without a port', authority: 'localhost', host: 'localhost' },
  { name: 'an empty port', authority: 'localhost:', host: 'localhost' },
  { name: 'an IPv6 address with a port', authority: '[::1]:80', host: '[::1]' },
  { name: 'an IPv6 address without a port', authority: '[2001:db8::80]', host: '[2001:db8::80]' },
  { name: 'nothing', authority: '', host: '' },
];

for (const { name, authority, host } of authorities)
  test(`the host of an authority: ${name}`, () => assert.equal(hostOf(authority), host));

test('the host of a URL has no brackets', () => {
  const urls = ['http://[::1]:8080/x', 'http://127.0.0.1', 'http://Files.example.org:1/'];
  assert.deepEqual(
    urls.map((url) => bareHostOf(new URL(url))),
    ['::1', '127.0.0.1', 'files.example.org'],
  );
});
