/** A storage peer in this very process, so that its file calls can be replaced; its FIFOs and its session are real. */
import { join } from 'node:path';
import { BufferPool } from '../../bytes/buffer-pool.ts';
import type { PeerId } from '../../bytes/ids.ts';
import type { FileCalls } from '../../io/files/calls.ts';
import { silentLog } from '../../io/log.ts';
import { PieceStore } from '../../io/pieces/piece-store.ts';
import { PieceServer } from '../../peer/piece-server.ts';
import { registerByHttp } from '../../peer/register.ts';
import { serveFifos } from '../../peer/serve-fifos.ts';
import type { Served } from './served.ts';

const idleBytesMax = 1024 * 1024;

export interface PeerInProcess {
  stop(): Promise<void>;
}

/** Starts a peer in this process; settles once it is registered. */
export async function startPeer({ root, url }: Served, name: string, calls: FileCalls): Promise<PeerInProcess> {
  const id = name as PeerId;
  const directory = join(root, 'peers', name);
  const store = await PieceStore.open(directory, { log: silentLog, calls });
  const pool = new BufferPool(idleBytesMax);
  const stopping = new AbortController();
  let serving: Promise<void> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    serving = serveFifos({
      id,
      directory,
      server: new PieceServer(id, store, pool),
      pool,
      log: silentLog,
      register: registerByHttp(new URL(url)),
      signal: stopping.signal,
      onRegistered: () => resolve(),
    });
    serving.catch(reject);
  });
  return {
    stop: async () => {
      stopping.abort();
      await serving;
      await store.close();
    },
  };
}
