import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrackerError } from '../errors.ts';
import { redirectTarget } from './redirect.ts';

const from = new URL('http://t.example:6969/announce?info_hash=%ff');

const redirects: { name: string; status?: number; location: string | undefined; to: string | undefined }[] = [
  ...[301, 302, 303, 307, 308].map((status) => ({
    name: `status ${status}`,
    status,
    location: 'http://u.example/announce?info_hash=%ff',
    to: 'http://u.example/announce?info_hash=%ff',
  })),
  { name: 'a path', location: '/new?info_hash=%ff', to: 'http://t.example:6969/new?info_hash=%ff' },
  { name: 'a path beside the old one', location: 'new', to: 'http://t.example:6969/new' },
  { name: 'another host', location: '//u.example/announce', to: 'http://u.example/announce' },
  { name: 'no Location', location: undefined, to: undefined },
  ...[200, 300, 304, 404].map((status) => ({ name: `status ${status}`, status, location: '/new', to: undefined })),
];
for (const { name, status = 302, location, to } of redirects) {
  test(`${name}: ${to === undefined ? 'is no redirect' : 'leads on'}`, () =>
    assert.equal(redirectTarget({ status, location, from })?.href, to));
}

const faults: { fault: string; location: string; says: RegExp }[] = [
  { fault: 'TLS', location: 'https://t.example/announce', says: /no TLS/ },
  { fault: 'UDP', location: 'udp://t.example:6969', says: /not an http: URL/ },
  { fault: 'a file', location: 'file:///etc/passwd', says: /neither http/ },
  { fault: 'no URL', location: 'http://', says: /not a URL/ },
  { fault: 'a program on this machine', location: 'http://127.0.0.1:8080/delete', says: /this machine/ },
];
for (const { fault, location, says } of faults) {
  test(`a redirect to ${fault} is not followed`, () =>
    assert.throws(
      () => redirectTarget({ status: 302, location, from }),
      (error) => error instanceof TrackerError && error.code === 'bad-answer' && says.test(error.message),
    ));
}
