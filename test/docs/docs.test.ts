/** The sessions of README and docs, typed as they stand there; only paths and ports are those of the test. */
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startNode } from '../node/node.testing.ts';
import { freePort, serverRoot, skipWithout, startPeer, startServer } from '../programs.testing.ts';
import { assertSession, sessionsOf } from './doc-sessions.testing.ts';

const scripts = fileURLToPath(new URL('../../scripts', import.meta.url));

for (const session of sessionsOf('protocols/ipc.md')) {
  test('the session of docs/protocols/ipc.md', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'rivulet-docs-'));
    t.after(() => rm(folder, { recursive: true }));
    await symlink(scripts, join(folder, 'scripts'));
    await assertSession(session.replaceAll('/tmp/', `${folder}/`), folder);
  });
}

for (const session of sessionsOf('protocols/register.md')) {
  test('the session of docs/protocols/register.md', async (t) => {
    const root = serverRoot(t);
    await symlink(scripts, join(root, 'scripts'));
    const { url, udpPort } = await startServer(t, root);
    await assertSession(session.replace('8081', String(udpPort)).replace('http://127.0.0.1:8080', url), root);
  });
}

for (const session of sessionsOf('protocols/http.md')) {
  test('the session of docs/protocols/http.md', async (t) => {
    const { root, url } = await startServer(t, serverRoot(t));
    await assertSession(session.replaceAll('http://localhost:8080', url), root);
  });
}

for (const session of sessionsOf('protocols/metainfo.md')) {
  test('the session of docs/protocols/metainfo.md', async (t) => {
    // An id depends on the size of pieces: that of the document is the usual one.
    const { root, url } = await startServer(t, serverRoot(t, { piece_size: 262_144 }));
    await assertSession(session.replaceAll('http://localhost:8080', url).replaceAll('/tmp/', `${root}/`), root);
  });
}

for (const session of sessionsOf('protocols/wire.md')) {
  test('the session of docs/protocols/wire.md', async (t) => {
    const { root, url, wire } = await startServer(t, serverRoot(t, { piece_size: 262_144 }));
    await symlink(scripts, join(root, 'scripts'));
    const port = wire.split(':')[1] ?? '';
    await assertSession(session.replaceAll('http://localhost:8080', url).replace('6881', port), root);
  });
}

for (const session of sessionsOf('protocols/tracker.md')) {
  test('a session of docs/protocols/tracker.md', async (t) => {
    const { root, url, udpPort } = await startServer(t, serverRoot(t));
    await symlink(scripts, join(root, 'scripts'));
    await assertSession(session.replaceAll('http://localhost:8080', url).replace('8081', String(udpPort)), root);
  });
}

for (const session of sessionsOf('protocols/directory.md')) {
  const skip = session.includes('telnet ') && skipWithout('telnet');
  test('a session of docs/protocols/directory.md', { skip }, async (t) => {
    const root = serverRoot(t);
    await symlink(scripts, join(root, 'scripts'));
    const { url, directory } = await startServer(t, root);
    const typed = session
      .replaceAll('127.0.0.1/8082', directory.replace(':', '/'))
      .replaceAll('127.0.0.1 8082', directory.replace(':', ' '))
      .replaceAll('share ada', `share ada --server ${directory}`)
      .replaceAll('share bob', `share bob --server ${directory}`)
      .replaceAll('http://localhost:8080', url)
      .replaceAll('9000', String(await freePort()))
      .replaceAll('/tmp/', `${root}/`);
    await assertSession(typed, root);
  });
}

for (const session of sessionsOf('../README.md')) {
  test('the session of README.md', async (t) => {
    const server = await startServer(t, serverRoot(t));
    // As with `--peers 3`, but ended with the test.
    await Promise.all(['p1', 'p2', 'p3'].map((id) => startPeer(t, server, id)));
    const { root, url } = server;
    await assertSession(session.replaceAll('http://localhost:8080', url).replaceAll('/tmp/', `${root}/`), root);
  });
}

for (const session of sessionsOf('node.md')) {
  test('the session of docs/node.md', async (t) => {
    const server = await startServer(t, serverRoot(t, { piece_size: 262_144 }));
    const [a, b] = await Promise.all([startNode(t, server, 'a'), startNode(t, server, 'b')]);
    const onTheirPorts = session.replaceAll('localhost:9001', a.url).replaceAll('localhost:9002', b.url);
    await assertSession(onTheirPorts.replaceAll('/tmp/', `${server.root}/`), server.root);
  });
}
