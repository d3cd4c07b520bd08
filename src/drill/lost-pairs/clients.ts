/** The requests of clients while a pair of peers is lost. */
import { upload } from '../client.ts';
import { pick } from '../random.ts';
import { filesWith, type Pair, type Scene } from './scene.ts';
import { type StoredFile, type TimedDownload, timedDownload } from './timed-download.ts';

/**
 * The rest of what clients do, called once the pair is lost; settles when every client has what it asked for, or has
 * given up.
 */
export type Rest = () => Promise<TimedDownload[]>;

const uploadBytes = 8 * 1024 * 1024;

/**
 * Many clients: in the middle of large downloads and of an upload when the pair is lost; then all files are asked for
 * at once.
 */
export async function manyClients({ server: { url }, large, small, random }: Scene): Promise<Rest> {
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const begun = await Promise.all(large.map((file) => beginDownload(url, file, released)));
  const seed = random().toString(36).slice(2);
  const uploading = upload(url, [{ name: `late-${seed}`, seed, length: uploadBytes }], 'raw');
  return async () => {
    release();
    const downloads = [...large, ...small].map((file) => timedDownload(url, file));
    const timed = await Promise.all([...begun.map(({ finished }) => finished), ...downloads]);
    await uploading; // whether it was taken is no question here: it was in the way
    return timed;
  };
}

/**
 * One client: nothing is under way when the pair is lost; then one file is asked for of which both have a copy, and
 * then a large one.
 */
export async function oneClient(scene: Scene, pair: Pair): Promise<Rest> {
  const { both } = await filesWith(scene, pair);
  const files = [pick(scene.random, both), pick(scene.random, scene.large)];
  return async () => {
    const timed: TimedDownload[] = [];
    for (const file of files) timed.push(await timedDownload(scene.server.url, file));
    return timed;
  };
}

/** Settles when the first bytes are there; the client reads on when `released` settles. */
async function beginDownload(server: string, file: StoredFile, released: Promise<void>) {
  let onBegun: () => void = () => {};
  const begun = new Promise<void>((resolve) => {
    onBegun = resolve;
  });
  const finished = timedDownload(server, file, () => {
    onBegun();
    return released;
  });
  await Promise.race([begun, finished]);
  return { finished };
}
