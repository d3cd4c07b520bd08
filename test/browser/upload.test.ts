/** Files come in through the page in a real browser: chosen, dropped, cancelled, tried again, and without script. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { FilesView } from '../../src/protocols/api/types.ts';
import { curlJson, type ServerProcess, serverRoot, someBytes, startPeer, startServer } from '../programs.testing.ts';
import { dropFiles, faultsOf, openPage, skip, untilTrue } from './browser.testing.ts';

interface Scene {
  readonly server: ServerProcess;
  readonly page: Page;
  /** Writes a file, and tells where it is. */
  readonly file: (name: string, bytes: Buffer) => string;
}

async function scene(t: TestContext, options: { javaScriptEnabled?: boolean } = {}): Promise<Scene> {
  const server = await startServer(t, serverRoot(t));
  const page = await openPage(t, options);
  await page.goto(server.url);
  const file = (name: string, bytes: Buffer): string => {
    const path = join(server.root, name);
    writeFileSync(path, bytes);
    return path;
  };
  return { server, page, file };
}

/** What downloads through the link of a file's page. */
async function downloadFrom(page: Page): Promise<{ name: string; bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('a[href*="/download"]')]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

const names = async (server: ServerProcess): Promise<string[]> =>
  (await curlJson<FilesView>(`${server.url}/files`)).files.map(({ name }) => name).sort();

/** The entry of a file in the list of uploads. */
const upload = (page: Page, name: string) => page.locator('.upload', { hasText: name });

test('files are dropped, spread, and downloaded byte for byte', { skip }, async (t) => {
  const { server, page, file } = await scene(t);
  const faults = faultsOf(page);
  await startPeer(t, server, 'p1');
  const bytes = someBytes(300_000);
  const paths = [file('holiday <b>&.bin', bytes), file('ключ.txt', Buffer.from('two')), file('empty', Buffer.alloc(0))];
  await dropFiles(page, paths);
  await page.waitForSelector('.upload.done >> nth=2');
  assert.deepEqual(await names(server), ['empty', 'holiday <b>&.bin', 'ключ.txt']);
  assert.equal(await page.evaluate('document.querySelector(".upload progress").value'), 1);
  await page.waitForSelector('[data-live="files"] tbody tr >> nth=2'); // the list follows
  await upload(page, 'holiday').locator('a').click();
  await page.waitForURL(/\/file\?id=/);
  assert.equal(await page.textContent('h1'), 'holiday <b>&.bin');
  const downloaded = await downloadFrom(page);
  assert.equal(downloaded.name, 'holiday _b_&.bin', 'Chromium itself replaces < and >');
  assert.ok(downloaded.bytes.equals(bytes));
  assert.deepEqual(faults, []);
});

test('a file that is there already is said to be, and a dropped folder is not uploaded', { skip }, async (t) => {
  const { server, page, file } = await scene(t);
  const path = file('plan.txt', Buffer.from('plan'));
  await page.setInputFiles('#file', path);
  await page.waitForSelector('.upload.done');
  await page.setInputFiles('#file', path);
  await page.waitForSelector('.upload.known');
  mkdirSync(join(server.root, 'album'));
  await dropFiles(page, [join(server.root, 'album')]);
  const folder = upload(page, 'album');
  await folder.and(page.locator('.failed')).waitFor();
  assert.match((await folder.textContent()) ?? '', /A folder cannot be uploaded/);
  assert.ok(await folder.locator('[data-action=retry]').isHidden());
  await folder.locator('[data-action=remove]').click();
  assert.equal(await page.locator('.upload').count(), 2);
  assert.deepEqual(await names(server), ['plan.txt']);
});

test('a torrent that is dropped on its field is not uploaded as a file', { skip }, async (t) => {
  const { page, file } = await scene(t);
  const { x = 0, y = 0, width = 0, height = 0 } = (await page.locator('#torrent').boundingBox()) ?? {};
  await dropFiles(page, [file('a.torrent', Buffer.from('de'))], { x: x + width / 2, y: y + height / 2 });
  await untilTrue(page, `document.getElementById('torrent').files.length === 1`);
  assert.equal(await page.locator('.upload').count(), 0);
});

