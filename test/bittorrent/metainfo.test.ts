/** Torrents as other programs read and make them, beside what we make and read: the same hashes, the same files. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { FileDetailView, UploadView } from '../../src/protocols/api/types.ts';
import { parseTorrent } from '../../src/protocols/metainfo/read.ts';
import { multi, torrentOf } from '../../src/protocols/metainfo/samples.testing.ts';
import { clients, python, skipWithout } from '../clients/clients.testing.ts';
import { curl, curlJson, run, type ServerProcess, serverRoot, someBytes, startServer } from '../programs.testing.ts';

const script = fileURLToPath(new URL('../clients/libtorrent_metainfo.py', import.meta.url));
const skipWithoutClient = (name: string) => ({
  skip: skipWithout(clients.find((client) => client.name === name) as never),
});
const withLibtorrent = skipWithoutClient('libtorrent');

/** The facts that libtorrent tells of a torrent. */
interface Description {
  readonly name: string;
  readonly v1: string | null;
  readonly v2: string | null;
  readonly private: boolean;
  readonly trackers: readonly (readonly [url: string, tier: number])[];
  readonly files: readonly { readonly path: string; readonly length: number; readonly offset: number }[];
}

async function libtorrent(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(python, [script, ...args]);
  assert.equal(code, 0, stderr);
  return stdout.toString();
}

async function describe(path: string): Promise<Description> {
  return JSON.parse(await libtorrent('describe', path)) as Description;
}

/** Uploads `bytes` and writes its v1 and its v2 torrent into the server's folder. */
async function share({ root, url }: ServerProcess, name: string, bytes: Buffer) {
  const folder = join(root, 'mine');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, bytes);
  const { id } = await curlJson<UploadView>('-T', path, `${url}/upload/${name}`);
  const save = async (version: string): Promise<string> => {
    const torrent = join(root, `${name}.${version}.torrent`);
    writeFileSync(torrent, (await curl('-f', `${url}/torrent?file=${id}&version=${version}`)).stdout);
    return torrent;
  };
  return { id, path, v1: await save('1'), v2: await save('2') };
}

const pieceLength = 65_536;
// Less than a block, a block, more than one; a piece, more than one; pieces that a power of two does not count.
const sizes = [1, 16_383, 16_384, 16_385, pieceLength - 1, pieceLength, pieceLength + 1, 2 * pieceLength, 1_000_003];

test(
  'libtorrent finds the hashes that we find in what we make, v1 and v2, at many sizes',
  withLibtorrent,
  async (t) => {
    const server = await startServer(t, serverRoot(t));
    for (const size of sizes) {
      const { id, path, v1, v2 } = await share(server, `${size}.bin`, someBytes(size));
      const described = await describe(v1);
      assert.deepEqual([described.v1, described.v2, described.name], [id, null, `${size}.bin`]);
      assert.deepEqual(described.trackers, [
        [`${server.url}/announce`, 0],
        [`udp://127.0.0.1:${server.udpPort}/announce`, 1],
      ]);
      // The v2 torrent that libtorrent makes of the same file is the same.
      const theirs = `${path}.theirs`;
      await libtorrent('make', 'v2', path, String(pieceLength), theirs);
      const expected = await describe(theirs);
      assert.deepEqual([(await describe(v2)).v1, (await describe(v2)).v2], [null, expected.v2]);
      assert.equal(parseTorrent(readFileSync(v2)).info.v2?.infoHash, expected.v2);
      const { links } = await curlJson<FileDetailView>(`${server.url}/file?id=${id}`);
      assert.ok(links.magnet_v2?.startsWith(`magnet:?xt=urn:btmh:1220${expected.v2}&`));
    }
  },
);

test('an empty file has both torrents too, though libtorrent takes neither', withLibtorrent, async (t) => {
  const server = await startServer(t, serverRoot(t));
  const { id, v1, v2 } = await share(server, 'empty', Buffer.alloc(0));
  assert.equal(parseTorrent(readFileSync(v1)).info.v1?.infoHash, id);
  assert.equal(parseTorrent(readFileSync(v2)).info.length, 0);
  assert.match((await run(python, [script, 'describe', v1])).stderr, /invalid length of torrent/);
});

/** A folder with files of many sizes, one of them empty. */
function folderOfFiles(root: string): string {
  const folder = join(root, 'album');
  mkdirSync(join(folder, 'sub', 'ünter'), { recursive: true });
  const files = { 'a.txt': 5, empty: 0, 'sub/b.bin': 70_000, 'sub/ünter/c.bin': 200_000, 'z.txt': 2 * pieceLength };
  for (const [path, length] of Object.entries(files)) writeFileSync(join(folder, path), someBytes(length, path));
  return folder;
}

