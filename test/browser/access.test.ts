/**
 * The pages are for everybody: WCAG 2.2 AA as far as a machine can tell (axe), by keyboard alone, on a narrow screen, in
 * the reader's language and colours.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import axe, { type AxeResults } from 'axe-core';
import type { BrowserContextOptions, Page } from 'playwright-core';
import type { UploadView } from '../../src/protocols/api/types.ts';
import { curl, curlJson, serverRoot, someBytes, startPeer, startProgram, startServer } from '../programs.testing.ts';
import { openPage, skip, untilTrue } from './browser.testing.ts';

/** A server with something on every page: two files, a peer that is there and one that is not, a transfer, a user. */
async function lively(t: TestContext): Promise<{ url: string; paths: Readonly<Record<string, string>> }> {
  const server = await startServer(t, serverRoot(t, { replicas: 1 }));
  const { root, url } = server;
  const [, gone] = await Promise.all(['p1', 'p2'].map((id) => startPeer(t, server, id)));
  const upload = async (name: string, bytes: Buffer): Promise<string> => {
    const path = join(root, 'to upload');
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, name), bytes);
    return (await curlJson<UploadView>('-fT', join(path, name), `${url}/upload/`)).id;
  };
  const partial = await upload('a name so long that it has to be broken somewhere.iso', someBytes(2_000_000));
  await gone?.end();
  const whole = await upload('song.wav', someBytes(3_000_000));
  rmSync(join(root, 'to upload'), { recursive: true });
  const download = `${url}/download?file=${whole}`;
  startProgram(t, 'curl', ['-sS', '--limit-rate', '20k', '-o', '/dev/null', download]);
  const user = connect(Number(server.directory.split(':')[1]), '127.0.0.1');
  user.write('register-user ada 9000\nregister-files ada /home/ada/plan.txt\n');
  await once(user, 'data');
  t.after(() => user.destroy());
  const paths = {
    files: '/?q=o',
    'a file': `/file?id=${whole}`,
    'a file that is not whole': `/file?id=${partial}`,
    transfers: '/transfers',
    peers: '/peers',
    directory: '/directory',
    'an error': '/nothing',
  };
  return { url, paths };
}

/** What axe finds against WCAG 2.2 AA and its best practices, in short. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const results = await page.evaluate<AxeResults>(`axe.run({ runOnly: ${JSON.stringify(tags)} })`);
  assert.ok(results.passes.length > 10, 'the checks were made');
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}

interface Reader {
  readonly name: string;
  readonly options: BrowserContextOptions;
  readonly language: string;
  /** False: scripts do not load. With scripts off in the browser the checker itself could not run. */
  readonly scripts: boolean;
}

const readers: readonly Reader[] = [
  {
    name: 'a wide screen, light, English',
    options: { viewport: { width: 1280, height: 800 }, colorScheme: 'light', locale: 'en-GB' },
    language: 'en',
    scripts: true,
  },
  {
    name: 'a phone, dark, Bulgarian',
    options: { viewport: { width: 320, height: 640 }, colorScheme: 'dark', locale: 'bg-BG', hasTouch: true },
    language: 'bg',
    scripts: true,
  },
  {
    name: 'a tablet, dark, Russian, without our scripts',
    options: { viewport: { width: 768, height: 1024 }, colorScheme: 'dark', locale: 'ru-RU' },
    language: 'ru',
    scripts: false,
  },
];

test('every page, for every reader: WCAG 2.2 AA, no scrolling sideways, in the language asked for', {
  skip,
}, async (t) => {
  const { url, paths } = await lively(t);
  for (const { name, options, language, scripts } of readers) {
    const page = await openPage(t, options);
    if (!scripts) await page.route('**/*.js', (route) => route.abort());
    for (const [which, path] of Object.entries(paths)) {
      await page.goto(url + path);
      if (path !== '/nothing' && scripts) await page.waitForSelector('#connection.live');
      assert.deepEqual(await violations(page), [], `${which}, ${name}`);
      const sideways = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      assert.ok(sideways <= 0, `${which}, ${name}: ${sideways} px too wide`);
      assert.equal(await page.getAttribute('html', 'lang'), language, which);
    }
    await page.close();
  }
});

