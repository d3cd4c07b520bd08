/**
 * Makes the pictures in `docs/screenshots/`: `npm run screenshots`. It runs as a test, so that servers, peers and browser
 * are ended as they are there; it is no test.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions, Page } from 'playwright-core';
import type { UploadView } from '../../src/protocols/api/types.ts';
import { curlJson, serverRoot, someBytes, startPeer, startServer } from '../programs.testing.ts';
import { dropFiles, openPage } from './browser.testing.ts';

const folder = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));
const wide: BrowserContextOptions = { viewport: { width: 1100, height: 760 } };
const phone: BrowserContextOptions = { viewport: { width: 390, height: 760 }, deviceScaleFactor: 2 };

const picture = (page: Page, name: string) => page.screenshot({ path: join(folder, `${name}.png`) });

test('the pictures of the pages', async (t) => {
  const server = await startServer(t, serverRoot(t, { replicas: 2, repair_delay: 3600 }));
  const { url, root } = server;
  const files = join(root, 'files');
  mkdirSync(files);
  mkdirSync(folder, { recursive: true });
  const make = (name: string, bytes: number): string => {
    writeFileSync(join(files, name), someBytes(bytes, name));
    return join(files, name);
  };
  const peers = await Promise.all(['attic', 'cellar', 'garage', 'shed'].map((id) => startPeer(t, server, id)));
  const upload = (name: string, bytes: number) => curlJson<UploadView>('-fT', make(name, bytes), `${url}/upload/`);
  await upload('minutes of the meeting.pdf', 420_000);
  await upload('field recordings.flac', 9_000_000);
  const { id } = await upload('harbour at dawn.iso', 12_000_000);

  const list = await openPage(t, { ...wide, colorScheme: 'light' });
  await list.goto(url);
  const network = await list.context().newCDPSession(list);
  await network.send('Network.enable');
  const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 400_000 };
  await dropFiles(list, [make('letter to ada.txt', 12_000)]);
  await list.waitForSelector('.upload.done');
  await network.send('Network.emulateNetworkConditions', slow);
  await dropFiles(list, [make('summer film.mkv', 3_000_000), make('slides.odp', 2_500_000), make('notes.md', 9_000)]);
  await list.waitForSelector('.upload.sending >> nth=1');
  while (!(await list.evaluate('document.querySelectorAll(".upload progress")[1].value > 0.3')));
  await picture(list, 'files');

  const map = await openPage(t, { ...wide, colorScheme: 'dark' });
  await map.goto(`${url}/file?id=${id}`);
  await map.waitForSelector('#connection.live');
  await peers[2]?.end('SIGKILL');
  await map.waitForSelector('.state.offline');
  await map.waitForTimeout(1500); // what lit up has gone out
  await picture(map, 'map');

  const small = await openPage(t, { ...phone, colorScheme: 'light', locale: 'bg-BG' });
  await small.goto(`${url}/file?id=${id}`);
  await small.waitForSelector('#connection.live');
  await picture(small, 'phone');

  const error = await openPage(t, { viewport: { width: 700, height: 320 }, colorScheme: 'dark', locale: 'ru-RU' });
  await error.goto(`${url}/file?id=${'0'.repeat(40)}`);
  await picture(error, 'error');
});
