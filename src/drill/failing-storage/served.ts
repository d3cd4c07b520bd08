/** The server in this very process, so that its file calls can be replaced; everything else is real. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileCalls } from '../../io/files/calls.ts';
import { silentLog } from '../../io/log.ts';
import { loadConfig } from '../../server/config/config.ts';
import { openServer, type Server } from '../../server/server.ts';
import { drillConfig } from '../processes.ts';

export interface Served {
  /** The server's URL: `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly root: string;
  close(): Promise<void>;
}

/** No background work of its own: file calls come only when somebody asks for something. */
const quietConfig = { piece_size: 16_384, replicas: 2, scrub_days: 0, repair_delay: 0 };

/** Opens the server in `root`, which is made; fails as it does. */
export async function serve(root: string, calls: FileCalls): Promise<Served> {
  await mkdir(join(root, 'peers'), { recursive: true });
  await writeFile(join(root, 'config.json'), JSON.stringify({ ...drillConfig, ...quietConfig }));
  const { config } = loadConfig({ root });
  const server = await openServer({ config, root, log: silentLog, calls });
  await server.becomeReady(new AbortController().signal);
  return { url: urlOf(server), root, close: () => close(server) };
}

function urlOf(server: Server): string {
  const door = server.listeners.find(({ name }) => name === 'http');
  if (door === undefined) throw new Error('a server has an HTTP door');
  return door.address;
}

async function close(server: Server): Promise<void> {
  await server.drain();
  await server.close();
}