test('control: the checker finds what is wrong', { skip }, async (t) => {
  const server = await startServer(t, serverRoot(t));
  const page = await openPage(t);
  await page.goto(server.url);
  await page.evaluate(`
    document.documentElement.removeAttribute('lang');
    document.querySelector('label[for=q]').remove();
    document.querySelector('h1').style.color = '#999';
  `);
  const found = (await violations(page)).map((line) => line.slice(0, line.indexOf(':')));
  for (const rule of ['html-has-lang', 'label', 'color-contrast']) assert.ok(found.includes(rule), rule);
});

/** Goes on by Tab until what has the focus matches; every stop must be seen to have it. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let stops = 0; stops < 60; stops += 1) {
    await page.keyboard.press('Tab');
    const outline = await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle');
    assert.notEqual(outline, 'none', await page.evaluate('document.activeElement.outerHTML'));
    if (await page.evaluate(`document.activeElement.matches(${JSON.stringify(selector)})`)) return;
  }
  assert.fail(`no way to ${selector} by the keyboard`);
}

test('by keyboard alone: past the navigation, to a file, its link copied, its code shown, deleted', {
  skip,
}, async (t) => {
  const server = await startServer(t, serverRoot(t));
  const path = join(server.root, 'plan.txt');
  writeFileSync(path, 'plan');
  const { id } = await curlJson<UploadView>('-fT', path, `${server.url}/upload/`);
  const page = await openPage(t, { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.goto(server.url);
  await tabTo(page, '.skip');
  await page.keyboard.press('Enter');
  await tabTo(page, '#file'); // a file is chosen in a window of the system
  await tabTo(page, 'tbody a');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/file\?id=/);
  await tabTo(page, '[data-copy]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-copy]:has-text("Copied")');
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), `${server.url}/file?id=${id}`);
  await tabTo(page, '.share-link summary');
  await page.keyboard.press('Enter');
  await untilTrue(page, `document.querySelector('.qr').naturalWidth > 0`);
  await tabTo(page, '.removal summary');
  await page.keyboard.press('Space');
  await tabTo(page, '.removal button');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/files$/);
  assert.match((await page.textContent('main')) ?? '', /Nothing is shared yet/);
});

test('what happens to an upload is said aloud, and the focus is never lost', { skip }, async (t) => {
  const server = await startServer(t, serverRoot(t));
  const path = join(server.root, 'plan.txt');
  writeFileSync(path, 'plan');
  const page = await openPage(t);
  await page.route('**/upload?name=plan.txt', (route) => route.abort(), { times: 1 });
  await page.goto(server.url);
  await page.setInputFiles('#file', path);
  await page.waitForSelector('#uploads-news:has-text("plan.txt: not uploaded")', { state: 'attached' });
  await page.focus('[data-action=retry]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#uploads-news:has-text("plan.txt: shared")', { state: 'attached' });
  assert.equal(await page.evaluate('document.activeElement.dataset.action'), 'remove');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate('document.activeElement.id'), 'file');
  assert.deepEqual(await violations(page), []);
});

test('who follows a link to nowhere reads why in his language, and curl in one line', { skip }, async (t) => {
  const server = await startServer(t, serverRoot(t));
  const page = await openPage(t, { locale: 'ru-RU' });
  await page.goto(`${server.url}/file?id=${'0'.repeat(40)}`);
  assert.equal(await page.textContent('h1'), '404 Не найдено');
  assert.equal(await page.getAttribute('q', 'lang'), 'en');
  const { stdout } = await curl('-H', 'Accept: text/plain', '-H', 'Accept-Language: ru', `${server.url}/nothing`);
  assert.equal(stdout.toString(), '404 Not Found: there is nothing at /nothing\n');
});
