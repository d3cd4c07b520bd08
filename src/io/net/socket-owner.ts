/**
 * The user at the other end of a loopback connection, by Linux' tables of sockets. Everything that cannot be seen (no
 * /proc, another system, another network namespace, too long a table) is "unknown", and never an error.
 */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { clientEntries, ownerIn, type SocketEnds } from '../../bytes/socket-table.ts';

/** Bytes of a table that are read: some 400,000 sockets. */
const tableBytesMax = 64 * 1024 * 1024;
/** The time for a table: a client waits meanwhile. */
const tableMs = 5_000;

/** The uid of the process at the remote end; undefined when it cannot be seen. `folder` is for tests. */
export async function socketOwner(ends: SocketEnds, folder = '/proc/net'): Promise<number | undefined> {
  const entries = clientEntries(ends);
  for (const table of ['tcp', 'tcp6']) {
    const owner = await ownerInTable(`${folder}/${table}`, entries);
    if (owner !== undefined) return (await isCertain(owner)) ? owner : undefined;
  }
  return undefined;
}

async function ownerInTable(path: string, entries: readonly string[]): Promise<number | undefined> {
  try {
    const input = createReadStream(path, { end: tableBytesMax, signal: AbortSignal.timeout(tableMs) });
    let failure: Error | undefined;
    input.once('error', (error) => {
      failure = error;
      lines.close();
    });
    const lines = createInterface({ input });
    try {
      for await (const line of lines) {
        const owner = ownerIn(line, entries);
        if (owner !== undefined) return owner;
      }
    } finally {
      input.destroy();
    }
    if (failure !== undefined) throw failure;
  } catch {
    // Unknown: the caller asks for the token instead.
  }
  return undefined;
}

/** Whether `uid` is one user's: users whom our user namespace does not know all look like the overflow uid. */
async function isCertain(uid: number): Promise<boolean> {
  try {
    const map = await readFile('/proc/self/uid_map', 'utf8');
    if (map.trim().split(/\s+/).join(' ') === '0 0 4294967295') return true;
    return Number(await readFile('/proc/sys/kernel/overflowuid', 'utf8')) !== uid;
  } catch {
    return false; // without a map nothing is certain
  }
}
