/** `rivulet get` as its users start it: from our server in every way, its messages and exit codes, its bar. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { tempFolder } from '../../src/io/temp-folder.testing.ts';
import type { FileDetailView, UploadView } from '../../src/protocols/api/types.ts';
import {
  curl,
  curlJson,
  freePort,
  type Running,
  rivulet,
  run,
  serverRoot,
  someBytes,
  start,
  startProgram,
  startServer,
} from '../programs.testing.ts';
import { assertWhole, makeTorrent, startGet, type TestTorrent, writeTorrent } from './get.testing.ts';
import { HonestPeer } from './honest-peer.testing.ts';

const film = makeTorrent('Война и мир.bin', someBytes(1_000_001));

test('from our server: by id, URL, .torrent, stdin and magnet link', async (t) => {
  const server = await startServer(t, serverRoot(t));
  const { root, url } = server;
  writeFileSync(join(root, 'upload'), film.content);
  const { id } = await curlJson<UploadView>(
    '-T',
    join(root, 'upload'),
    `${url}/upload/${encodeURIComponent(film.name)}`,
  );
  assert.equal(id, film.id);
  const { links } = await curlJson<FileDetailView>(`${url}/file?id=${id}`);
  const torrent = join(root, 'film.torrent');
  writeFileSync(torrent, (await curl('-f', links.torrent)).stdout);
  const whats = [id, id.toUpperCase(), links.info, links.torrent, links.download, links.magnet, torrent];
  const gets = whats.map(async (what, index) => {
    const into = join(root, `got-${index}`);
    const { code, stdout, stderr } = await run(rivulet, ['get', what, '-o', into, '--server', url]);
    assert.equal(code, 0, stderr);
    assert.equal(stdout.toString(), `${join(into, film.name)}\n`);
    assertWhole(into, film);
    assert.deepEqual(readdirSync(into), [film.name], 'nothing else is left');
  });
  await Promise.all(gets);
  const into = join(root, 'from stdin');
  const shell = `"$0" get - -o "$1" < "$2"`;
  assert.equal((await run('sh', ['-c', shell, rivulet, into, torrent])).code, 0);
  assertWhole(into, film);
});

describe('shapes', { concurrency: 3 }, () => {
  const shapes: readonly TestTorrent[] = [
    makeTorrent('nothing', Buffer.alloc(0)),
    makeTorrent('a byte', Buffer.from('a')),
    makeTorrent('exactly a piece', someBytes(65_536)),
    makeTorrent('a byte more', someBytes(65_537)),
    makeTorrent('n'.repeat(255), someBytes(100_000)),
    makeTorrent(`${'ж'.repeat(127)}.`.replace(/\.$/, 'n'), someBytes(100_000)),
    makeTorrent('folder', [{ path: ['empty'], content: Buffer.alloc(0) }]),
    makeTorrent('zeros', Buffer.alloc(300_000)),
    makeTorrent('pieces of 16 MiB', someBytes(20_000_000), { pieceLength: 16_777_216 }),
    makeTorrent('pieces of 16 KiB', someBytes(1_000_000), { pieceLength: 16_384 }),
    makeTorrent('odd pieces', someBytes(300_000), { pieceLength: 50_001 }),
  ];
  for (const shape of shapes) {
    test(shape.name.slice(0, 20), async (t) => {
      const folder = tempFolder(t);
      const source = await HonestPeer.open(t, shape);
      await startGet(t, writeTorrent(folder, shape), folder, '--peer', source.address, '--timeout', '20').succeeds();
      assertWhole(folder, shape);
      assert.equal(source.servedBytes, shape.content.length);
    });
  }
});

test('more small files than may be open at a time', async (t) => {
  const folder = tempFolder(t);
  const files = [...Array(500).keys()].map((index) => ({
    path: [`${index % 10}`, `${index}`],
    content: someBytes(5000 + index, `${index}`),
  }));
  const many = makeTorrent('many', files, { pieceLength: 16_384 });
  const source = await HonestPeer.open(t, many);
  const get = `ulimit -n 160 && exec "$0" get '${writeTorrent(folder, many)}' -o '${folder}' --peer ${source.address}`;
  const { code, stderr } = await run('sh', ['-c', get, rivulet]);
  assert.equal(code, 0, stderr);
  assertWhole(folder, many);
});

interface Scene {
  readonly folder: string;
  readonly torrent: string;
  readonly source: HonestPeer;
  readonly get: (...flags: string[]) => Promise<{ code: number; stderr: string; stdout: Buffer }>;
}

async function scene(t: TestContext): Promise<Scene> {
  const folder = tempFolder(t);
  const torrent = writeTorrent(folder, film);
  const source = await HonestPeer.open(t, film);
  const get = (...flags: string[]) => run(rivulet, ['get', torrent, '-o', folder, '--peer', source.address, ...flags]);
  return { folder, torrent, source, get };
}

/** A peer that gives a block now and then, until it gives all. */
function drip(t: TestContext, source: HonestPeer): void {
  source.stopAfter(1);
  const timer = setInterval(() => source.giveMore(1), 100);
  t.after(() => clearInterval(timer));
}

