import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerId } from '../../bytes/ids.ts';
import type { EventView } from '../../protocols/api/event-types.ts';
import { Catalog } from '../../storage/catalog/catalog.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { tempHolderId } from '../../storage/holders/holder.ts';
import { peer } from '../../storage/swarm.testing.ts';
import { type PeersContext, peersFor, peersView } from '../views/build-views.ts';
import { begun, file, ids, told } from './events.testing.ts';
import { HeldTotals } from './held-totals.ts';
import { PeerChanges } from './peers.ts';

/** Peers that a test lets come and go. */
function peersScene() {
  const catalog = new Catalog();
  const known = new Map<string, { id: PeerId; directory: string; online: boolean; lastSeenMs: number }>();
  const wire = new Map<string, { id: PeerId }>();
  const clock = { nowMs: 0, corrupt: 0 };
  const context = {
    catalog,
    registry: { all: () => [...known.values()] },
    wireHolders: { all: () => wire.values() },
    scrubber: { verifiedMs: () => null },
    counters: { corruptPiecesOf: () => clock.corrupt },
  } as unknown as PeersContext;
  const comes = (id: string, online = true): void => {
    known.set(id, { id: peer(id), directory: `/${id}`, online, lastSeenMs: clock.nowMs });
    catalog.setOnline(peer(id), online);
  };
  comes('p1');
  const source = begun(new PeerChanges({ ...context, now: () => clock.nowMs }));
  const next = (passedMs = 100): EventView[] => {
    clock.nowMs += passedMs;
    return told(source.changes(clock.nowMs));
  };
  next(0);
  const nextChanges = () => [...source.changes(clock.nowMs + 100)];
  return { catalog, context, comes, wire, clock, next, nextChanges };
}

test('come, go, and have more or less', () => {
  const { catalog, comes, wire, next } = peersScene();
  assert.deepEqual(next(), []);
  assert.deepEqual(next(10_000), [], 'that it has just been seen is no news');
  comes('p2');
  const [came] = next();
  assert.ok(came?.event === 'peer');
  assert.deepEqual(
    [came.data.id, came.data.state, came.data.files, came.data.last_seen !== null],
    ['p2', 'online', 0, true],
  );
  comes('p1', false);
  const [went, ...more] = next();
  assert.ok(went?.event === 'peer');
  assert.deepEqual([went.data.id, went.data.state, more], ['p1', 'offline', []]);
  const entry = file('a');
  catalog.add(entry);
  next();
  entry.addPiece(peer('p2'), 1);
  const [gained] = next();
  assert.ok(gained?.event === 'peer');
  assert.deepEqual([gained.data.files, gained.data.pieces, gained.data.bytes], [1, 1, 1024]);
  wire.set('w', { id: '192.0.2.1:6881' as PeerId });
  entry.addPiece(tempHolderId, 0);
  assert.deepEqual(ids(next()), [`peer ${tempHolderId}`, 'peer 192.0.2.1:6881']);
  wire.clear();
  entry.removeHolder(tempHolderId);
  assert.deepEqual(ids(next()), [`peer-removed ${tempHolderId}`, 'peer-removed 192.0.2.1:6881']);
});

test('what shows in no version is seen within a second', () => {
  const { clock, next } = peersScene();
  clock.corrupt = 1;
  assert.deepEqual(next(900), []);
  assert.deepEqual(ids(next()), ['peer p1']);
});

test('what they hold in all is what adding it up gives', () => {
  const catalog = new Catalog();
  const { context } = peersScene();
  const held = new HeldTotals(catalog);
  const entries = ['a', 'b', 'c'].map((label) => file(label));
  const holders = ['p1', 'p2', tempHolderId].map(peer);
  let seed = 11;
  const one = <Item>(items: readonly Item[]): Item => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return items[Math.floor((seed / 2_147_483_648) * items.length)] as Item;
  };
  const steps: readonly ((entry: TorrentEntry, id: PeerId) => void)[] = [
    (entry) => catalog.add(entry),
    (entry) => catalog.remove(entry.record.id),
    (entry, id) => entry.addPiece(id, one([0, 1, 2, 3])),
    (entry, id) => entry.addPiece(id, one([0, 1, 2, 3])),
    (entry, id) => entry.removePiece(id, one([0, 1, 2, 3])),
    (entry, id) => entry.setHolding(id, [0, 1, 2, 3], 'stored'),
    (entry, id) => entry.removeHolder(id),
    (_, id) => catalog.setOnline(id, one([true, false])),
  ];
  const view = {
    ...context,
    catalog,
    registry: { all: () => holders.map((id) => ({ id, lastSeenMs: null })) },
  } as unknown as PeersContext;
  for (let step = 0; step < 2000; step += 1) {
    one(steps)(one(entries), one(holders));
    if (one([true, false])) continue;
    held.update();
    assert.deepEqual(peersView(view, 0, held.totals), peersView(view, 0), `step ${step}`);
  }
});

test('a stranger is not told where the folder of a peer is', () => {
  const { context, comes, nextChanges } = peersScene();
  const [shown] = peersView(context, 0).peers;
  assert.equal(shown?.ipc_path, '/p1');
  assert.equal(peersFor(peersView(context, 0), true).peers[0]?.ipc_path, '/p1');
  assert.equal(peersFor(peersView(context, 0), false).peers[0]?.ipc_path, null);
  comes('p2');
  const [change] = nextChanges();
  assert.match(String(change?.bytes), /"ipc_path":"\/p2"/);
  assert.match(String(change?.strangersBytes), /"id":"p2".*"ipc_path":null/);
});
