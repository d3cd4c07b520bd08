/** `rivulet get` ended in the middle, by whatever means, and what is done to its files before it goes on. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { openSync, readSync, renameSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { tempFolder } from '../../src/io/temp-folder.testing.ts';
import { someBytes } from '../programs.testing.ts';
import { assertWhole, type Get, makeTorrent, startGet, writeTorrent } from './get.testing.ts';
import { HonestPeer } from './honest-peer.testing.ts';

/** No piece is shorter: ten are ten, whichever come first. */
const torrent = makeTorrent('film.bin', someBytes(32 * 65_536));
const blocksPerPiece = 4;
const piecesBefore = 10;
const piecesAfter = torrent.pieces - piecesBefore;

interface Stage {
  readonly folder: string;
  readonly source: HonestPeer;
  /** The files that belong to the download while it is not complete. */
  readonly partFolder: string;
  readonly data: string;
  /** Begins, or goes on. */
  readonly start: (...flags: string[]) => Get;
}

async function open(t: TestContext, ...trackers: string[]): Promise<Stage> {
  const folder = tempFolder(t);
  const source = await HonestPeer.open(t, torrent);
  const path = writeTorrent(folder, torrent, ...(trackers.length > 0 ? [trackers] : []));
  const start = (...flags: string[]): Get => startGet(t, path, folder, '--peer', source.address, ...flags);
  const partFolder = join(folder, `${torrent.id}.part`);
  return { folder, source, start, partFolder, data: join(partFolder, 'data', torrent.name) };
}

/** Downloads ten pieces. */
async function begin({ start, source }: Stage): Promise<Get> {
  source.stopAfter(piecesBefore * blocksPerPiece);
  const get = start();
  await get.has(piecesBefore * torrent.pieceLength);
  return get;
}

/** To the end; answers how many pieces were fetched for that, and whether others were read again. */
async function goOn({ start, source, folder }: Stage) {
  const before = source.served.length;
  source.go();
  const get = start();
  await get.succeeds();
  assertWhole(folder, torrent);
  const checks = get.events.filter(({ event }) => event === 'checking').length;
  assert.ok(checks < piecesBefore / 2, `told of ${checks} times`);
  const readAgain = checks > 0;
  return { fetched: (source.served.length - before) / blocksPerPiece, readAgain };
}

function flipByte(path: string, position: number): void {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, position);
  writeSync(file, Buffer.of(byte.readUInt8(0) ^ 1), 0, 1, position);
}

const damages: readonly { name: string; damage: (stage: Stage) => void; fetched: number }[] = [
  { name: 'nothing', damage: () => {}, fetched: piecesAfter },
  {
    name: 'a byte is flipped',
    damage: ({ data, source }) => flipByte(data, (source.served[0]?.index ?? 0) * torrent.pieceLength + 30_000),
    fetched: piecesAfter + 1,
  },
  {
    name: 'its state is garbage',
    damage: ({ partFolder }) => writeFileSync(join(partFolder, 'state'), someBytes(5000, 'garbage')),
    fetched: piecesAfter,
  },
  {
    name: 'its state and its description are gone',
    damage: ({ partFolder }) => {
      for (const name of ['state', 'info']) rmSync(join(partFolder, name));
    },
    fetched: piecesAfter,
  },
  { name: 'the file is gone', damage: ({ data }) => rmSync(data), fetched: torrent.pieces },
  { name: 'the file is renamed', damage: ({ data }) => renameSync(data, `${data}.old`), fetched: torrent.pieces },
  { name: 'the file is emptied', damage: ({ data }) => truncateSync(data), fetched: torrent.pieces },
  { name: 'all of it is gone', damage: ({ partFolder }) => rmSync(partFolder, { recursive: true }), fetched: 32 },
];

describe('killed, and then', { concurrency: 6 }, () => {
  for (const { name, damage, fetched } of damages) {
    test(name, async (t) => {
      const stage = await open(t);
      const get = await begin(stage);
      assert.equal(await get.running.end('SIGKILL'), 'SIGKILL');
      await stage.source.peers.at(-1)?.over();
      damage(stage);
      assert.deepEqual(await goOn(stage), { fetched, readAgain: fetched < torrent.pieces });
    });
  }

  test('a byte is flipped in a file whose pieces are known to be good', async (t) => {
    const stage = await open(t);
    await (await begin(stage)).running.end('SIGINT');
    flipByte(stage.data, (stage.source.served[0]?.index ?? 0) * torrent.pieceLength + 30_000);
    assert.equal((await goOn(stage)).fetched, piecesAfter + 1);
  });

  test('stopped by SIGINT, it goes on and reads nothing again', async (t) => {
    const stage = await open(t);
    const get = await begin(stage);
    get.running.child.kill('SIGINT');
    await get.fails(130, /the same command goes on from here/);
    assert.deepEqual(await goOn(stage), { fetched: piecesAfter, readAgain: false });
  });

  test('a second one beside it is told so, and does no harm', async (t) => {
    const stage = await open(t);
    const get = await begin(stage);
    await stage.start().fails(1, new RegExp(`already, by process ${get.running.child.pid}`));
    stage.source.go();
    await get.succeeds();
    assertWhole(stage.folder, torrent);
  });

  test('a file moved away while it is written to is an error, and the next run fetches it', async (t) => {
    const stage = await open(t);
    const get = await begin(stage);
    renameSync(stage.data, `${stage.data}.old`);
    stage.source.go();
    await get.fails(1, /was it moved or removed\?/);
    assert.equal((await goOn(stage)).fetched, torrent.pieces);
  });

  test('SIGINT twice ends it at once, while a tracker is waited for', async (t) => {
    const stage = await open(t, await openSlowTracker(t));
    const get = await begin(stage);
    get.running.child.kill('SIGINT');
    await get.running.line(/the same command goes on from here/);
    const askedAtMs = performance.now();
    get.running.child.kill('SIGINT');
    assert.equal(await get.running.over(), 130);
    assert.ok(performance.now() - askedAtMs < 1500, 'a tracker gets 2.5 s');
    assert.equal((await goOn(stage)).fetched, piecesAfter);
  });
});

/** A tracker that takes an announce, and is silent when a client leaves. Returns its URL. */
async function openSlowTracker(t: TestContext): Promise<string> {
  const body = 'd8:intervali1800e5:peers0:e';
  const server = createServer((socket) => {
    t.after(() => socket.destroy());
    socket.on('error', () => {}); // the client may be killed
    socket.once('data', (request) => {
      if (!request.includes('event=stopped')) socket.end(`HTTP/1.0 200 OK\r\n\r\n${body}`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/announce`;
}
