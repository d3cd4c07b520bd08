/**
 * An upload of 1 GiB, two copies on two peers, acknowledged when durable, beside a node:http server that writes the
 * body to one file and fsyncs it.
 */

import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
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

/** Fewer where the disk is slow: `BENCH_MIB=256 npm run bench -- upload`. */
const mebibytes = Number(process.env.BENCH_MIB ?? 1024);

export async function run(): Promise<Row[]> {
  const cleanup = new Cleanup();
  try {
    const folder = temporaryFolder(cleanup);
    const bytes = mebibytes * 1024 ** 2;
    const file = randomFile(join(folder, 'file.bin'), bytes);
    const plain = await startPlainServer(cleanup, folder);
    const { url } = await startRivulet(cleanup, { peers: 2 });
    let uploads = 0;
    const speed = async (address: string): Promise<number> =>
      bytes / 1e9 / (await curlFigure('time_total', '-T', file, address));
    return [
      await compare(
        {
          name: `durable upload of ${mebibytes} MiB, 2 replicas, beside node:http writing one file`,
          unit: 'GB/s',
          target: '>= 0.25',
        },
        3,
        async () => {
          uploads += 1;
          const name = `file${uploads}.bin`;
          const result = await speed(`${url}/upload/${name}`);
          await removeByName(url, name);
          return result;
        },
        () => speed(`${plain}/file.bin`),
      ),
    ];
  } finally {
    await cleanup.run();
  }
}

async function removeByName(url: string, name: string): Promise<void> {
  const { id } = (await (await fetch(`${url}/file?name=${name}`)).json()) as { id: string };
  await fetch(`${url}/file?id=${id}`, { method: 'DELETE' });
}

async function startPlainServer(cleanup: Cleanup, folder: string): Promise<string> {
  const program = fileURLToPath(new URL('plain-upload-server.mjs', import.meta.url));
  const child = startProcess(cleanup, process.execPath, [program, join(folder, 'plain.bin')]);
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) return line;
  throw new Error('the plain server did not start');
}

await runDirectly(import.meta.url, run);
