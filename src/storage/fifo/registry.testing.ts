/** A registry for tests: with sessions in memory, and a clock that is set by hand. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { checkFifoDirectory, realDirectory } from '../../io/fifo/files.ts';
import { silentLog } from '../../io/log.ts';
import { tempFolder } from '../../io/temp-folder.testing.ts';
import { Catalog } from '../catalog/catalog.ts';
import { Ledger } from '../catalog/ledger.ts';
import { DownPeers } from '../holders/down-peers.ts';
import { HolderError } from '../holders/holder.ts';
import { MemoryHolder } from '../swarm.testing.ts';
import { PassingPeers } from './passing-peers.ts';
import { PeerRegistry, RegistrationError } from './peer-registry.ts';

/** Sessions in memory instead of over FIFOs; the folders and FIFOs are real, since the registry looks at them. */
export async function scene(t: TestContext) {
  const root = tempFolder(t);
  const catalog = new Catalog();
  const ledger = await Ledger.open(join(root, 'metadata'), silentLog);
  t.after(() => ledger.close());
  const clock = { ms: 1_000_000 };
  const sessions = new Map<string, { holder: MemoryHolder; end: (reason: HolderError) => void }>();
  let reachable = true;
  const tries: { id: string; ms: number }[] = [];
  let onlineCalls = 0;
  let missedCalls = 0;
  const downPeers = new DownPeers(30_000, { now: () => clock.ms });
  const registry = new PeerRegistry({
    catalog,
    ledger,
    checkDirectory: (directory) => checkFifoDirectory(directory, [root]),
    openSession: async (id, _directory, onClose) => {
      tries.push({ id, ms: clock.ms });
      if (!reachable) throw new HolderError('gone', 'nobody reads');
      const holder = sessions.get(id)?.holder ?? new MemoryHolder(id);
      sessions.set(id, { holder, end: onClose });
      if (id === 'hasty') onClose(new HolderError('protocol', 'garbage right behind the answer to HELLO'));
      return Object.assign(holder, { close: () => onClose(new HolderError('gone', 'closed')) });
    },
    onOnline: () => {
      onlineCalls += 1;
    },
    downPeers,
    passingPeers: new PassingPeers(30_000),
    realDirectory,
    rememberedPath: async (path) => path,
    onOut: () => {
      missedCalls += 1;
    },
    log: silentLog,
    clock: { now: () => clock.ms },
    now: () => clock.ms,
  });
  const folder = (name: string): string => {
    const path = join(root, name);
    spawnSync('sh', ['-c', `mkdir -p ${path} && mkfifo ${path}/requests ${path}/replies`]);
    return path;
  };
  return {
    registry,
    catalog,
    ledger,
    clock,
    sessions,
    tries,
    root,
    folder,
    setReachable: (value: boolean) => {
      reachable = value;
    },
    onlineCalls: () => onlineCalls,
    missedCalls: () => missedCalls,
    downPeers,
  };
}

/** Settles when `work` fails with a RegistrationError of that code. */
export const fails = (work: Promise<unknown>, code: RegistrationError['code']): Promise<void> =>
  assert.rejects(work, (error) => error instanceof RegistrationError && error.code === code);
