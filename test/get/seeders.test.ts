/** `rivulet get` from unmodified clients that seed, found through opentracker. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { breath } from '../../src/async/breath.testing.ts';
import {
  aria2,
  libtorrent,
  skipWithout,
  startAria2Leecher,
  startAria2Seeder,
  startLibtorrentSeeder,
  startTransmissionSeeder,
  transmission,
} from '../clients/clients.testing.ts';
import { opentracker, startOpentracker } from '../clients/opentracker.testing.ts';
import { curl, freePort, serverRoot, someBytes } from '../programs.testing.ts';
import {
  assertWhole,
  indices,
  makeTorrent,
  pieceOf,
  startGet,
  type TestTorrent,
  writeFiles,
  writeTorrent,
} from './get.testing.ts';
import { HonestPeer } from './honest-peer.testing.ts';

const film = makeTorrent('film.bin', someBytes(4 * 1024 * 1024 + 1));

/** Files that begin and end amid pieces; several in one piece, one of many pieces, and one of nothing. */
const album = makeTorrent('album', [
  { path: ['cover.jpg'], content: someBytes(100_000, 'cover') },
  { path: ['disc 1', 'Первая.flac'], content: someBytes(1_500_000, 'first') },
  { path: ['disc 1', 'empty'], content: Buffer.alloc(0) },
  { path: ['disc 1', 'a', 'b', 'c.txt'], content: someBytes(17, 'small') },
  { path: ['notes.txt'], content: someBytes(300, 'notes') },
  { path: ['disc 2', '2.flac'], content: someBytes(2_000_001, 'second') },
]);

const seeders = [
  { client: aria2, startSeeder: startAria2Seeder },
  { client: libtorrent, startSeeder: startLibtorrentSeeder },
  { client: transmission, startSeeder: startTransmissionSeeder },
];

/** Settles once opentracker counts a seeder. */
async function announced(port: number, { id }: TestTorrent): Promise<void> {
  const hash = id.replace(/../g, '%$&');
  const scrape = `http://127.0.0.1:${port}/scrape?info_hash=${hash}`;
  while (!(await curl(scrape)).stdout.includes('8:completei1e')) await breath();
}

/** A seeder of `torrent` that opentracker knows, and opentracker's port. */
async function seed(t: TestContext, root: string, torrent: TestTorrent, startSeeder: typeof startAria2Seeder) {
  const tracker = await startOpentracker(t, [torrent.id]);
  const folder = join(root, 'seed');
  writeFiles(folder, torrent);
  await startSeeder(t, writeTorrent(root, torrent, [`http://127.0.0.1:${tracker}/announce`]), folder);
  await announced(tracker, torrent);
  return tracker;
}

describe('seeders', { concurrency: true }, () => {
  for (const { client, startSeeder } of seeders) {
    const skip = skipWithout(client) || skipWithout(opentracker);

    test(`several files from ${client.name}, a dead tracker first, another by UDP`, { skip }, async (t) => {
      const root = serverRoot(t);
      const tracker = await seed(t, root, album, startSeeder);
      const dead = `http://127.0.0.1:${await freePort()}/announce`;
      const torrent = writeTorrent(root, album, [dead], [`udp://127.0.0.1:${tracker}/announce`]);
      const into = join(root, 'got');
      const get = startGet(t, torrent, into);
      await get.succeeds();
      assertWhole(into, album);
      assert.ok(
        get.events.some(({ message }) => message?.startsWith(`${dead}: `)),
        'the dead one is told of',
      );
    });

    // Transmission takes ten seconds to unchoke: once is enough.
    if (client === transmission) continue;

    test(`one file from ${client.name}, the tracker by HTTP`, { skip }, async (t) => {
      const root = serverRoot(t);
      const tracker = await seed(t, root, film, startSeeder);
      const torrent = writeTorrent(root, film, [`http://127.0.0.1:${tracker}/announce`]);
      const into = join(root, 'got');
      await startGet(t, torrent, into).succeeds();
      assertWhole(into, film);
    });

    test(`a magnet link, from ${client.name}`, { skip }, async (t) => {
      const root = serverRoot(t);
      const tracker = await seed(t, root, album, startSeeder);
      const announce = encodeURIComponent(`udp://127.0.0.1:${tracker}/announce`);
      const into = join(root, 'got');
      await startGet(t, `magnet:?xt=urn:btih:${album.id}&tr=${announce}`, into).succeeds();
      assertWhole(into, album);
    });
  }

  test('aria2 has one half and gets the other from us, as we do from it', {
    skip: skipWithout(aria2) || skipWithout(opentracker),
  }, async (t) => {
    const root = serverRoot(t);
    const tracker = await startOpentracker(t, [film.id]);
    const torrent = writeTorrent(root, film, [`http://127.0.0.1:${tracker}/announce`]);
    // The last piece nobody gives before aria2 has all else: who has everything ends.
    const last = film.pieces - 1;
    const its = indices(film).filter((index) => index % 2 === 1 && index !== last);
    const source = await HonestPeer.open(
      t,
      film,
      indices(film).filter((index) => !its.includes(index)),
    );
    source.hold(last);
    const theirs = join(root, 'theirs');
    mkdirSync(theirs);
    const half = Buffer.alloc(film.content.length);
    for (const index of its) pieceOf(film, index).copy(half, index * film.pieceLength);
    writeFileSync(join(theirs, film.name), half);
    await startAria2Leecher(t, torrent, theirs);
    const into = join(root, 'ours');
    const get = startGet(t, torrent, into, '--peer', source.address);
    const most = last * film.pieceLength;
    const expected = film.content.subarray(0, most);
    while (!readFileSync(join(theirs, film.name)).subarray(0, most).equals(expected)) await breath();
    source.release(last);
    await get.succeeds();
    assertWhole(into, film);
    assert.ok(
      source.served.every(({ index }) => !its.includes(index)),
      'the control: the others came from aria2',
    );
  });
});
