import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import { ipBytes } from '../../bytes/ip.ts';
import { Catalog } from '../../storage/catalog/catalog.ts';
import { entryOf, someBytes } from '../../storage/swarm.testing.ts';
import { createOwnPeer } from './own-peer.ts';

test('our seeder is in the swarms of the files that can be had here, where the client reached us', () => {
  const catalog = new Catalog();
  const entry = entryOf('a.bin', someBytes(3000), 1024);
  catalog.add(entry);
  const clock = { ms: 0 };
  const peerId = Buffer.alloc(20, 'own');
  const ownPeer = createOwnPeer({ catalog, port: 6881, peerId, clock: { now: () => clock.ms } });
  const address = ipBytes('10.0.0.1');
  const { id } = entry.record;

  assert.equal(ownPeer(id, address), undefined);
  for (let part = 0; part < entry.pieces; part += 1) entry.addPiece('p1' as PeerId, part, 'stored');
  entry.setOnline('p1' as PeerId, true);
  assert.equal(ownPeer(id, address), undefined, 'looked at a moment ago');
  clock.ms += 1000;
  assert.deepEqual(ownPeer(id, address), { address, port: 6881, peerId });
  assert.equal(ownPeer('00'.repeat(20) as TorrentId, address), undefined);
  catalog.remove(id);
  assert.equal(ownPeer(id, address), undefined);
});
