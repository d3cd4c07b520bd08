/** Peers that are forgotten, and ids that belong to their folders. */
import assert from 'node:assert/strict';
import { renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '../../io/log.ts';
import { Ledger } from '../catalog/ledger.ts';
import { HolderError, tempHolderId } from '../holders/holder.ts';
import { entryOf, MemoryHolder, peer, someBytes } from '../swarm.testing.ts';
import { ForgetError } from './peer-forgetting.ts';
import { fails, scene } from './registry.testing.ts';

type Scene = Awaited<ReturnType<typeof scene>>;

/** Has `id` register, with a file when there is one, and go again. */
async function comeAndGo({ registry, sessions, folder }: Scene, id: string, holder = new MemoryHolder(id)) {
  sessions.set(id, { holder, end: () => {} });
  const path = folder(id);
  await registry.register(peer(id), path);
  sessions.get(id)?.end(new HolderError('gone', 'killed'));
  return path;
}

const refuses = (work: Promise<unknown>, code: ForgetError['code']): Promise<void> =>
  assert.rejects(work, (error) => error instanceof ForgetError && error.code === code);

test('a forgotten peer counts for nothing, owes nothing, is not tried, and is a newcomer if it comes back', async (t) => {
  const here = await scene(t);
  const { registry, catalog, ledger, clock, tries, downPeers, root } = here;
  const kept = entryOf('kept', someBytes(3000), 1024);
  catalog.add(kept);
  const removed = entryOf('removed', someBytes(100), 1024);
  const holder = new MemoryHolder('p1');
  holder.fill(kept, someBytes(3000));
  await comeAndGo(here, 'p1', holder);
  await ledger.addFiles([removed.record]);
  await ledger.removeFile(removed.record.id);
  ledger.dropped(removed.record.id, tempHolderId);
  assert.ok(ledger.wasRemoved(removed.record.id) && ledger.owes(peer('p1')));
  const missed = here.missedCalls();

  await registry.forget(peer('p1'));
  assert.deepEqual([registry.all(), downPeers.down.peers.size, kept.holdings.size], [[], 0, 0]);
  assert.deepEqual([ledger.wasRemoved(removed.record.id), ledger.peers.size], [false, 0]);
  assert.equal(here.missedCalls(), missed + 1, 'others should make copies at once');
  tries.length = 0;
  clock.ms += 60_000;
  await registry.tick();
  assert.deepEqual(tries, []);
  await refuses(registry.forget(peer('p1')), 'no-such-peer');

  await registry.register(peer('p1'), here.folder('elsewhere'));
  assert.equal(kept.state, 'available', 'what it brings counts again');
  await ledger.close();
  const again = await Ledger.open(join(root, 'metadata'), silentLog);
  t.after(() => again.close());
  assert.deepEqual([...again.peers], [['p1', join(root, 'elsewhere')]]);
});

test('a try that is due while a peer is being forgotten does not bring it back', async (t) => {
  const here = await scene(t);
  await comeAndGo(here, 'p1');
  here.clock.ms += 2000;
  await Promise.all([here.registry.forget(peer('p1')), here.registry.tick()]);
  assert.deepEqual(here.registry.all(), []);
});

test('a peer that is online, or that the configuration names, is not forgotten', async (t) => {
  const { registry, folder, sessions } = await scene(t);
  const directory = folder('p1');
  await registry.register(peer('p1'), directory);
  await refuses(registry.forget(peer('p1')), 'peer-online');
  sessions.get('p1')?.end(new HolderError('gone', 'killed'));
  registry.configure([{ id: peer('p1'), directory }]);
  await refuses(registry.forget(peer('p1')), 'peer-configured');
  registry.configure([]);
  await registry.forget(peer('p1'));
  assert.deepEqual(registry.all(), []);
});

test('a peer that kept nothing is forgotten by itself; one with a piece, or in the configuration, is not', async (t) => {
  const here = await scene(t);
  const { registry, catalog, clock, setReachable } = here;
  const entry = entryOf('a', someBytes(100), 1024);
  catalog.add(entry);
  const holder = new MemoryHolder('keeper');
  holder.fill(entry, someBytes(100));
  await comeAndGo(here, 'keeper', holder);
  registry.configure([{ id: peer('named'), directory: here.folder('named') }]);
  await comeAndGo(here, 'named');
  await comeAndGo(here, 'passing');
  setReachable(false);
  const ids = () => registry.all().map(({ id }) => id);
  clock.ms += 299_999;
  await registry.tick();
  assert.deepEqual(ids(), ['keeper', 'named', 'passing']);
  clock.ms += 1;
  await registry.tick();
  assert.deepEqual(ids(), ['keeper', 'named']);
});

test('an id belongs to its folder: also while nobody is there, after a restart, and when that is gone', async (t) => {
  const here = await scene(t);
  const { registry, folder, root } = here;
  const path = await comeAndGo(here, 'p1');
  const other = folder('other');
  await assert.rejects(registry.register(peer('p1'), other), /"p1" is the peer at .*\/p1 \(offline\).*peers forget p1/);
  symlinkSync(path, join(root, 'link'));
  await registry.register(peer('p1'), join(root, 'link')); // the same folder by another name
  await fails(registry.register(peer('p1'), other), 'taken');

  registry.expect(peer('p2'), folder('p2')); // as after a restart
  await fails(registry.register(peer('p2'), other), 'taken');
  renameSync(join(root, 'p2'), join(root, 'moved'));
  await fails(registry.register(peer('p2'), join(root, 'moved')), 'taken');
  await registry.forget(peer('p2'));
  await registry.register(peer('p2'), join(root, 'moved'));
});

test('the configuration decides where a peer is; nobody forgets it to take its id', async (t) => {
  const here = await scene(t);
  const { registry, folder } = here;
  const old = await comeAndGo(here, 'p1');
  registry.configure([{ id: peer('p1'), directory: folder('new') }]);
  await assert.rejects(registry.register(peer('p1'), old), /the configuration says so/);
  await registry.register(peer('p1'), here.folder('new'));
});
