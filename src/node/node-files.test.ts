/** Files of a node under the hands of several clients at once, beside a server that plays its part. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SwarmClient } from '../bittorrent/client/swarm-client.ts';
import { openFakeServer, type Received } from '../cli/fake-server.testing.ts';
import { pieceBytes, singleSample } from '../io/downloads/downloads.testing.ts';
import { silentLog } from '../io/log.ts';
import { tempFolder } from '../io/temp-folder.testing.ts';
import { HttpError } from '../protocols/http/errors.ts';
import { encodeTorrent } from '../protocols/metainfo/write.ts';
import { HomeServer } from './home-server.ts';
import { NodeFiles } from './node-files.ts';
import { SavedFiles } from './saved-files.ts';
import { ShareRoots } from './share-roots.ts';

const sample = singleSample();
const { id, name } = sample.file;

/** A server that knows the sample, of which nobody else has anything. */
function answerTo({ url }: Received): string | Buffer {
  if (url.startsWith('/settings')) return JSON.stringify({ piece_size: pieceBytes });
  if (url.startsWith('/torrent?')) return encodeTorrent(sample.file, { creationDate: 0, trackers: [], webSeeds: [] });
  return 'd8:intervali1800e5:peers0:e';
}

/** `there`: the sample lies in the node's folder. `path`: where it lies besides. */
async function setUp(t: TestContext, { there }: { there: boolean }) {
  const root = realpathSync(tempFolder(t));
  const directory = join(root, 'downloads');
  const path = join(root, name);
  mkdirSync(directory);
  writeFileSync(path, sample.content);
  if (there) copyFileSync(path, join(directory, name));
  const server = await openFakeServer((request, response) => response.end(answerTo(request)));
  const client = await SwarmClient.open({
    host: '127.0.0.1',
    port: 0,
    role: 'node',
    log: silentLog,
    random: Math.random,
  });
  watchAdding(client);
  const saved = await SavedFiles.open(join(root, 'state'));
  const home = new HomeServer(new URL(server.url), undefined);
  const files = new NodeFiles({ roots: await ShareRoots.open([]), directory, client, home, saved, log: silentLog });
  t.after(async () => {
    await files.close();
    await client.close();
    await saved.close();
    server.close();
  });
  return { root, directory, path, files, saved, client, received: server.received };
}

/** A client may be given a torrent only when it does not have it. */
function watchAdding(client: SwarmClient): void {
  const { add, remove } = client;
  const here = new Set<string>();
  client.add = (source) => {
    assert.ok(!here.has(source.file.id), 'it is here already');
    here.add(source.file.id);
    return add.call(client, source);
  };
  client.remove = (torrent) => {
    here.delete(torrent.record.id);
    return remove.call(client, torrent);
  };
}

const isRefusal = (error: unknown): boolean => error instanceof HttpError;

test('shared, downloaded and removed by many at once, it is here once, or not at all', async (t) => {
  const { files, path, saved } = await setUp(t, { there: true });
  const refused: unknown[] = [];
  const bear = (error: unknown): number => refused.push(error);
  const steps = [() => files.share(path), () => files.download(id), () => files.remove(name, id)];
  for (let round = 0; round < 5; round += 1) {
    await Promise.all(
      Array.from({ length: 12 }, (_, index) => (steps[(index * (round + 1)) % 3] ?? steps[0])?.().catch(bear)),
    );
    assert.ok(files.torrents.length <= 1);
  }
  assert.deepEqual(refused.filter((error) => !isRefusal(error)).map(String), []);
  await files.share(path);
  assert.equal(files.torrents.length, 1);
  assert.ok(await files.remove(name, id));
  assert.deepEqual(files.torrents, []);
  assert.deepEqual(saved.files, [], 'nothing comes back at the next start');
});

test('what is taken up while others ask for the same is here once', async (t) => {
  const { files, path, saved } = await setUp(t, { there: true });
  const { file } = await files.share(path);
  const [old] = saved.files;
  assert.ok(old?.origin);
  await files.remove(name, id);
  // As if its disk had lost what it looked like: it has to be read again.
  await saved.save({ id, file, origin: { ...old.origin, marks: [] } });
  await Promise.all([files.resume(), files.download(id), files.share(path)]);
  assert.equal(files.torrents.length, 1);
});

test('a whole file that its user has removed is fetched again when it is asked for', async (t) => {
  const { files, path, saved, directory } = await setUp(t, { there: false });
  await files.share(path);
  copyFileSync(path, join(directory, name));
  rmSync(path);
  assert.equal((await files.download(id)).id, id);
  assert.equal(saved.files[0]?.origin?.path ?? join(directory, name), join(directory, name));
  assert.equal(files.torrents.length, 1);
});

test('a whole file that its user has removed is not said to be here', async (t) => {
  const { files, path } = await setUp(t, { there: false });
  await files.share(path);
  assert.equal((await files.completeNamed(name))?.id, id);
  rmSync(path);
  assert.equal(await files.completeNamed(name), undefined);
  assert.deepEqual(files.torrents, []);
});

test('what is shared already is listed again: the server may have lost it', async (t) => {
  const { files, path, received } = await setUp(t, { there: false });
  const listed = () => received.filter(({ method, url }) => method === 'POST' && url === '/torrent').length;
  assert.equal((await files.share(path)).isNew, true);
  assert.equal((await files.share(path)).isNew, false);
  assert.equal(listed(), 2);
});

test('a disk that cannot remember that a download is whole ends nothing', async (t) => {
  const { files, saved } = await setUp(t, { there: true });
  const { save } = saved;
  saved.save = (file) => (file.origin === undefined ? save.call(saved, file) : Promise.reject(new Error('disk')));
  await files.download(id); // an unhandled rejection would fail the test
  await new Promise((settle) => setImmediate(settle));
  assert.equal((await files.completeNamed(name))?.id, id);
});

test('a full disk is told as that', async (t) => {
  const { files, saved, path } = await setUp(t, { there: true });
  saved.save = () => Promise.reject(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' }));
  for (const ask of [() => files.share(path), () => files.download(id)])
    await assert.rejects(ask(), (error) => error instanceof HttpError && error.answer === 507);
});

test('nothing is begun any more once a node stops', async (t) => {
  const { files, path } = await setUp(t, { there: true });
  const asked = [files.share(path), files.download(id)];
  await Promise.all([files.close(), ...asked.map((one) => assert.rejects(one, isRefusal))]);
  await assert.rejects(files.share(path), isRefusal);
  await assert.rejects(files.download(id), isRefusal);
  assert.deepEqual(files.torrents, []);
});

test('a torrent that is just being let go of may be announced: nothing comes of it', async (t) => {
  const { files, path, client } = await setUp(t, { there: true });
  await files.share(path);
  const [torrent] = files.torrents;
  assert.ok(torrent);
  const removed = files.remove(name, id);
  await new Promise((settle) => setImmediate(settle));
  client.announceAnyway(torrent);
  await removed;
  client.announceAnyway(torrent);
});
