/**
 * A pair of FIFOs on disk: where they lie, how they are made, and whether a folder that a stranger names may be used.
 *
 *     peers/p1/           mode 0700
 *     peers/p1/requests   the server writes, the peer reads
 *     peers/p1/replies    the peer writes, the server reads
 */
import { execFile } from 'node:child_process';
import { lstat, realpath, rm } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { makeFolder } from '../files/folders.ts';
import { FifoError } from './error.ts';

const run = promisify(execFile);

/** The paths of a pair, absolute, or relative like the folder. */
export interface FifoPair {
  readonly requests: string;
  readonly replies: string;
}

export function fifoPair(directory: string): FifoPair {
  return { requests: join(directory, 'requests'), replies: join(directory, 'replies') };
}

/**
 * Makes `directory` (mode 0700) and a fresh pair of FIFOs in it (0600). Those of an earlier session are replaced, with
 * whatever bytes were left in them; a process that still has them open keeps the old ones, which nobody else will open
 * again. Fails with FifoError when something else than a FIFO is in the way.
 */
export async function makeFifos(directory: string): Promise<FifoPair> {
  await makeFolder(directory, 0o700);
  const pair = fifoPair(resolve(directory));
  await removeFifos(directory);
  await run('mkfifo', ['-m', '600', pair.replies, pair.requests]).catch((error) => {
    throw new FifoError('io', `mkfifo failed: ${error.stderr || error.message}`, { cause: error });
  });
  return pair;
}

/** Removes the pair, if it is there. `requests` goes first: without it nobody can begin a session. */
export async function removeFifos(directory: string): Promise<void> {
  const { requests, replies } = fifoPair(directory);
  for (const path of [requests, replies]) {
    if (await isMissing(path)) continue;
    await assertFifo(path);
    await rm(path, { force: true });
  }
}

/**
 * The real path of `directory`, which must lie inside one of `roots` once every link in it has been followed, and hold
 * the two FIFOs (themselves, not links to some). Fails with FifoError: 'outside', 'not-a-directory', 'not-a-fifo'.
 */
export async function checkFifoDirectory(directory: string, roots: readonly string[]): Promise<string> {
  const path = await realpath(directory).catch((error) => {
    // What is missing elsewhere is 'outside' as well: nobody should find out by this what exists there.
    if (!roots.some((root) => isInside(resolve(directory), resolve(root)))) throw outside(directory);
    throw new FifoError('not-a-directory', `${directory} is not there (${error.code})`, { cause: error });
  });
  // A root that is missing holds nothing.
  const realRoots = await Promise.all(roots.map((root) => realpath(root).catch(() => root)));
  if (!realRoots.some((root) => isInside(path, root))) throw outside(directory);
  if (!(await lstat(path)).isDirectory()) throw new FifoError('not-a-directory', `${directory} is not a folder`);
  const { requests, replies } = fifoPair(path);
  await assertFifo(requests);
  await assertFifo(replies);
  return path;
}

/** The real path of a folder, as `checkFifoDirectory` gives it; the path itself when there is no such folder. */
export function realDirectory(directory: string): Promise<string> {
  return realpath(directory).catch(() => directory);
}

function isInside(path: string, root: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`);
}

function outside(directory: string): FifoError {
  return new FifoError('outside', `${directory} is not inside a folder where peers may be`);
}

async function isMissing(path: string): Promise<boolean> {
  return lstat(path).then(
    () => false,
    (error) => error.code === 'ENOENT',
  );
}

async function assertFifo(path: string): Promise<void> {
  const found = await lstat(path).catch((error) => {
    throw new FifoError('not-a-fifo', `${path} is not there (${error.code})`, { cause: error });
  });
  if (!found.isFIFO()) throw new FifoError('not-a-fifo', `${path} is not a FIFO`);
}
