/** 1 GiB to one libtorrent client, from our two FIFO peers by the wire door, beside libtorrent seeding the same file. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  Cleanup,
  compare,
  curlFigure,
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

export async function run(): Promise<Row[]> {
  const cleanup = new Cleanup();
  try {
    const folder = temporaryFolder(cleanup);
    const file = randomFile(join(folder, 'file.bin'), 1024 ** 3);
    const { url, wire } = await startRivulet(cleanup, { peers: 2 });
    await curlFigure('http_code', '-T', file, `${url}/upload/file.bin`);
    const torrent = join(folder, 'file.torrent');
    await promisify(execFile)('curl', ['-sSf', '-o', torrent, `${url}/torrent?name=file.bin`]);
    const seedFolder = join(folder, 'seed');
    mkdirSync(seedFolder);
    linkSync(file, join(seedFolder, 'file.bin'));
    const seeder = startProcess(cleanup, python, [client, 'seed', torrent, seedFolder]);
    const [line] = (await once(createInterface({ input: seeder.stdout as NodeJS.ReadableStream }), 'line')) as [string];
    const { port } = JSON.parse(line) as { port: number };
    const speed = async (peer: string): Promise<number> => {
      const into = join(folder, 'got');
      rmSync(into, { recursive: true, force: true });
      mkdirSync(into);
      const { stdout } = await promisify(execFile)(python, [client, 'get', torrent, into, peer]);
      const { seconds, bytes } = JSON.parse(stdout) as { seconds: number; bytes: number };
      return bytes / seconds / 1e6;
    };
    return [
      await compare(
        { name: 'seeding 1 GiB to one libtorrent client, beside libtorrent', unit: 'MB/s', target: '>= 1' },
        5,
        () => speed(wire),
        () => speed(`127.0.0.1:${port}`),
      ),
    ];
  } finally {
    await cleanup.run();
  }
}

await runDirectly(import.meta.url, run);
