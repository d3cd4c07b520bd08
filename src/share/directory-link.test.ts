/** The link with a real listener of the directory in this process. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { breath } from '../async/breath.testing.ts';
import { tempFolder } from '../io/temp-folder.testing.ts';
import { name } from '../protocols/directory/directory.testing.ts';
import { openDirectory } from './directory.testing.ts';
import { DirectoryAwayError } from './directory-client.ts';
import { DirectoryLink, DirectoryRefusal } from './directory-link.ts';
import { UserMap } from './user-map.ts';

function createLink(t: TestContext, port: number, user = 'ada') {
  const paths: string[] = [];
  const said: string[] = [];
  const stop = new AbortController();
  let joined = 0;
  const link = new DirectoryLink({
    host: '127.0.0.1',
    port,
    name: name(user),
    miniPort: 9000,
    paths: () => paths,
    onJoined: () => (joined += 1),
    say: (message) => said.push(message),
    signal: stop.signal,
  });
  t.after(() => {
    stop.abort();
    link.close();
  });
  return { link, paths, said, joined: () => joined };
}

async function holds(condition: () => boolean): Promise<void> {
  while (!condition()) await breath(1);
}

test('what there is is registered with the name, what comes and goes later too', async (t) => {
  const { port, filesOf } = await openDirectory(t);
  const { link, paths } = createLink(t, port);
  paths.push('/a', '/b, c');
  await link.join();
  assert.deepEqual(filesOf('ada'), ['/a', '/b, c']);
  assert.equal(await link.announce(['/a', '/d']), 'now');
  assert.equal(await link.withdraw(['/a', '/never']), 'now');
  assert.deepEqual(filesOf('ada'), ['/b, c', '/d']);
});

test('more paths than fit on a line', async (t) => {
  const { port, filesOf } = await openDirectory(t);
  const { link, paths } = createLink(t, port);
  for (let file = 0; file < 50; file += 1) paths.push(`/${'x'.repeat(file === 7 ? 3990 : 300)}/${file}`);
  await link.join();
  assert.deepEqual(filesOf('ada'), paths);
});

test('a name that is taken is refused', async (t) => {
  const { port } = await openDirectory(t);
  await createLink(t, port).link.join();
  const { link } = createLink(t, port);
  await assert.rejects(link.join(), (error) => error instanceof DirectoryRefusal && error.code === 'name-taken');
});

test('what the directory has no room for is refused, and can be tried again', async (t) => {
  const { port, filesOf } = await openDirectory(t, 0, { filesPerUser: 1 });
  const { link } = createLink(t, port);
  await link.join();
  await link.announce(['/a']);
  await assert.rejects(link.announce(['/b']), DirectoryRefusal);
  await link.withdraw(['/a']);
  await link.announce(['/b']);
  assert.deepEqual(filesOf('ada'), ['/b']);
});

test('nobody there; then somebody who says nothing we understand', async (t) => {
  const { port, close } = await openDirectory(t);
  await close();
  const { link } = createLink(t, port);
  await assert.rejects(link.join(), DirectoryAwayError);
  await assert.rejects(
    link.list('list-files', () => {}),
    DirectoryAwayError,
  );
  assert.equal(await link.announce(['/a']), 'later');
  const server = createServer((socket) => socket.end('SSH-2.0\x00\n')).listen(port, '127.0.0.1');
  t.after(() => server.close());
  await assert.rejects(link.join(), /what it says is not understood/);
});

test('the directory goes and comes: everything is registered again, with what came meanwhile', async (t) => {
  const first = await openDirectory(t);
  const { link, paths, said, joined } = createLink(t, first.port);
  paths.push('/a');
  await link.join();
  const staying = link.stay();
  const listing = link.list('list-users', () => {}).catch((error: unknown) => error);
  await first.close();
  await listing;
  await holds(() => !link.online);
  paths.push('/b');
  assert.equal(await link.announce(['/b']), 'later');
  const second = await openDirectory(t, first.port);
  await holds(() => joined() === 2);
  assert.deepEqual(second.filesOf('ada'), ['/a', '/b']);
  await holds(() => said.length === 2);
  assert.deepEqual(said, ['the directory is away: the server stops; trying again', 'the directory is back']);
  void staying;
});

test('the map: written when somebody unknown is looked for, read again each time', async (t) => {
  const { port } = await openDirectory(t);
  await createLink(t, port, 'bob').link.join();
  const { link } = createLink(t, port);
  await link.join();
  const path = join(tempFolder(t), 'folder', 'map');
  let lists = 0;
  const map = new UserMap(path, (onLine) => {
    lists += 1;
    return link.list('list-users', onLine);
  });
  assert.deepEqual(await map.find('bob'), { address: '127.0.0.1', port: 9000 });
  assert.equal(readFileSync(path, 'utf8'), 'bob – 127.0.0.1:9000\nada – 127.0.0.1:9000\n');
  await map.find('ada');
  assert.equal(lists, 1);
  assert.equal(await map.find('eve'), undefined);
  assert.equal(lists, 2);
  writeFileSync(path, '# mine\neve – [::1]:7\r\nada\n');
  assert.deepEqual(await map.find('eve'), { address: '::1', port: 7 });
  await Promise.all([map.refresh(), map.refresh(), map.refresh()]);
  assert.equal(lists, 4, 'those who ask at once share');
  assert.ok(!existsSync(`${path}.new`));
});
