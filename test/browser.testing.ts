/** A real browser for tests, and a web server that is not ours. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import type { TestContext } from 'node:test';
import { chromium, type Page } from 'playwright-core';

const executablePath = '/usr/bin/chromium';
const missing = !existsSync(executablePath) && process.env.CI !== 'true';

/** For tests that need the browser: why they are left out, or false. In CI they are not left out, but fail. */
export const skip = missing ? `SKIPPED: there is no ${executablePath} (Debian: apt-get install chromium)` : false;
if (missing) console.error(`\n*** browser tests ${skip} ***\n`);

export async function openPage(t: TestContext, options: { javaScriptEnabled?: boolean } = {}): Promise<Page> {
  const args = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const browser = await chromium.launch({ executablePath, args });
  t.after(() => browser.close());
  return (await browser.newContext({ acceptDownloads: true, ...options })).newPage();
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
