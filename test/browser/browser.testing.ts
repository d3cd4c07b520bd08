/** A real browser for tests, one for each file of tests, and a web server that is not ours. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { after, type TestContext } from 'node:test';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { breath } from '../../src/async/breath.testing.ts';

const executablePath = '/usr/bin/chromium';
const missing = !existsSync(executablePath) && process.env.CI !== 'true';

/** For tests that need the browser: why they are left out, or false. In CI they are not left out, but fail. */
export const skip = missing ? `SKIPPED: there is no ${executablePath} (Debian: apt-get install chromium)` : false;
if (missing) console.error(`\n*** browser tests ${skip} ***\n`);

let launched: Promise<Browser> | undefined;
after(async () => (await launched)?.close());

function launch(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  // Playing needs no hand at a button, and nobody hears it.
  args.push('--autoplay-policy=no-user-gesture-required', '--mute-audio');
  launched ??= chromium.launch({ executablePath, args });
  return launched;
}

/** A page as a new visitor has it: nothing is remembered of other tests. In English, unless `options` say otherwise. */
export async function openPage(t: TestContext, options: BrowserContextOptions = {}): Promise<Page> {
  const browser = await launch();
  const context = await browser.newContext({ acceptDownloads: true, locale: 'en-US', ...options });
  t.after(() => context.close());
  return context.newPage();
}

/** What goes wrong in the page from now on: errors of scripts, and what the content policy blocked. */
export function faultsOf(page: Page): readonly string[] {
  const faults: string[] = [];
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  page.on('pageerror', (error) => faults.push(String(error)));
  return faults;
}

/** Waits until `expression` holds in the page; the test's own time limit ends it otherwise. */
export async function untilTrue(page: Page, expression: string): Promise<void> {
  // Not `waitForFunction`: in the page it would need `eval`, which our content policy forbids.
  while (!(await page.evaluate(expression))) await breath();
}

/** Drops files of this machine onto the page, as a hand would: Chromium itself makes the events. */
export async function dropFiles(page: Page, paths: readonly string[], at = { x: 200, y: 200 }): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, ...at, data });
  }
  await session.detach();
}

/** The address of a page on another port of localhost that shows `html`. */
export async function foreignPage(t: TestContext, html: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {}); // the browser closes as it likes
    socket.once('data', () => {
      socket.end(`HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${html.length}\r\n\r\n${html}`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `http://localhost:${(server.address() as { port: number }).port}/`;
}
