/** The shell peer as a user has it: it registers itself with curl, again after every session, and keeps an upload. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { curl, curlJson, Running, serverRoot, startServer } from '../programs.testing.ts';

const shellPeer = fileURLToPath(new URL('../../scripts/shell-peer', import.meta.url));

test('a shell peer registers itself, keeps an upload, and registers again with a server that comes back', async (t) => {
  const root = serverRoot(t);
  const server = await startServer(t, root);
  const peer = new Running(
    spawn(shellPeer, [join(root, 'peers', 'sh'), server.url], { stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  t.after(() => peer.end('SIGKILL'));
  await peer.line(/^ready$/);

  const bytes = randomBytes(500_000);
  writeFileSync(join(root, 'file.bin'), bytes);
  const { id } = await curlJson<{ id: string }>('-T', join(root, 'file.bin'), `${server.url}/upload/file.bin`);
  const held = async (url: string) => {
    const { peers } = await curlJson<{ peers: { id: string; pieces: number }[] }>(`${url}/file?id=${id}`);
    return peers.find((one) => one.id === 'sh')?.pieces;
  };
  assert.equal(await held(server.url), Math.ceil(500_000 / 65_536));

  peer.lines.length = 0;
  await server.end('SIGKILL');
  const again = await startServer(t, root, '--port', new URL(server.url).port);
  await peer.line(/^ready$/);
  const { stdout } = await curl(`${again.url}/download?file=${id}`);
  assert.ok(stdout.equals(bytes));
  assert.equal(await peer.end(), 0);
});
