/**
 * The restart of a server with many files: the time from `kill -9` to `ready`, and whether all files are there then.
 */
import { inParallel } from '../../async/in-parallel.ts';
import { type Content, listFiles, upload } from '../client.ts';
import type { DrillReport } from '../drill.ts';
import { untilPeersAreBack } from '../patience.ts';
import { median } from '../statistics.ts';
import { checkDownloads, type Scene } from './checks.ts';

const restarts = 5;
/** The number of files, evenly chosen, that are downloaded afterwards; all are looked for in the list. */
const downloads = 200;
/** The number of files in a form, which is one commit: the quick way to have many files. */
const filesPerForm = 250;
const formsAtOnce = 4;

export interface ManyFiles {
  readonly count: number;
  /** The longest time that a restart may take. */
  readonly restartMaxMs: number;
}

/** Adds `count` small files, and kills and starts the server again and again. */
export async function measureRestarts(scene: Scene, { count, restartMaxMs }: ManyFiles): Promise<DrillReport> {
  const { server } = scene;
  const files = new Map(Array.from({ length: count }, (_, index) => smallFile(index)).map((file) => [file.name, file]));
  const failures = await uploadAll(server.url, [...files.values()]);
  const timesMs: number[] = [];
  for (let done = 0; done < restarts; done += 1) {
    await server.kill();
    const started = performance.now();
    await server.start();
    timesMs.push(Math.round(performance.now() - started));
  }
  // The middle one: a single start can be held up by whatever else this machine does.
  const restartMs = median(timesMs);
  if (restartMs > restartMaxMs) failures.push(`a restart with ${count} files more takes ${restartMs} ms`);
  failures.push(...(await checkFiles(scene, files)));
  const facts = {
    'many files': count,
    'restart with them, median ms': restartMs,
    'restart with them, max ms': Math.max(...timesMs),
  };
  return { facts, failures };
}

function smallFile(index: number): Content {
  return { name: `many-${index}.txt`, seed: `many-${index}`, length: 1 + (index % 1000) };
}

async function uploadAll(url: string, files: readonly Content[]): Promise<string[]> {
  const failures: string[] = [];
  const starts = Array.from({ length: Math.ceil(files.length / filesPerForm) }, (_, form) => form * filesPerForm);
  await inParallel(starts, formsAtOnce, async (start) => {
    const form = files.slice(start, start + filesPerForm) as [Content, ...Content[]];
    const outcome = await upload(url, form, 'form');
    if (outcome.kind !== 'done') failures.push(`a form of ${form.length} files: ${outcome.kind}, ${outcome.detail}`);
  });
  return failures;
}

async function checkFiles(scene: Scene, files: ReadonlyMap<string, Content>): Promise<string[]> {
  const failures = await untilPeersAreBack(scene.server, scene.peers, scene);
  const listed = (await listFiles(scene.server.url)).filter(({ name }) => files.has(name));
  const step = Math.ceil(listed.length / downloads);
  const chosen = listed.filter((_, index) => index % step === 0);
  if (listed.length !== files.size) failures.push(`${files.size} files were acknowledged, ${listed.length} are listed`);
  failures.push(...(await checkDownloads(scene, { get: ({ name }) => files.get(name) }, chosen)));
  return failures;
}
