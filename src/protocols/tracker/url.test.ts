import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrackerError } from './errors.ts';
import { parseTrackerUrl } from './url.ts';

const http: { url: string; asked?: string }[] = [
  { url: 'http://tracker.example/announce' },
  { url: 'http://tracker.example:6969/0123abc/announce?passkey=1' },
  { url: 'HTTP://Tracker.Example:80/announce', asked: 'http://tracker.example/announce' },
  { url: 'http://[2001:db8::1]:6969/announce' },
  { url: 'http://127.0.0.1:8080/announce' },
  { url: 'http://[::1]:8080/announce.php?x' },
  { url: 'http://10.0.0.1/tracker' },
];
for (const { url, asked = url } of http) {
  test(`${url} is asked by HTTP`, () => {
    const read = parseTrackerUrl(url);
    assert.equal(read.kind === 'http' && read.url.href, asked);
  });
}

const udp: { url: string; host: string; port: number; path: string }[] = [
  { url: 'udp://tracker.example:6969', host: 'tracker.example', port: 6969, path: '' },
  { url: 'udp://tracker.example:6969/', host: 'tracker.example', port: 6969, path: '' },
  { url: 'udp://tracker.example:80/announce', host: 'tracker.example', port: 80, path: '/announce' },
  { url: 'udp://tracker.example/a?b=c', host: 'tracker.example', port: 80, path: '/a?b=c' },
  { url: 'UDP://Träcker.Example:1337/a b', host: 'xn--trcker-cua.example', port: 1337, path: '/a%20b' },
  { url: 'udp://[2001:db8::1]:6969/announce', host: '2001:db8::1', port: 6969, path: '/announce' },
];
for (const { url, ...where } of udp) {
  test(`${url} is asked by UDP`, () => assert.deepEqual(parseTrackerUrl(url), { kind: 'udp', ...where }));
}

const faults: { fault: string; url: string; says: RegExp }[] = [
  { fault: 'nothing', url: '', says: /neither http: nor udp:/ },
  { fault: 'no scheme', url: '//tracker.example/announce', says: /neither http: nor udp:/ },
  { fault: 'a path', url: '/announce', says: /neither http: nor udp:/ },
  { fault: 'a file', url: 'file:///etc/passwd', says: /neither http: nor udp:/ },
  { fault: 'https', url: 'https://tracker.example/announce', says: /no TLS/ },
  { fault: 'wss', url: 'wss://tracker.example/announce', says: /no TLS/ },
  { fault: 'ws', url: 'ws://tracker.example/announce', says: /WebSocket/ },
  { fault: 'no host', url: 'http://', says: /not a URL/ },
  { fault: 'a port that there is not', url: 'udp://tracker.example:65536', says: /not a URL/ },
  { fault: 'port 0', url: 'udp://tracker.example:0/announce', says: /port 0/ },
  { fault: "somebody's mail server", url: 'http://mail.example:25/announce', says: /port 25/ },
  { fault: 'more than a line', url: `http://tracker.example/${'a'.repeat(2000)}`, says: /longer than/ },
  ...['localhost', 'a.localhost', 'localhost.', '127.0.0.1', '127.1', '2130706433', '0.0.0.0', '[::1]', '[::]'].map(
    (host) => ({
      fault: `another program on this machine, ${host}`,
      url: `http://${host}:8080/delete?announce`,
      says: /this machine/,
    }),
  ),
  { fault: 'this machine as IPv6', url: 'http://[::ffff:127.0.0.1]/x', says: /this machine/ },
  { fault: 'a way around', url: 'http://127.0.0.1/announce/../delete', says: /this machine/ },
];
for (const { fault, url, says } of faults) {
  test(`${fault} is no tracker`, () =>
    assert.throws(
      () => parseTrackerUrl(url),
      (error) => error instanceof TrackerError && error.code === 'bad-url' && says.test(error.message),
    ));
}
