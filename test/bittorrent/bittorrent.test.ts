/** Unmodified BitTorrent clients download what was uploaded, from the storage peers, by the wire door. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { breath } from '../../src/async/breath.testing.ts';
import type { FileDetailView, PeersView, UploadView } from '../../src/protocols/api/types.ts';
import { encodeBencode } from '../../src/protocols/bencode/write.ts';
import { ContentHasher } from '../../src/protocols/metainfo/hash.ts';
import { encodeTorrent } from '../../src/protocols/metainfo/write.ts';
import { aria2, clients, libtorrent, skipWithout, startLibtorrentSeeder } from '../clients/clients.testing.ts';
import {
  curl,
  curlJson,
  curlStatus,
  type ServerProcess,
  serverRoot,
  someBytes,
  startPeer,
  startServer,
} from '../programs.testing.ts';

const bytes = someBytes(64 * 1024 * 1024);

/** Uploads the file, and puts its torrent, without web seeds, beside: what is to be seen is the wire. */
async function upload({ root, url }: ServerProcess): Promise<{ id: string; torrent: string }> {
  const path = join(root, 'upload');
  writeFileSync(path, bytes);
  const { id } = await curlJson<UploadView>('-T', path, `${url}/upload/film.bin`);
  const torrent = join(root, 'film.torrent');
  writeFileSync(torrent, withoutWebSeeds((await curl('-f', `${url}/torrent?file=${id}`)).stdout));
  return { id, torrent };
}

/** "url-list" is the last key of the torrents that we make. */
function withoutWebSeeds(torrent: Buffer): Buffer {
  const place = torrent.indexOf('8:url-list');
  assert.ok(place > 0);
  return Buffer.concat([torrent.subarray(0, place), Buffer.from('e')]);
}

for (const client of clients) {
  test(`${client.name} downloads 64 MiB by a .torrent`, { skip: skipWithout(client) }, async (t) => {
    const server = await startServer(t, serverRoot(t));
    await Promise.all(['p1', 'p2'].map((id) => startPeer(t, server, id)));
    const { torrent } = await upload(server);
    const folder = join(server.root, 'downloads');
    mkdirSync(folder);
    await client.download(t, { what: torrent, folder, wire: server.wire });
    assert.ok(readFileSync(join(folder, 'film.bin')).equals(bytes));
  });

  if (!client.magnets) continue;
  test(`${client.name} downloads it by a magnet link`, { skip: skipWithout(client) }, async (t) => {
    const server = await startServer(t, serverRoot(t));
    await Promise.all(['p1', 'p2'].map((id) => startPeer(t, server, id)));
    const { id } = await upload(server);
    const { links } = await curlJson<FileDetailView>(`${server.url}/file?id=${id}`);
    const folder = join(server.root, 'downloads');
    mkdirSync(folder);
    await client.download(t, { what: links.magnet.replace(/&ws=[^&]*/g, ''), folder, wire: server.wire });
    assert.ok(readFileSync(join(folder, 'film.bin')).equals(bytes));
  });
}

test('libtorrent downloads the v2 torrent of the same bytes', { skip: skipWithout(libtorrent) }, async (t) => {
  const server = await startServer(t, serverRoot(t));
  await Promise.all(['p1', 'p2'].map((id) => startPeer(t, server, id)));
  const { id } = await upload(server);
  const folder = join(server.root, 'downloads');
  mkdirSync(folder);
  const torrent = join(server.root, 'v2.torrent');
  writeFileSync(torrent, withoutWebSeeds((await curl('-f', `${server.url}/torrent?file=${id}&version=2`)).stdout));
  await libtorrent.download(t, { what: torrent, folder, wire: server.wire });
  assert.ok(readFileSync(join(folder, 'film.bin')).equals(bytes));
});

test('libtorrent downloads it by the magnet link of v2, with its hashes', {
  skip: skipWithout(libtorrent),
}, async (t) => {
  const server = await startServer(t, serverRoot(t));
  await Promise.all(['p1', 'p2'].map((id) => startPeer(t, server, id)));
  const { id } = await upload(server);
  await curl('-f', '-o', '/dev/null', `${server.url}/torrent?file=${id}&version=2`); // which makes the hashes
  const { links } = await curlJson<FileDetailView>(`${server.url}/file?id=${id}`);
  const folder = join(server.root, 'downloads');
  mkdirSync(folder);
  const what = links.magnet_v2?.replace(/&ws=[^&]*/g, '') ?? '';
  await libtorrent.download(t, { what, folder, wire: server.wire });
  assert.ok(readFileSync(join(folder, 'film.bin')).equals(bytes));
});

/** A torrent of a file that was never uploaded, whose trackers are the server's, and a client that seeds it. */
async function seedElsewhere(t: TestContext, { root, url, udpPort }: ServerProcess) {
  const content = someBytes(8 * 1024 * 1024 + 1, 'elsewhere');
  const hasher = new ContentHasher(65_536);
  hasher.update(content);
  const metainfo = { name: 'elsewhere.bin', pieceLength: 65_536, ...hasher.finish() };
  const trackers = [`${url}/announce`, `udp://127.0.0.1:${udpPort}/announce`];
  const torrent = join(root, 'elsewhere.torrent');
  writeFileSync(torrent, encodeTorrent(metainfo, { creationDate: 0, trackers, webSeeds: [] }));
  const folder = join(root, 'seed');
  mkdirSync(folder);
  writeFileSync(join(folder, 'elsewhere.bin'), content);
  const seeder = await startLibtorrentSeeder(t, torrent, folder);
  return { content, torrent, seeder };
}

