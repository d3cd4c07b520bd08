import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { PieceTreeHasher } from '../../protocols/metainfo/merkle.ts';
import type { PieceTree } from '../../protocols/metainfo/types.ts';
import { Catalog } from '../catalog/catalog.ts';
import { type LearntFacts, TorrentEntry } from '../catalog/torrent-entry.ts';
import { fetchContext, gate, MemoryHolder, recordOf, someBytes } from '../swarm.testing.ts';
import { PieceUnavailable } from './fetch.ts';
import { PieceTrees } from './piece-trees.ts';

const pieceLength = 16_384;
const content = someBytes(100_000);

function scene({ sha256 }: { sha256?: null } = {}) {
  const catalog = new Catalog();
  const entry = new TorrentEntry({ ...recordOf('a', content, pieceLength), ...(sha256 === null && { sha256 }) });
  catalog.add(entry);
  const holder = new MemoryHolder('p1');
  holder.fill(entry, content);
  const learnt: LearntFacts[] = [];
  const ledger = { learn: async (_id: unknown, facts: LearntFacts) => void learnt.push(facts) };
  return { catalog, entry, holder, learnt, trees: new PieceTrees({ catalog, ledger, fetch: fetchContext([holder]) }) };
}

function treeOf(bytes: Buffer): PieceTree {
  const hasher = new PieceTreeHasher(bytes.length, pieceLength);
  for (let at = 0; at < bytes.length; at += pieceLength) hasher.update(bytes.subarray(at, at + pieceLength));
  return hasher.finish();
}

test('a tree is made once, however many ask, and remembered', async () => {
  const { entry, holder, learnt, trees, catalog } = scene();
  const [one, two] = await Promise.all([trees.of(entry), trees.of(entry)]);
  assert.deepEqual(one, treeOf(content));
  assert.equal(one, two);
  assert.equal(await trees.of(entry), one);
  assert.equal(holder.asked.length, entry.pieces);
  assert.deepEqual(learnt, [{ tree: one }]);
  assert.equal(catalog.byInfoHash(entry.infoHashV2 as string), entry);
});

test('the SHA-256 of a file that nobody here had seen whole is found out by the way', async () => {
  const { entry, learnt, trees } = scene({ sha256: null });
  const tree = await trees.of(entry);
  const sha256 = createHash('sha256').update(content).digest('hex');
  assert.deepEqual(learnt, [{ tree, sha256 }]);
  assert.equal(entry.record.sha256, sha256);
});

test('a piece that nobody has fails whoever asked; the next one tries again', async () => {
  const { entry, holder, learnt, trees } = scene();
  entry.removePiece(holder.id, 3);
  const outcomes = await Promise.allSettled([trees.of(entry), trees.of(entry)]);
  for (const outcome of outcomes)
    assert.ok(outcome.status === 'rejected' && outcome.reason instanceof PieceUnavailable);
  assert.deepEqual(learnt, []);
  entry.addPiece(holder.id, 3);
  assert.deepEqual(await trees.of(entry), treeOf(content));
});

test('a file that is removed meanwhile is not listed again', async () => {
  const { entry, holder, trees, catalog } = scene();
  const { opened, open } = gate();
  holder.before = () => opened;
  const made = trees.of(entry);
  catalog.remove(entry.record.id);
  open();
  await made;
  assert.deepEqual([catalog.size, entry.infoHashV2], [0, undefined]);
  await trees.idle();
});

test('an empty file has a tree without a root', async () => {
  const catalog = new Catalog();
  const entry = new TorrentEntry(recordOf('empty', Buffer.alloc(0), pieceLength));
  catalog.add(entry);
  const trees = new PieceTrees({ catalog, ledger: { learn: async () => {} }, fetch: fetchContext([]) });
  assert.deepEqual(await trees.of(entry), { root: undefined, layer: new Uint8Array() });
});
