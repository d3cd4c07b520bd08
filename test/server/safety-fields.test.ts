/** What foreign pages may not do: use our responses as their own, or have the tracker act for them. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { curl, curlStatus, serverRoot, startServer } from '../programs.testing.ts';

const safety = [
  /^x-content-type-options: nosniff\r$/im,
  /^x-frame-options: DENY\r$/im,
  /^cross-origin-resource-policy: same-origin\r$/im,
];

test('every response has the safety fields once, whatever its status', async (t) => {
  const { url, root } = await startServer(t, serverRoot(t));
  const path = join(root, 'a.txt');
  writeFileSync(path, 'some text');
  await curl('-T', path, `${url}/upload/a.txt`);
  const asked: string[][] = [
    ...['/', '/files', '/peers', '/healthz', '/metrics', '/announce', '/scrape', '/nothing', '/file/x', '/readyz'],
    ...['/download?name=a.txt', '/download?name=b.txt', '/torrent?name=a.txt', '/settings', '/static/style.css'],
  ].map((target) => [`${url}${target}`]);
  asked.push(['-r', '0-1', `${url}/download?name=a.txt`], ['-r', '99-', `${url}/download?name=a.txt`]);
  asked.push(['-X', 'OPTIONS', `${url}/files`], ['-X', 'BREW', url], ['-I', `${url}/download?name=a.txt`]);
  asked.push(['-H', 'Host: evil.example', url], ['-H', 'Content-Length: x', url], ['--max-time', '1', `${url}/events`]);
  for (const args of asked) {
    const head = (await curl('-D', '-', '-o', '/dev/null', ...args)).stdout.toString();
    for (const field of safety) assert.equal(head.split(field).length, 2, `${args.join(' ')}: ${field}\n${head}`);
  }
});

test('a foreign page cannot announce or scrape; clients that are no browsers can', async (t) => {
  const { url } = await startServer(t, serverRoot(t));
  const foreign = [
    'Origin: http://evil.example',
    'Origin: null',
    'Sec-Fetch-Site: cross-site',
    'Sec-Fetch-Site: same-site',
  ];
  for (const path of ['announce', 'scrape']) {
    for (const field of foreign) assert.equal(await curlStatus('-H', field, `${url}/${path}`), 403, field);
    assert.equal(await curlStatus(`${url}/${path}`), 200, 'control: neither field');
    assert.equal(await curlStatus('-H', 'Sec-Fetch-Site: none', `${url}/${path}`), 200, 'control: the address bar');
  }
});
