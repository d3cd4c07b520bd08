/** opentracker as Debian builds it: it takes the torrents of a list, and HTTP and UDP share a port. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { breath } from '../../src/async/breath.testing.ts';
import { freePort, run, startProgram } from '../programs.testing.ts';
import { isProgram } from './clients.testing.ts';

export const opentracker = { name: 'opentracker', package: 'opentracker', isInstalled: isProgram('opentracker') };

/** The response to a peer on port 1 that is there, or leaves; nothing while the tracker does not listen. */
async function announce(port: number, hash: string, event: 'started' | 'stopped'): Promise<string> {
  const peer = `peer_id=${'x'.repeat(20)}&port=1&uploaded=0&downloaded=0&left=1&compact=1&event=${event}`;
  const url = `http://127.0.0.1:${port}/announce?info_hash=${hash.replace(/../g, '%$&')}&${peer}`;
  return (await run('curl', ['-s', url])).stdout.toString('latin1');
}

/** Ended after the test. `hashes`: 40 hex digits each, at least one. Settles with its port once it takes that one. */
export async function startOpentracker(
  t: TestContext,
  hashes: readonly [string, ...(readonly string[])],
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'rivulet-opentracker-'));
  t.after(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755); // it reads the list as nobody
  writeFileSync(join(folder, 'list'), `${hashes.join('\n')}\n`);
  const port = await freePort();
  // Started by root it changes its root to the folder.
  const list = process.getuid?.() === 0 ? 'list' : join(folder, 'list');
  const ports = ['-i', '127.0.0.1', '-p', String(port), '-P', String(port)];
  const running = startProgram(t, 'opentracker', [...ports, '-w', list, '-d', folder]);
  // It listens before it has read its list.
  while (!(await announce(port, hashes[0], 'started')).includes('5:peers')) {
    if (running.ended) throw new Error(`it ended:\n${running.errors.join('\n')}`);
    await breath();
  }
  await announce(port, hashes[0], 'stopped');
  return port;
}
