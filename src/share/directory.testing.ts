/** A directory for tests: with a real listener, in this process. */
import type { TestContext } from 'node:test';
import { createDirectoryCounters } from '../directory/counters.ts';
import { Directory, type DirectoryBounds } from '../directory/directory.ts';
import { silentLog } from '../io/log.ts';
import { DirectoryListener } from '../server/directory/listener.ts';

export async function openDirectory(t: TestContext, port = 0, bounds: Partial<DirectoryBounds> = {}) {
  const directory = new Directory(bounds);
  const options = { host: '127.0.0.1', port, directory, counters: createDirectoryCounters(), log: silentLog };
  const listener = await DirectoryListener.open({ ...options, connectionsMax: 10 });
  let open = true;
  const close = async (): Promise<void> => {
    if (open) await listener.close();
    open = false;
  };
  t.after(close);
  const filesOf = (user: string): string[] =>
    [...directory.users()].filter(({ name }) => name === user).flatMap(({ files }) => [...files]);
  return { directory, port: listener.port, close, filesOf };
}
