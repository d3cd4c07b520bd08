/**
 * Requests per second for `GET /files` while files are uploaded and copied to peers, one after the other, beside the same
 * while nothing happens: what it costs that a listing is made anew whenever it has changed. Driven by wrk with one thread
 * over 16 connections that are kept open.
 */
import { join } from 'node:path';
import {
  Cleanup,
  compare,
  curlFigure,
  type Row,
  randomFile,
  runDirectly,
  startRivulet,
  temporaryFolder,
} from './lib.ts';
import { requestsPerSecond } from './small-requests.ts';

const rounds = 5;
const uploadBytes = 32 * 1024 ** 2;
/** A short list, and the longest page that there is. */
const listedFiles = [10, 1000];

export async function run(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const files of listedFiles) rows.push(await runWith(files));
  return rows;
}

async function runWith(files: number): Promise<Row> {
  const cleanup = new Cleanup();
  try {
    const path = randomFile(join(temporaryFolder(cleanup), 'upload.bin'), uploadBytes);
    const { url } = await startRivulet(cleanup, { peers: 2 });
    for (let number = 1; number <= files; number += 1) {
      const { status } = await fetch(`${url}/upload?name=file-${number}`, { method: 'POST', body: `file ${number}\n` });
      if (status !== 201) throw new Error(`the upload was answered with ${status}`);
    }
    const rate = () => requestsPerSecond(`${url}/files`, ['-c16', '-d3']);
    const name = `GET /files of ${files} files during uploads, beside the same without`;
    return await compare({ name, unit: 'requests/s', target: '-' }, rounds, () => duringUploads(url, path, rate), rate);
  } finally {
    await cleanup.run();
  }
}

/** What `measure` finds while the file at `path` is uploaded and removed again and again. */
async function duringUploads(url: string, path: string, measure: () => Promise<number>): Promise<number> {
  let over = false;
  const uploads = async (): Promise<void> => {
    while (!over) {
      await curlFigure('time_total', '-T', path, `${url}/upload/upload.bin`);
      const { id } = (await (await fetch(`${url}/file?name=upload.bin`)).json()) as { id: string };
      await fetch(`${url}/file?id=${id}`, { method: 'DELETE' });
    }
  };
  const uploading = uploads();
  const figure = await measure();
  over = true;
  await uploading;
  return figure;
}

await runDirectly(import.meta.url, run);
