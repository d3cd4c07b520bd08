import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Directory } from '../../directory/directory.ts';
import type { TransferView } from '../../protocols/api/types.ts';
import { name } from '../../protocols/directory/directory.testing.ts';
import { Catalog } from '../../storage/catalog/catalog.ts';
import { peer } from '../../storage/swarm.testing.ts';
import type { PeersContext } from '../views/build-views.ts';
import { DirectoryChanges } from './directory.ts';
import { file } from './events.testing.ts';
import { FileChanges } from './files.ts';
import { PeerChanges } from './peers.ts';
import { PieceChanges } from './pieces.ts';
import { TransferChanges } from './transfers.ts';

/** Every source, and something that changes each of them. */
function sources() {
  const [catalog, directory] = [new Catalog(), new Directory()];
  const transfers: TransferView[] = [];
  const context = {
    catalog,
    registry: { all: () => [{ id: peer('p1'), directory: '/p1', online: true, lastSeenMs: null }] },
    wireHolders: { all: () => [] },
    scrubber: { verifiedMs: () => null },
    counters: { corruptPiecesOf: () => 0 },
  } as unknown as PeersContext;
  const change = (label: string): void => {
    const entry = file(label);
    entry.addPiece(peer('p1'), 0);
    catalog.add(entry);
    directory.addUser(name(label), { address: '127.0.0.1', port: 9000 });
    transfers.push({ id: label } as TransferView);
  };
  const all = [
    new FileChanges(catalog),
    new PieceChanges({ catalog, holders: { get: () => undefined } }),
    new PeerChanges({ ...context, now: () => 0 }),
    new TransferChanges(() => transfers),
    new DirectoryChanges(directory),
  ];
  return { all, change };
}

for (const { topic } of sources().all) {
  test(`${topic}: what came before it began, or after it ended, is not told`, () => {
    const { all, change } = sources();
    const source = all.find((each) => each.topic === topic) ?? assert.fail();
    for (const label of ['a', 'b']) {
      change(`${label}1`);
      source.begin();
      assert.deepEqual([...source.changes(0)], []);
      change(`${label}2`);
      assert.equal([...source.changes(0)].length, 1);
      source.end();
    }
  });
}