/** Whether somebody has announced the torrent, as the tracker's own figures tell. */
async function hasPeers({ url }: ServerProcess): Promise<boolean> {
  return /^rivulet_tracker_peers [1-9]/m.test((await curl(`${url}/metrics`)).stdout.toString());
}

const twoClients = skipWithout(aria2) || skipWithout(libtorrent);

test('two clients exchange a file through our tracker alone', { skip: twoClients }, async (t) => {
  const server = await startServer(t, serverRoot(t));
  const { content, torrent } = await seedElsewhere(t, server);
  while (!(await hasPeers(server))) await breath();
  const folder = join(server.root, 'downloads');
  mkdirSync(folder);
  await aria2.download(t, { what: torrent, folder, wire: server.wire });
  assert.ok(readFileSync(join(folder, 'elsewhere.bin')).equals(content));
});

test('a file that only a wire peer has downloads over HTTP', { skip: skipWithout(libtorrent) }, async (t) => {
  const server = await startServer(t, serverRoot(t));
  const { content, torrent, seeder } = await seedElsewhere(t, server);
  const { id, state } = await curlJson<UploadView>('--data-binary', `@${torrent}`, `${server.url}/torrent`);
  assert.equal(state, 'unavailable', 'so far only its description is here');
  const info = (): Promise<FileDetailView> => curlJson<FileDetailView>(`${server.url}/file?id=${id}`);
  while ((await info()).state !== 'available') await breath();
  const { peers } = await info();
  assert.deepEqual(
    peers.map(({ kind, seed }) => ({ kind, seed })),
    [{ kind: 'wire', seed: true }],
  );
  const listed = (await curlJson<PeersView>(`${server.url}/peers`)).peers.filter(({ kind }) => kind === 'wire');
  assert.deepEqual(
    listed.map(({ id: peer, bytes: held }) => [peer, held]),
    [[peers[0]?.id, content.length]],
  );
  const download = `${server.url}/download?file=${id}`;
  assert.ok((await curl('-f', download)).stdout.equals(content));
  const range = await curl('-f', '-r', '5000000-5999999', download);
  assert.ok(range.stdout.equals(content.subarray(5_000_000, 6_000_000)));
  await seeder.end('SIGKILL');
  while ((await info()).state === 'available') await breath();
  assert.equal(await curlStatus(download), 503, 'the control: it was the peer that gave it');
});

test('storage peers take what a wire peer offers, and keep it', { skip: skipWithout(libtorrent) }, async (t) => {
  const server = await startServer(t, serverRoot(t));
  const { content, torrent, seeder } = await seedElsewhere(t, server);
  const { id } = await curlJson<UploadView>('--data-binary', `@${torrent}`, `${server.url}/torrent`);
  await Promise.all(['p1', 'p2'].map((peer) => startPeer(t, server, peer)));
  const info = (): Promise<FileDetailView> => curlJson<FileDetailView>(`${server.url}/file?id=${id}`);
  while ((await info()).peers.filter(({ kind, seed }) => kind === 'fifo' && seed).length < 2) await breath();
  await seeder.end('SIGKILL');
  while ((await info()).peers.some(({ kind }) => kind === 'wire')) await breath();
  assert.ok((await curl('-f', `${server.url}/download?file=${id}`)).stdout.equals(content));
});

/** Two files in a folder, as one row of bytes, with a torrent of both (BEP 3, "files"). */
function twoFiles({ url }: ServerProcess, folder: string) {
  const files = [
    { path: ['a.txt'], content: someBytes(100_000, 'a') },
    { path: ['sub', 'b.bin'], content: someBytes(3_000_001, 'b') },
  ];
  mkdirSync(join(folder, 'pair/sub'), { recursive: true });
  for (const { path, content } of files) writeFileSync(join(folder, 'pair', ...path), content);
  const hasher = new ContentHasher(65_536);
  for (const { content } of files) hasher.update(content);
  const torrent = encodeBencode({
    announce: `${url}/announce`,
    info: {
      files: files.map(({ path, content }) => ({ length: content.length, path })),
      name: 'pair',
      'piece length': 65_536,
      pieces: hasher.finish().pieceHashes,
    },
  });
  return { files, torrent };
}

test('the files of a torrent that only a wire peer has download one by one', {
  skip: skipWithout(libtorrent),
}, async (t) => {
  const server = await startServer(t, serverRoot(t));
  const folder = join(server.root, 'seed');
  const { files, torrent } = twoFiles(server, folder);
  const path = join(server.root, 'pair.torrent');
  writeFileSync(path, torrent);
  await startLibtorrentSeeder(t, path, folder);
  const { id } = await curlJson<UploadView>('--data-binary', `@${path}`, `${server.url}/torrent`);
  const info = (): Promise<FileDetailView> => curlJson<FileDetailView>(`${server.url}/file?id=${id}`);
  while ((await info()).state !== 'available') await breath();
  for (const { path: names, content } of files) {
    const { stdout } = await curl('-f', `${server.url}/download/${id}/pair/${names.join('/')}`);
    assert.ok(stdout.equals(content), names.join('/'));
  }
});
