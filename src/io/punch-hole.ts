/**
 * Gives the blocks of a part of a file back to the file system; the file keeps its length and reads as zeros there.
 * Linux can do it (fallocate(2), FALLOC_FL_PUNCH_HOLE), and Node has no call for it; util-linux's `fallocate` has.
 *
 * A process that is killed leaves the program behind, which finishes what it began.
 */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Settles once the bytes are gone. Fails where the program is missing or of another make, and where the file system
 * cannot do it; nothing has changed then.
 */
export async function punchHole(path: string, offset: number, length: number): Promise<void> {
  await run('fallocate', ['--punch-hole', '--offset', String(offset), '--length', String(length), resolve(path)]);
}
