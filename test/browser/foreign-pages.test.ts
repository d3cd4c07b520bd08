/** What a foreign page in a real browser cannot do to us, and what an uploaded one cannot. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { breath } from '../../src/async/breath.testing.ts';
import type { FilesView } from '../../src/protocols/api/types.ts';
import { curlJson, serverRoot, startPeer, startServer } from '../programs.testing.ts';
import { foreignPage, openPage, skip } from './browser.testing.ts';

test('a peer is registered through the form', { skip }, async (t) => {
  const server = await startServer(t, serverRoot(t));
  await startPeer(t, server, 'p1');
  const page = await openPage(t, { javaScriptEnabled: false });
  await page.goto(`${server.url}/peers`);
  await page.fill('input[name="peer-id"]', 'p1');
  await page.fill('input[name="ipc-path"]', 'peers/p1');
  await page.click('main button[type=submit]');
  await page.waitForURL(/\/peers$/);
  assert.match((await page.textContent('tbody')) ?? '', /p1[\s\S]*online/);
});

test('a page on another port of localhost cannot upload, by form or by script', { skip }, async (t) => {
  const server = await startServer(t, serverRoot(t));
  const target = `${server.url.replace('127.0.0.1', 'localhost')}/upload?name=evil`;
  const page = await openPage(t);
  const form = `<form method=post enctype=text/plain action="${target}"><input name=a value=b><button>go</button></form>`;
  await page.goto(await foreignPage(t, form));
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url() === target),
    page.click('button'),
  ]);
  assert.equal(answer.status(), 403);
  await page.goto(await foreignPage(t, 'script'));
  const fetched = page.evaluate((url) => fetch(url, { method: 'POST', mode: 'no-cors', body: 'evil' }), target);
  await assert.rejects(fetched, /Failed to fetch/);
  const log = (): string => readFileSync(join(server.root, 'server.log'), 'utf8');
  while ((log().match(/path=\/upload .*status=403/g)?.length ?? 0) < 2) await breath();
  assert.equal((await curlJson<FilesView>(`${server.url}/files`)).count, 0);
});

test('a page cannot frame ours', { skip }, async (t) => {
  const server = await startServer(t, serverRoot(t));
  const page = await openPage(t);
  await page.goto(await foreignPage(t, `<iframe src="${server.url}/files"></iframe>`));
  const frame = page.frames().find((candidate) => candidate !== page.mainFrame());
  assert.equal(await frame?.locator('#upload').count(), 0);
});

test('an uploaded page with a script does not run when it is opened', { skip }, async (t) => {
  const server = await startServer(t, serverRoot(t));
  const path = join(server.root, 'evil.html');
  writeFileSync(path, '<script>document.title = "ran"</script><h1>hello</h1>');
  const { id } = await curlJson<{ id: string }>('-T', path, `${server.url}/upload/evil.html`);
  const page = await openPage(t);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.goto(`${server.url}/download/${id}/evil.html`).catch(() => {}), // navigation ends in a download
  ]);
  assert.equal(download.suggestedFilename(), 'evil.html');
  assert.notEqual(await page.title(), 'ran');
});