test('an upload is cancelled on its way, and nothing is left of it; then it is tried again', { skip }, async (t) => {
  const { server, page, file } = await scene(t);
  const network = await page.context().newCDPSession(page);
  const limit = (uploadThroughput: number) =>
    network.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    });
  await network.send('Network.enable');
  await limit(200_000);
  const bytes = someBytes(1_000_000);
  await page.setInputFiles('#file', file('slow.bin', bytes));
  await untilTrue(page, 'document.querySelector(".upload progress").value > 0');
  assert.match((await upload(page, 'slow.bin').textContent()) ?? '', /sending/);
  await page.click('[data-action=cancel]');
  await page.waitForSelector('.upload.cancelled');
  assert.deepEqual(await names(server), []);
  await limit(-1);
  await page.click('[data-action=retry]');
  await page.waitForSelector('.upload.done');
  const [{ length } = { length: 0 }] = (await curlJson<FilesView>(`${server.url}/files`)).files;
  assert.equal(length, bytes.length);
});

test('what the server refuses is told in its words; a lost connection can be tried again', { skip }, async (t) => {
  const { page, file } = await scene(t);
  await page.route('**/upload?name=lost.txt', (route) => route.abort(), { times: 1 });
  await page.setInputFiles('#file', file('lost.txt', Buffer.from('x')));
  await page.waitForSelector('.upload.failed');
  assert.match((await page.textContent('.upload')) ?? '', /The connection to the server was lost/);
  await page.click('[data-action=retry]');
  await page.waitForSelector('.upload.done');
  const refusal = { status: 507, contentType: 'application/problem+json', body: '{"detail":"there is room for 7"}' };
  await page.route('**/upload?name=large.txt', (route) => route.fulfill(refusal));
  await page.setInputFiles('#file', file('large.txt', Buffer.from('x')));
  await page.waitForSelector('.upload.failed');
  assert.match((await upload(page, 'large.txt').textContent()) ?? '', /there is room for 7/);
});

test('a name that cannot be is told why; a file that vanished is not called a lost connection', { skip }, async (t) => {
  const { page, file } = await scene(t);
  await page.setInputFiles('#file', { name: 'a\\b.txt', mimeType: 'text/plain', buffer: Buffer.from('x') });
  await page.waitForSelector('.upload.failed');
  const detail = page.locator('.upload-detail').first();
  assert.match((await detail.textContent()) ?? '', /the file name /);
  assert.equal(await detail.getAttribute('lang'), 'en');
  await page.route('**/upload?name=gone.txt', async (route) => {
    rmSync(path);
    await route.abort();
  });
  const path = file('gone.txt', someBytes(100_000));
  await page.setInputFiles('#file', path);
  const gone = upload(page, 'gone.txt');
  await gone.and(page.locator('.failed')).waitFor();
  assert.match((await gone.textContent()) ?? '', /This file cannot be read any more/);
  assert.ok(await gone.locator('[data-action=retry]').isHidden());
});

test('with scripts off: uploaded by the form, listed, found, downloaded, deleted', { skip }, async (t) => {
  const { server, page, file } = await scene(t, { javaScriptEnabled: false });
  await startPeer(t, server, 'p1');
  const bytes = someBytes(200_000);
  await page.setInputFiles('#file', [file('one.bin', bytes), file('two.txt', Buffer.from('2'))]);
  await page.click('button:has-text("Upload")');
  await page.waitForURL(/\/files$/);
  assert.equal(await page.locator('tbody tr').count(), 2);
  await page.fill('#q', 'ONE');
  await page.click('button:has-text("Search")');
  await page.click('tbody a');
  assert.ok((await downloadFrom(page)).bytes.equals(bytes));
  assert.equal(await page.locator('tr[data-key="p1"] .state.online').count(), 1);
  await page.click('summary:has-text("QR")');
  await untilTrue(page, 'document.querySelector(".qr").naturalWidth > 0');
  await page.click('summary:has-text("Delete")');
  await page.click('button:has-text("Delete for good")');
  await page.waitForURL(/\/files$/);
  assert.deepEqual(await names(server), ['two.txt']);
  await page.click('nav a:has-text("Transfers")');
  assert.match((await page.textContent('main')) ?? '', /Nothing is under way/);
});