/** A program on a terminal of 100 columns. */
function startOnTerminal(t: TestContext, command: string): Running {
  return startProgram(t, 'script', ['-qefc', `stty cols 100 && ${command}`, '/dev/null']);
}

describe('what it says, and its exit codes', { concurrency: 4 }, () => {
  const args: readonly { name: string; args: string[]; code: number; message: RegExp }[] = [
    { name: 'no WHAT', args: [], code: 2, message: /WHAT/ },
    { name: 'no such file', args: ['nowhere.torrent'], code: 2, message: /nowhere\.torrent/ },
    { name: 'a bad magnet link', args: ['magnet:?dn=a'], code: 2, message: /magnet/ },
    { name: 'a bad peer', args: ['a', '--peer', 'nobody'], code: 2, message: /--peer needs/ },
    { name: 'no torrent', args: [rivulet], code: 1, message: /no torrent that can be taken/ },
    { name: 'no server', args: [film.id, '--server', 'http://127.0.0.1:1'], code: 69, message: /127\.0\.0\.1:1/ },
  ];
  for (const { name, args: flags, code, message } of args) {
    test(name, async () => {
      const got = await run(rivulet, ['get', ...flags]);
      assert.equal(got.code, code, got.stderr);
      assert.match(got.stderr, message);
      assert.doesNotMatch(got.stderr, /^ {4}at /m);
    });
  }

  test('an unknown id', async (t) => {
    const { url } = await startServer(t, serverRoot(t));
    const { code, stderr } = await run(rivulet, ['get', film.id, '--server', url]);
    assert.deepEqual([code, stderr.includes(film.id)], [1, true], stderr);
  });

  test('what has its name is kept, or overwritten where that is said', async (t) => {
    const { folder, get } = await scene(t);
    writeFileSync(join(folder, film.name), 'mine');
    const refused = await get();
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /is there, and is something else/);
    assert.equal(readFileSync(join(folder, film.name), 'utf8'), 'mine');
    assert.equal((await get('--overwrite')).code, 0);
    assertWhole(folder, film);
  });

  test('what is whole is not fetched again', async (t) => {
    const { folder, get, source } = await scene(t);
    assert.equal((await get()).code, 0);
    const { servedBytes } = source;
    assert.equal((await get()).code, 0);
    assert.equal(source.servedBytes, servedBytes);
    assertWhole(folder, film);
  });

  test('more than the disk has room for', async (t) => {
    const folder = tempFolder(t);
    const pieces = 2 ** 18;
    const huge = makeTorrent('huge', Buffer.alloc(0));
    const length = pieces * 2 ** 24;
    const info = Buffer.concat([
      Buffer.from(`d6:lengthi${length}e4:name4:huge12:piece lengthi${2 ** 24}e6:pieces${pieces * 20}:`),
      Buffer.alloc(pieces * 20),
      Buffer.from('e'),
    ]);
    const torrent = writeTorrent(folder, { ...huge, info });
    const { code, stderr } = await run(rivulet, ['get', torrent, '-o', join(folder, 'into'), '--timeout', '1']);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /4\.0 TiB are still to come, and .* are free/);
    assert.deepEqual(readdirSync(join(folder, 'into')), []);
  });

  test('a folder that cannot be made', async (t) => {
    const { torrent } = await scene(t);
    for (const folder of [join(torrent, 'into'), '/proc/into']) {
      const { code, stderr } = await run(rivulet, ['get', torrent, '-o', folder, '--timeout', '1']);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /takes no folders|is no folder/);
      assert.doesNotMatch(stderr, /^ {4}at /m);
    }
  });

  test('nothing comes, and nobody is at the tracker', async (t) => {
    const folder = tempFolder(t);
    const dead = `http://127.0.0.1:${await freePort()}/announce`;
    const { code, stderr } = await run(rivulet, [
      'get',
      writeTorrent(folder, film, [dead]),
      '-o',
      folder,
      '--timeout',
      '1',
    ]);
    assert.equal(code, 69, stderr);
    assert.match(stderr, /ECONNREFUSED.*\n(.*\n)*.*nothing came for 1 s; the same command goes on from here/);
    assert.ok(!existsSync(join(folder, film.name)));
  });

  test('nobody describes a magnet link', async (t) => {
    const { code, stderr } = await run(rivulet, [
      'get',
      `magnet:?xt=urn:btih:${film.id}`,
      '-o',
      tempFolder(t),
      '--timeout',
      '1',
      '--peer',
      `127.0.0.1:${await freePort()}`,
    ]);
    assert.equal(code, 69, stderr);
    assert.doesNotMatch(stderr, /^ {4}at /m);
  });

  test('the port is taken', async (t) => {
    const { source, get } = await scene(t);
    const { code, stderr } = await get('--port', source.address.split(':')[1] as string);
    assert.equal(code, 69);
    assert.match(stderr, /EADDRINUSE/);
  });

  test('on a terminal: a bar with speed, peers and time left', async (t) => {
    const { folder, torrent, source } = await scene(t);
    drip(t, source);
    const command = `'${rivulet}' get '${torrent}' -o '${folder}' --peer ${source.address}`;
    const get = startOnTerminal(t, command);
    // Not NO_COLOR, no window: the bar is plain text that is written over.
    await get.line(
      /мир\.bin \[#+-+\] +\d\d% {2}[\d.]+ KiB of 977 KiB {2}[\d.]+ [KM]?i?B\/s {2}1 peer {2}\d+:\d\d left/,
    );
    source.go();
    assert.equal(await get.over(), 0);
    await get.line(/977 KiB, every piece verified; 977 KiB came in 0:\d\d \([\d.]+ [KM]iB\/s\)/);
    assertWhole(folder, film);
  });

  test('not on a terminal: a line every five seconds', async (t) => {
    const { folder, torrent, source } = await scene(t);
    source.hold(film.pieces - 1); // it is shorter
    source.stopAfter(20);
    const get = start(t, ['get', torrent, '-o', folder, '--peer', source.address]);
    const closed = once(get.child, 'close');
    await get.line(/^rivulet: Война и мир\.bin: 32% of 977 KiB {2}.*1 peer/);
    source.giveAll();
    await closed;
    assert.equal(await get.over(), 0);
    assert.deepEqual(get.lines, [join(folder, film.name)], 'stdout says where it is, and nothing else');
    assert.ok(get.errors.every((line) => !/[\r\u001b]/.test(line)));
  });
});
