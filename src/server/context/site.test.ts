import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSiteOf, publicHost } from './site.ts';

const rows: { publicUrl: string | null; authority: string; origin: string; trackers: string[] }[] = [
  {
    publicUrl: null,
    authority: 'localhost:8080',
    origin: 'http://localhost:8080',
    trackers: ['http://localhost:8080/announce', 'udp://localhost:8081/announce'],
  },
  {
    publicUrl: null,
    authority: '[::1]:8080',
    origin: 'http://[::1]:8080',
    trackers: ['http://[::1]:8080/announce', 'udp://[::1]:8081/announce'],
  },
  {
    publicUrl: null,
    authority: '10.0.0.1',
    origin: 'http://10.0.0.1',
    trackers: ['http://10.0.0.1/announce', 'udp://10.0.0.1:8081/announce'],
  },
  { publicUrl: null, authority: '', origin: '', trackers: [] },
  {
    publicUrl: 'https://files.example.org:8443/',
    authority: 'localhost:8080',
    origin: 'https://files.example.org:8443',
    trackers: ['https://files.example.org:8443/announce', 'udp://files.example.org:8081/announce'],
  },
];
for (const { publicUrl, authority, ...site } of rows) {
  test(`asked at "${authority}" with public_url ${publicUrl}: ${site.origin}`, () => {
    assert.deepEqual(createSiteOf(publicUrl, 8081)({ authority }), site);
  });
}

test('the host of a public URL', () => {
  assert.deepEqual(['http://[::1]:80/', 'https://h'].map(publicHost), ['[::1]', 'h']);
});
