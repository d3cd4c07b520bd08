/** A verified download of 1 GiB from two FIFO peers to curl, beside nginx sending the same file with sendfile. */
import { join } from 'node:path';
import {
  Cleanup,
  compare,
  curlFigure,
  type Row,
  randomFile,
  runDirectly,
  startNginx,
  startRivulet,
  temporaryFolder,
} from './lib.ts';

export async function run(): Promise<Row[]> {
  const cleanup = new Cleanup();
  try {
    const folder = temporaryFolder(cleanup);
    const file = randomFile(join(folder, 'file.bin'), 1024 ** 3);
    const nginx = await startNginx(cleanup, folder);
    if (nginx === null) throw new Error('nginx is not installed');
    const { url } = await startRivulet(cleanup, { peers: 2 });
    await curlFigure('http_code', '-T', file, `${url}/upload/file.bin`);
    const speed = async (address: string): Promise<number> => (await curlFigure('speed_download', address)) / 1e9;
    return [
      await compare(
        { name: 'download of 1 GiB from two FIFO peers, beside nginx sendfile', unit: 'GB/s', target: '>= 0.3' },
        7,
        () => speed(`${url}/download?name=file.bin`),
        () => speed(`${nginx}/file.bin`),
      ),
    ];
  } finally {
    await cleanup.run();
  }
}

await runDirectly(import.meta.url, run);
