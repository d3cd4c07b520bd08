/** The argument of `rivulet get`, at a real server: every address of a file leads to its torrent. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { resolveWhat, type What } from '../../src/get/what.ts';
import type { FileDetailView, UploadView } from '../../src/protocols/api/types.ts';
import { curl, curlJson, serverRoot, someBytes, startServer } from '../programs.testing.ts';

test('an id, a magnet link, and every URL of a file', async (t) => {
  // As behind a proxy that speaks TLS: the addresses that the server gives cannot be reached from here.
  const server = await startServer(t, serverRoot(t, { http: { port: 0, public_url: 'https://files.example' } }));
  const { root, url } = server;
  writeFileSync(join(root, 'upload'), someBytes(100_000));
  const { id } = await curlJson<UploadView>('-T', join(root, 'upload'), `${url}/upload/a%20b.bin`);
  const { links } = await curlJson<FileDetailView>(`${url}/file?id=${id}`);
  assert.ok(links.torrent.startsWith('https://files.example/'));
  const resolve = (text: string): Promise<What> => resolveWhat(text, { server: url, stdin: Readable.from([]) });
  const magnet = await resolve(links.magnet);
  assert.equal(magnet.kind === 'magnet' && magnet.magnet.infoHash, id);
  const pages = ['info', 'download', 'torrent'].map((name) =>
    links[name as 'info'].replace('https://files.example', url),
  );
  const others = [`/download/${id}`, `/download/${id}/a%20b.bin`, '/file?name=a%20b.bin', '/download?name=a+b.bin'];
  for (const text of [id, ...pages, ...others.map((path) => url + path)]) {
    const what = await resolve(text);
    assert.equal(what.kind === 'torrent' && what.torrent.info.v1?.infoHash, id, text);
  }
  writeFileSync(join(root, 'a.torrent'), (await curl('-f', `${url}/torrent?file=${id}`)).stdout);
  const fromFile = await resolve(join(root, 'a.torrent'));
  assert.equal(fromFile.kind === 'torrent' && fromFile.torrent.info.v1?.infoHash, id);
});
