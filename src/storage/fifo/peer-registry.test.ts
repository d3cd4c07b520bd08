import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HolderError, tempHolderId } from '../holders/holder.ts';
import { entryOf, MemoryHolder, peer, someBytes } from '../swarm.testing.ts';
import { fails, scene } from './registry.testing.ts';

test('a peer that registers is online, with what it has, and is remembered', async (t) => {
  const { registry, catalog, ledger, sessions, folder, onlineCalls } = await scene(t);
  const content = someBytes(3000);
  const entry = entryOf('a', content, 1024);
  catalog.add(entry);
  const holder = new MemoryHolder('p1');
  holder.fill(entry, content);
  sessions.set('p1', { holder, end: () => {} });
  assert.deepEqual(await registry.register(peer('p1'), folder('p1')), { files: 1, pieces: 3 });
  assert.equal(entry.state, 'available');
  assert.deepEqual(
    registry.all().map(({ id, online }) => ({ id, online })),
    [{ id: 'p1', online: true }],
  );
  assert.deepEqual([...ledger.peers.keys()], ['p1']);
  assert.equal(onlineCalls(), 1);
});

test('when its session ends it is offline, and what it has no longer counts', async (t) => {
  const { registry, catalog, sessions, folder, clock } = await scene(t);
  const content = someBytes(3000);
  const entry = entryOf('a', content, 1024);
  catalog.add(entry);
  const holder = new MemoryHolder('p1');
  holder.fill(entry, content);
  sessions.set('p1', { holder, end: () => {} });
  await registry.register(peer('p1'), folder('p1'));
  clock.ms = 2_000_000;
  sessions.get('p1')?.end(new HolderError('gone', 'killed'));
  assert.deepEqual([entry.state, registry.get(peer('p1')), registry.online()], ['unavailable', undefined, []]);
  assert.deepEqual(
    registry.all().map(({ lastSeenMs }) => lastSeenMs),
    [2_000_000],
  );
});

test('registering again from the same folder is no error; from another, while it lives, it is', async (t) => {
  const { registry, folder } = await scene(t);
  const path = folder('p1');
  await registry.register(peer('p1'), path);
  assert.deepEqual(await registry.register(peer('p1'), path), { files: 0, pieces: 0 });
  await fails(registry.register(peer('p1'), folder('other')), 'taken');
  await fails(registry.register(peer('p2'), path), 'taken');
  await fails(registry.register(tempHolderId, path), 'taken');
});

test('a session that no longer answers gives way to a new one, at the same folder', async (t) => {
  const { registry, sessions, folder } = await scene(t);
  const path = folder('p1');
  await registry.register(peer('p1'), path);
  const dead = sessions.get('p1');
  (dead?.holder as MemoryHolder).before = () => {
    throw new HolderError('gone', 'dead');
  };
  sessions.delete('p1');
  await fails(registry.register(peer('p1'), folder('elsewhere')), 'taken');
  await registry.register(peer('p1'), path);
  assert.notEqual(registry.get(peer('p1')), dead?.holder);
  assert.equal(registry.all()[0]?.online, true);
});

test('nobody at the other end, or no such folder', async (t) => {
  const { registry, folder, setReachable } = await scene(t);
  await fails(registry.register(peer('p1'), '/etc'), 'bad-path');
  setReachable(false);
  await fails(registry.register(peer('p1'), folder('p1')), 'nobody');
  assert.deepEqual(registry.all(), []);
});

test('a peer that is expected is tried with growing pauses until it is there', async (t) => {
  const { registry, folder, setReachable, clock, tries } = await scene(t);
  setReachable(false);
  registry.expect(peer('p1'), folder('p1'));
  for (const end = clock.ms + 20_000; clock.ms < end; clock.ms += 1000) await registry.tick();
  assert.deepEqual(
    tries.map(({ ms }) => (ms - 1_000_000) / 1000),
    [0, 1, 3, 7, 15],
  );
  setReachable(true);
  clock.ms += 60_000;
  await registry.tick();
  assert.equal(registry.all()[0]?.online, true);
});

