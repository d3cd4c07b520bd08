import assert from 'node:assert/strict';
import test from 'node:test';
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { cellsOf, swarmMap } from './swarm-map.ts';

const cellsMax = 64;

function entryOf(pieces: number): TorrentEntry {
  return new TorrentEntry({
    id: 'a'.repeat(40) as TorrentId,
    name: 'x',
    length: pieces * 16384,
    pieceLength: 16384,
    pieceHashes: new Uint8Array(pieces * 20),
    sha256: null,
    createdMs: 0,
  });
}

const upTo = (end: number): number[] => [...Array(end).keys()];

test('as many cells as pieces, where there are few', () => {
  assert.deepEqual(cellsOf(0, cellsMax), []);
  assert.deepEqual(cellsOf(2, cellsMax), [
    { first: 0, last: 0 },
    { first: 1, last: 1 },
  ]);
  assert.equal(cellsOf(cellsMax, cellsMax).length, cellsMax);
});

for (const pieces of [cellsMax + 1, 1000, 4_000_000]) {
  test(`${pieces} pieces: every one is in one cell, and all cells are alike`, () => {
    const cells = cellsOf(pieces, cellsMax);
    assert.equal(cells.length, cellsMax);
    assert.equal(cells[0]?.first, 0);
    assert.equal(cells.at(-1)?.last, pieces - 1);
    for (const [index, { first }] of cells.slice(1).entries()) assert.equal(first, (cells[index]?.last ?? 0) + 1);
    const sizes = cells.map(({ first, last }) => last - first + 1);
    assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
  });
}

test('a row for each holder: storage peers, the own store, BitTorrent peers', () => {
  const entry = entryOf(4);
  for (const id of ['127.0.0.1:9', 'temp', 'p10', 'p2'] as PeerId[]) entry.addPiece(id, 1);
  assert.deepEqual(
    swarmMap(entry, cellsMax).rows.map(({ id, kind }) => `${id} ${kind}`),
    ['p2 fifo', 'p10 fifo', 'temp temp', '127.0.0.1:9 wire'],
  );
});

test('a cell tells how much of it a holder has, and the copies of its rarest piece', () => {
  const entry = entryOf(cellsMax * 4);
  entry.setHolding('p1' as PeerId, upTo(6), 'stored');
  entry.setHolding('p2' as PeerId, upTo(4), 'stored');
  const { rows, cells } = swarmMap(entry, cellsMax);
  assert.deepEqual(rows[0]?.shares.slice(0, 3), [1, 0.5, 0]);
  assert.deepEqual(
    cells.slice(0, 3).map(({ copies }) => copies),
    [2, 0, 0],
  );
});

test('a holder that went away is remembered, and counts for nothing', () => {
  const entry = entryOf(3);
  entry.setHolding('p1' as PeerId, upTo(3), 'stored');
  entry.setOnline('p1' as PeerId, false);
  const { rows, cells } = swarmMap(entry, cellsMax);
  assert.deepEqual(
    rows.map(({ state, seed, shares }) => ({ state, seed, shares })),
    [{ state: 'offline', seed: true, shares: [1, 1, 1] }],
  );
  assert.deepEqual(
    cells.map(({ copies }) => copies),
    [0, 0, 0],
  );
});

test('pieces that lie scattered are named to a limit', () => {
  const entry = entryOf(100);
  entry.setHolding(
    'p1' as PeerId,
    upTo(100).filter((part) => part % 2 === 0),
    'stored',
  );
  const [row] = swarmMap(entry, cellsMax).rows;
  assert.equal(row?.ranges.length, 20);
  assert.equal(row?.unnamed, 30);
});

test('hundreds of holders: the first hundred, and how many more', () => {
  const entry = entryOf(1);
  for (const port of upTo(250)) entry.addPiece(`127.0.0.1:${port}` as PeerId, 0);
  const { rows, moreRows } = swarmMap(entry, cellsMax);
  assert.deepEqual({ rows: rows.length, moreRows }, { rows: 100, moreRows: 150 });
});

test('an empty file has a map without cells', () => {
  assert.deepEqual(swarmMap(entryOf(0), cellsMax), { pieces: 0, cells: [], rows: [], moreRows: 0 });
});
