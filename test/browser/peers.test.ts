/** Peers that are gone for good are forgotten in a real browser. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverRoot, startPeer, startServer } from '../programs.testing.ts';
import { faultsOf, openPage, skip, untilTrue } from './browser.testing.ts';

test('a peer that is gone is forgotten in two steps, while the table changes around them', { skip }, async (t) => {
  const server = await startServer(t, serverRoot(t));
  const peer = await startPeer(t, server, 'p1');
  const page = await openPage(t);
  await page.goto(`${server.url}/peers`);
  await page.waitForSelector('#connection.live');
  const faults = faultsOf(page);
  const row = page.locator('tr[data-key="p1"]');
  assert.equal(await row.locator('details').count(), 0, 'one that is online has no such step');
  await peer.end('SIGKILL');
  await row.locator('summary').click();
  await startPeer(t, server, 'p2');
  await page.waitForSelector('tr[data-key="p2"]');
  assert.equal(await row.locator('details[open]').count(), 1, 'what was opened stays open');
  await row.locator('button').click();
  await untilTrue(page, `document.querySelector('tr[data-key="p1"]') === null`);
  assert.equal(await page.locator('tr[data-key="p2"]').count(), 1);
  assert.deepEqual(faults, []);
});
