/**
 * A lock that lets one process use a folder: two on the same files would spoil each other's work.
 *
 * Each process puts a note `owner.PID.START` into the folder (START is when the process began, so that another one with
 * the same number later is not mistaken for it) and then looks for notes of others. Those of dead processes are
 * removed; one of a living process means that the folder is taken. Because everybody writes before looking, two can
 * never both miss the other; started in the very same moment, they may both give way.
 *
 * Shortcut: processes are told apart by what Linux says of them in /proc. A folder that several machines mount, or
 * containers with process numbers of their own, is not guarded, and neither is any on a system without /proc.
 */
import { constants } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileCalls, isSystemError, nodeFiles } from './calls.ts';
import { removeFile } from './files.ts';

export interface FolderLock {
  /**
   * Releases the folder. Never fails: a note that cannot be removed goes when the next one comes, since its owner is
   * dead by then.
   */
  release(): Promise<void>;
}

/** Thrown when another process uses the folder. */
export class FolderTakenError extends Error {
  readonly pid: number;
  constructor(directory: string, pid: number) {
    super(`${directory} is in use by process ${pid}`);
    this.name = 'FolderTakenError';
    this.pid = pid;
  }
}

/** Takes `directory`, which is there, for this process. Fails with a FolderTakenError. */
export async function lockFolder(directory: string, calls: FileCalls = nodeFiles): Promise<FolderLock> {
  const ownStart = await startOf(process.pid);
  if (ownStart === undefined) return { release: async () => {} };
  const ownName = `owner.${process.pid}.${ownStart}`;
  const ownPath = join(directory, ownName);
  const release = (): Promise<void> => removeFile(ownPath, calls).catch(() => {});
  await (await calls.open(ownPath, constants.O_WRONLY | constants.O_CREAT, 0o600)).close();
  try {
    await lookForOthers(directory, ownName, calls);
  } catch (error) {
    await release();
    throw error;
  }
  return { release };
}

/** Removes the notes of dead processes. Fails with a FolderTakenError when a living one has a note here. */
async function lookForOthers(directory: string, ownName: string, calls: FileCalls): Promise<void> {
  for (const name of await calls.readdir(directory)) {
    const [, pid, start] = noteForm.exec(name) ?? [];
    if (pid === undefined || name === ownName) continue;
    if ((await startOf(Number(pid))) === start) throw new FolderTakenError(directory, Number(pid));
    await removeFile(join(directory, name), calls);
  }
}

const noteForm = /^owner\.(\d{1,10})\.(\d{1,20})$/;

/** The time when process `pid` began, in the kernel's own unit; undefined when there is no such process. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    // proc(5): `pid (name) state ...`; the name may hold anything, so count from its closing parenthesis.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, start] = [fields[0], fields[19]];
    return state === 'Z' ? undefined : start;
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ESRCH')) return undefined;
    throw error;
  }
}
