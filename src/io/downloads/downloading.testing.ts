/**
 * A process that downloads, for tests that kill it. The folder is an argument; on each line of stdin, a word and a
 * number, it does something, and answers `done`:
 *
 *     write 3
 *     sync 0
 */
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { silentLog } from '../log.ts';
import type { Download } from './download.ts';
import { dataPath, pieceOf, treeSample } from './downloads.testing.ts';
import { Layout } from './layout.ts';
import { openDownload } from './open-download.ts';

const sample = treeSample();
const layout = new Layout(sample.file);
const directory = process.argv[2] as string;
const found = await openDownload({ directory, file: sample.file, overwrite: false, log: silentLog });
if (found.kind !== 'open') throw new Error('it is there');
process.stdout.write('done\n');
for await (const line of createInterface({ input: process.stdin })) {
  const [word, pieceIndex] = line.split(' ');
  if (word === 'write') await write(found.download, Number(pieceIndex));
  if (word === 'sync') await found.download.sync();
  process.stdout.write('done\n');
}

async function write(download: Download, pieceIndex: number): Promise<void> {
  await download.write(pieceIndex, pieceOf(sample, pieceIndex));
  for (const file of layout.filesOf(pieceIndex)) {
    // The time of a file goes on in steps of some milliseconds: as if one had come since the latest sync.
    utimesSync(join(dataPath(directory, sample), ...(layout.files[file]?.path ?? [])), new Date(), new Date());
  }
}