function fileOfBytes(root: string): string {
  const path = join(root, 'single.bin');
  writeFileSync(path, someBytes(300_000));
  return path;
}

const made: { format: string; of: string; source: (root: string) => string }[] = ['v1', 'hybrid', 'v2'].flatMap(
  (format) => [
    { format, of: 'a file', source: fileOfBytes },
    { format, of: 'a folder', source: folderOfFiles },
  ],
);

for (const { format, of, source } of made) {
  test(`we read the ${format} torrent that libtorrent makes of ${of}, and hand it on`, withLibtorrent, async (t) => {
    const server = await startServer(t, serverRoot(t));
    const torrent = join(server.root, 'theirs.torrent');
    await libtorrent('make', format, source(server.root), String(pieceLength), torrent);
    const expected = await describe(torrent);
    const { info } = parseTorrent(readFileSync(torrent));
    assert.deepEqual([info.v1?.infoHash ?? null, info.v2?.infoHash ?? null], [expected.v1, expected.v2]);
    const files = info.files ?? [{ path: [], length: info.length, offset: 0, padding: false }];
    assert.deepEqual(
      files
        .filter(({ padding }) => !padding)
        .map(({ path, length, offset }) => ({ path: [info.name, ...path].join('/'), length, offset })),
      expected.files,
    );
    if (format === 'v2') return;
    const { id, links } = await curlJson<UploadView>('-f', '--data-binary', `@${torrent}`, `${server.url}/torrent`);
    assert.equal(id, expected.v1);
    const back = join(server.root, 'back.torrent');
    writeFileSync(back, (await curl('-f', links.torrent)).stdout);
    const described = await describe(back);
    assert.deepEqual({ ...described, trackers: [] }, expected);
    assert.equal(described.trackers.length, 2);
  });
}

test('libtorrent downloads the v2 torrent from our web seed', withLibtorrent, async (t) => {
  const server = await startServer(t, serverRoot(t));
  const folder = join(server.root, 'downloads');
  mkdirSync(folder);
  for (const size of [3 * pieceLength, 1_000_003]) {
    const bytes = someBytes(size);
    const { v2 } = await share(server, `${size}.bin`, bytes);
    await libtorrent('fetch', v2, folder);
    assert.ok(readFileSync(join(folder, `${size}.bin`)).equals(bytes));
  }
});

/** Programs that only say what is in a torrent, and what they say of its info-hash. */
const readers = [
  { name: 'aria2', program: 'aria2c', flags: ['-S'], hash: /^Info Hash: ([0-9a-f]{40})$/m },
  { name: 'transmission', program: 'transmission-show', flags: [], hash: /^ +Hash: ([0-9a-f]{40})$/m },
];
for (const { name, program, flags, hash } of readers) {
  test(`${program} finds the hash that we find, in our torrents and in others'`, skipWithoutClient(name), async (t) => {
    const server = await startServer(t, serverRoot(t));
    const hashOf = async (path: string) => hash.exec((await run(program, [...flags, path])).stdout.toString())?.[1];
    const own = await share(server, 'own.bin', someBytes(100_000));
    assert.equal(await hashOf(own.v1), own.id);
    const posted = join(server.root, 'posted.torrent');
    writeFileSync(posted, multiTorrent());
    const { id, links } = await curlJson<UploadView>('-f', '-F', `torrent=@${posted}`, `${server.url}/torrent`);
    const back = join(server.root, 'back.torrent');
    writeFileSync(back, (await curl('-f', links.torrent)).stdout);
    assert.deepEqual([await hashOf(posted), await hashOf(back)], [id, id]);
  });
}

/** Keys that mean nothing to us are in the info dictionary too: the hash is over its very bytes. */
function multiTorrent(): Buffer {
  return torrentOf({ ...multi, private: 1, source: 'somewhere' });
}

test('a torrent that was posted is there after a restart', async (t) => {
  const root = serverRoot(t);
  const path = join(root, 'posted.torrent');
  writeFileSync(path, multiTorrent());
  const first: ServerProcess = await startServer(t, root);
  const { id } = await curlJson<UploadView>('-f', '--data-binary', `@${path}`, `${first.url}/torrent`);
  await first.end('SIGKILL');
  const second = await startServer(t, root);
  const { files, state } = await curlJson<FileDetailView>(`${second.url}/file?id=${id}`);
  assert.deepEqual([files?.map((file) => file.path), state], [['a.txt', 'sub/empty', 'sub/b.txt'], 'unavailable']);
  const { info } = parseTorrent((await curl('-f', `${second.url}/torrent?file=${id}`)).stdout);
  assert.deepEqual(info, parseTorrent(multiTorrent()).info);
});
