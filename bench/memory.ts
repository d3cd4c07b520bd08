/** The server's memory: a 3 GiB upload, a 3 GiB download, and 50 downloads at once. */
import { join } from 'node:path';
import {
  Cleanup,
  curlFigure,
  figure,
  peakMemory,
  type Row,
  randomFile,
  runDirectly,
  startRivulet,
  temporaryFolder,
} from './lib.ts';

export async function run(): Promise<Row[]> {
  const cleanup = new Cleanup();
  try {
    const folder = temporaryFolder(cleanup);
    const large = randomFile(join(folder, 'large.bin'), 3 * 1024 ** 3);
    const shared = randomFile(join(folder, 'shared.bin'), 256 * 1024 ** 2);
    const { url, pid } = await startRivulet(cleanup, { peers: 2 });
    const rows: Row[] = [];
    const note = (name: string): void => {
      rows.push(figure(`peak memory after ${name}`, peakMemory(pid), 'MB', '< 160'));
    };
    await curlFigure('http_code', '-T', large, `${url}/upload/large.bin`);
    note('an upload of 3 GiB');
    await curlFigure('http_code', `${url}/download?name=large.bin`);
    note('a download of 3 GiB');
    await curlFigure('http_code', '-T', shared, `${url}/upload/shared.bin`);
    await Promise.all(Array.from({ length: 50 }, () => curlFigure('http_code', `${url}/download?name=shared.bin`)));
    note('50 downloads at once');
    return rows;
  } finally {
    await cleanup.run();
  }
}

await runDirectly(import.meta.url, run);
