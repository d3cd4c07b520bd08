/** The info dictionary from real peers, for who has only the info-hash (BEP 9). */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Metadata, MetadataExchange } from '../../src/bittorrent/client/metadata/metadata-exchange.ts';
import { silentLog } from '../../src/io/log.ts';
import type { FileDetailView, UploadView } from '../../src/protocols/api/types.ts';
import { ContentHasher } from '../../src/protocols/metainfo/hash.ts';
import { parseMagnet } from '../../src/protocols/metainfo/magnet.ts';
import { parseInfo } from '../../src/protocols/metainfo/read-info.ts';
import type { Magnet } from '../../src/protocols/metainfo/types.ts';
import { encodeInfo, encodeTorrent, infoHash } from '../../src/protocols/metainfo/write.ts';
import { metadataPieceBytes } from '../../src/protocols/wire/extension.ts';
import { aria2, libtorrent, skipWithout, startAria2Seeder, startLibtorrentSeeder } from '../clients/clients.testing.ts';
import { curlJson, serverRoot, someBytes, startServer } from '../programs.testing.ts';

/** The number of pieces, so large that their hashes are several pieces of metadata. */
const pieceLength = 16_384;
const content = someBytes(32 * 1024 * 1024);

function fetchFrom({ infoHash, peers }: Pick<Magnet, 'infoHash' | 'peers'>): Promise<Metadata> {
  const exchange = new MetadataExchange({
    infoHash,
    peerId: Buffer.from('-RV0100-metadatatest'),
    port: undefined,
    dial: ({ address, port }) => connect({ host: address, port }),
    log: silentLog,
  });
  exchange.offer(peers);
  return exchange.fetch(AbortSignal.timeout(60_000));
}

for (const { client, startSeeder } of [
  { client: libtorrent, startSeeder: startLibtorrentSeeder },
  { client: aria2, startSeeder: startAria2Seeder },
]) {
  test(`from ${client.name}`, { skip: skipWithout(client) }, async (t) => {
    const root = serverRoot(t);
    const hasher = new ContentHasher(pieceLength);
    hasher.update(content);
    const metainfo = { name: 'film.bin', pieceLength, ...hasher.finish() };
    const torrent = join(root, 'film.torrent');
    writeFileSync(torrent, encodeTorrent(metainfo, { creationDate: 0, trackers: [], webSeeds: [] }));
    const folder = join(root, 'seed');
    mkdirSync(folder);
    writeFileSync(join(folder, 'film.bin'), content);
    const { port } = await startSeeder(t, torrent, folder);
    const peers = [{ address: '127.0.0.1', port }];
    const metadata = await fetchFrom({ infoHash: infoHash(metainfo), peers });
    assert.ok(metadata.info.equals(encodeInfo(metainfo)));
    assert.deepEqual(metadata.peers, peers);
  });
}

test('from our own wire door, by the magnet link of a file', async (t) => {
  const root = serverRoot(t, { piece_size: pieceLength });
  const server = await startServer(t, root);
  const path = join(root, 'upload');
  writeFileSync(path, content);
  const { id } = await curlJson<UploadView>('-T', path, `${server.url}/upload/film.bin`);
  const { links } = await curlJson<FileDetailView>(`${server.url}/file?id=${id}`);
  const magnet = parseMagnet(`${links.magnet}&x.pe=${server.wire}`);
  assert.deepEqual([magnet.infoHash, magnet.name, magnet.length], [id, 'film.bin', content.length]);
  const { info } = await fetchFrom(magnet);
  assert.ok(info.length > 2 * metadataPieceBytes);
  assert.deepEqual([parseInfo(info).v1?.infoHash, parseInfo(info).length], [id, content.length]);
});