test('a peer that leaves is down for a while, then missed, until it is back', async (t) => {
  const { registry, downPeers, sessions, folder, clock, setReachable, missedCalls } = await scene(t);
  await registry.register(peer('p1'), folder('p1'));
  setReachable(false);
  sessions.get('p1')?.end(new HolderError('gone', 'killed'));
  await registry.tick();
  assert.deepEqual([downPeers.down, missedCalls()], [{ peers: new Set(['p1']), unheard: false }, 0]);
  clock.ms += 30_000;
  await registry.tick();
  assert.deepEqual([downPeers.down.peers.size, missedCalls()], [0, 1]);
  setReachable(true);
  await registry.register(peer('p1'), folder('p1'));
  sessions.get('p1')?.end(new HolderError('gone', 'killed'));
  assert.deepEqual([...downPeers.down.peers], ['p1'], 'its time begins anew');
});

test('a peer that is expected is waited for as one whose pieces are not known', async (t) => {
  const { registry, downPeers, folder } = await scene(t);
  registry.expect(peer('p1'), folder('p1'));
  assert.deepEqual(downPeers.down, { peers: new Set(['p1']), unheard: true });
  await registry.register(peer('p1'), folder('p1'));
  registry.expect(peer('p1'), folder('p1'));
  assert.equal(downPeers.down.peers.size, 0);
});

test('what was removed while a peer was away it is told to drop; what is merely unknown it may keep', async (t) => {
  const { registry, ledger, sessions, folder } = await scene(t);
  const [removed, unknown] = ['removed', 'unknown'].map((name) => entryOf(name, someBytes(100, name), 1024));
  assert.ok(removed && unknown);
  await ledger.rememberPeer(peer('p1'), folder('p1'));
  await ledger.addFiles([removed.record]);
  await ledger.removeFile(removed.record.id);
  ledger.dropped(removed.record.id, tempHolderId);
  const holder = new MemoryHolder('p1');
  holder.fill(removed, someBytes(100, 'removed'));
  holder.fill(unknown, someBytes(100, 'unknown'));
  sessions.set('p1', { holder, end: () => {} });
  await registry.register(peer('p1'), folder('p1'));
  assert.deepEqual([...holder.files.keys()], [unknown.record.id]);
  assert.equal(ledger.wasRemoved(removed.record.id), false, 'nobody has anything of it any more');
});

test('a removed file that a peer could not drop, or that another may have, stays remembered', async (t) => {
  const { registry, ledger, sessions, folder } = await scene(t);
  const entry = entryOf('removed', someBytes(100), 1024);
  for (const id of ['p1', 'p2']) await ledger.rememberPeer(peer(id), folder(id));
  await ledger.removeFile(entry.record.id);
  ledger.dropped(entry.record.id, tempHolderId);
  const holder = new MemoryHolder('p1');
  holder.fill(entry, someBytes(100));
  holder.before = (operation) => {
    if (operation === 'drop') throw new HolderError('io', 'broken');
  };
  sessions.set('p1', { holder, end: () => {} });
  await registry.register(peer('p1'), folder('p1'));
  await registry.register(peer('p2'), folder('p2'));
  assert.ok(ledger.wasRemoved(entry.record.id));
  holder.before = () => {};
  await registry.register(peer('p1'), folder('p1'));
  assert.equal(ledger.wasRemoved(entry.record.id), false);
});

test('a session that is over before anybody had it is no crash', async (t) => {
  const { registry, folder } = await scene(t);
  await fails(registry.register(peer('hasty'), folder('hasty')), 'nobody');
  assert.deepEqual(registry.online(), []);
});

test('after it has retired it takes on nobody', async (t) => {
  const { registry, folder } = await scene(t);
  registry.retire();
  await fails(registry.register(peer('p1'), folder('p1')), 'nobody');
});
