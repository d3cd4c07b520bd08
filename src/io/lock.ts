/**
 * A folder that one process at a time may use: the file `lock` in it names the owner. What a dead process left behind is
 * taken over, also when its number has been given to another process meanwhile.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError, makeDirectory, removeFile } from './files.ts';

/** Somebody else uses the folder; the message says who. */
export class FolderInUse extends Error {
  constructor(directory: string, owner: string) {
    super(`${directory} is in use by process ${owner.split(' ', 1)[0]}`);
    this.name = 'FolderInUse';
  }
}

/** Takes `directory`, which is made if it is missing, for this process. Answers how to let it go. Fails with FolderInUse. */
export async function lockFolder(directory: string): Promise<() => Promise<void>> {
  await makeDirectory(directory, 0o700);
  const path = join(directory, 'lock');
  const self = await describeProcess(process.pid);
  for (;;) {
    try {
      await writeFile(path, self, { flag: 'wx', mode: 0o600 });
      return () => removeFile(path);
    } catch (error) {
      if (!isSystemError(error, 'EEXIST')) throw error;
    }
    const owner = await readFile(path, 'utf8').catch(() => ''); // it was let go just now: try again
    if (owner !== '' && (await isAlive(owner))) throw new FolderInUse(directory, owner);
    await removeFile(path);
  }
}

/** `PID START`: the start time tells a process from a later one of the same number. It is empty where there is no /proc. */
async function describeProcess(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // proc(5): the second field is the command in parentheses, which may hold anything; START is the 22nd of all.
  const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  return `${pid} ${start}\n`;
}

async function isAlive(owner: string): Promise<boolean> {
  const pid = Number(/^[0-9]+/.exec(owner)?.[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (isSystemError(error, 'ESRCH')) return false;
  }
  return (await describeProcess(pid)) === owner;
}
