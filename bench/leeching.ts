/**
 * `rivulet get` of 1 GiB from one libtorrent seeder, beside libtorrent downloading the same from it; and from our own
 * server. Ours is timed until the file is on stable storage and has its name; libtorrent until it says that it has
 * everything, which is in memory.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseTorrent } from '../src/protocols/metainfo/read.ts';
import { assembleTorrent } from '../src/protocols/metainfo/write.ts';
import {
  Cleanup,
  compare,
  curlFigure,
  main,
  median,
  peakMemory,
  type Row,
  randomFile,
  runDirectly,
  startProcess,
  startRivulet,
  temporaryFolder,
} from './lib.ts';

const client = fileURLToPath(new URL('../test/clients/libtorrent_client.py', import.meta.url));
/** Debian's, which has the binding; another Python may come first in PATH. */
const python = '/usr/bin/python3';

interface Got {
  /** MB/s. */
  readonly speed: number;
  /** MB. */
  readonly memory: number;
}

async function rivuletGet(torrent: string, into: string, peer: string): Promise<Got> {
  rmSync(into, { recursive: true, force: true });
  const child = spawn(process.execPath, [main, 'get', torrent, '-o', into, '--peer', peer, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let memory = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    memory = Math.max(memory, peakMemory(child.pid as number));
    const { event, length, seconds } = JSON.parse(line);
    if (event === 'done') return { speed: length / seconds / 1e6, memory };
  }
  throw new Error('rivulet get ended without a file');
}

async function libtorrentGet(torrent: string, into: string, peer: string): Promise<number> {
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into);
  const { stdout } = await promisify(execFile)(python, [client, 'get', torrent, into, peer]);
  const { seconds, bytes } = JSON.parse(stdout) as { seconds: number; bytes: number };
  return bytes / seconds / 1e6;
}

export async function run(): Promise<Row[]> {
  const cleanup = new Cleanup();
  try {
    const folder = temporaryFolder(cleanup);
    const seedFolder = join(folder, 'seed');
    const into = join(folder, 'got');
    mkdirSync(seedFolder);
    const file = randomFile(join(folder, 'file.bin'), 1024 ** 3);
    linkSync(file, join(seedFolder, 'file.bin'));
    const { url, wire } = await startRivulet(cleanup, { peers: 2 });
    await curlFigure('http_code', '-T', file, `${url}/upload/file.bin`);
    const { stdout: bytes } = await promisify(execFile)('curl', ['-sSf', `${url}/torrent?name=file.bin`], {
      encoding: 'buffer',
      maxBuffer: 1 << 24,
    });
    // Without trackers: each is to download from the one peer that it is told.
    const torrent = join(folder, 'file.torrent');
    const { info } = parseTorrent(bytes);
    writeFileSync(torrent, assembleTorrent(info.raw, { creationDate: 0, trackers: [], webSeeds: [] }));
    const seeder = startProcess(cleanup, python, [client, 'seed', torrent, seedFolder]);
    const [line] = (await once(createInterface({ input: seeder.stdout as NodeJS.ReadableStream }), 'line')) as [string];
    const seed = `127.0.0.1:${(JSON.parse(line) as { port: number }).port}`;
    const memories: number[] = [];
    const get = async (peer: string): Promise<number> => {
      const { speed, memory } = await rivuletGet(torrent, into, peer);
      memories.push(memory);
      return speed;
    };
    const fromLibtorrent = await compare(
      { name: 'rivulet get of 1 GiB from libtorrent, beside libtorrent', unit: 'MB/s', target: '>= 0.8' },
      5,
      () => get(seed),
      () => libtorrentGet(torrent, into, seed),
    );
    const fromUs = await compare(
      { name: 'rivulet get of 1 GiB from our server, beside from libtorrent', unit: 'MB/s', target: '>= 1' },
      5,
      () => get(wire),
      () => get(seed),
    );
    const most = Math.max(...memories);
    return [
      fromLibtorrent,
      fromUs,
      {
        name: 'rivulet get, peak memory',
        ours: most,
        theirs: null,
        ratio: median(memories),
        unit: 'MB',
        target: '< 200',
      },
    ];
  } finally {
    await cleanup.run();
  }
}

await runDirectly(import.meta.url, run);
