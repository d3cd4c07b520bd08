/** Unmodified BitTorrent clients download what was uploaded, from the storage peers, by the wire door. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { FileDetailView, UploadView } from '../src/server/views.ts';
import { clients, skipWithout } from './clients/clients.testing.ts';
import {
  curl,
  curlJson,
  type ServerProcess,
  serverRoot,
  someBytes,
  startPeer,
  startServer,
} from './programs.testing.ts';

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
