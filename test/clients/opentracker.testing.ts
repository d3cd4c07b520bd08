/** opentracker as Debian builds it: it takes the torrents of a list, and HTTP and UDP share a port. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { freePort, run, startProgram } from '../programs.testing.ts';
import { isProgram } from './clients.testing.ts';

export const opentracker = { name: 'opentracker', package: 'opentracker', isInstalled: isProgram('opentracker') };

/** Ended after the test. `hashes`: 40 hex digits each. Settles with its port once it answers. */
export async function startOpentracker(t: TestContext, hashes: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'rivulet-opentracker-'));
  t.after(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755); // it reads the list as nobody
  writeFileSync(join(folder, 'list'), `${hashes.join('\n')}\n`);
  const port = await freePort();
  // Started by root it changes its root to the folder.
  const list = process.getuid?.() === 0 ? 'list' : join(folder, 'list');
  const ports = ['-i', '127.0.0.1', '-p', String(port), '-P', String(port)];
  const running = startProgram(t, 'opentracker', [...ports, '-w', list, '-d', folder]);
  while ((await run('curl', ['-s', '-o', '/dev/null', `http://127.0.0.1:${port}/`])).code !== 0) {
    if (running.ended) throw new Error(`it ended:\n${running.errors.join('\n')}`);
  }
  return port;
}
