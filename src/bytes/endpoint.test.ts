import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Endpoint, formatEndpoint, parseEndpoint } from './endpoint.ts';

const rows: readonly { text: string; endpoint: Endpoint }[] = [
  { text: '127.0.0.1:6881', endpoint: { address: '127.0.0.1', port: 6881 } },
  { text: '10.0.0.255:1', endpoint: { address: '10.0.0.255', port: 1 } },
  { text: '[::1]:65535', endpoint: { address: '::1', port: 65_535 } },
];

for (const { text, endpoint } of rows) {
  test(`an endpoint: ${text}`, () => {
    assert.deepEqual(parseEndpoint(text), endpoint);
    assert.equal(formatEndpoint(endpoint), text);
  });
}

const refused = [
  { name: 'a host name', text: 'localhost:6881' },
  { name: 'no port', text: '127.0.0.1' },
  { name: 'port 0', text: '127.0.0.1:0' },
  { name: 'a port beyond', text: '127.0.0.1:65536' },
  { name: 'a sign', text: '127.0.0.1:+1' },
  { name: 'IPv6 without brackets', text: '::1:6881' },
  { name: 'half an address', text: '127.0.0:6881' },
  { name: 'something behind', text: '127.0.0.1:6881 ' },
  { name: 'nothing', text: '' },
];

for (const { name, text } of refused) {
  test(`no endpoint: ${name}`, () => assert.equal(parseEndpoint(text), undefined));
}
