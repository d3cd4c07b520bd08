import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerId } from '../../bytes/ids.ts';
import { pieceSize } from '../../protocols/metainfo/types.ts';
import { heldBytes, type TorrentEntry } from '../catalog/torrent-entry.ts';
import { entryOf, peer, someBytes } from '../swarm.testing.ts';
import { type BalanceRules, Levels, planMoves, planTrims } from './balance.ts';
import { safeHolders } from './placement.ts';

const pieceLength = 1024;
const fileOf = (pieces: number, name = 'a'): TorrentEntry =>
  entryOf(name, someBytes(pieces * pieceLength), pieceLength);
const everything = ({ pieces }: TorrentEntry): number[] => [...Array(pieces).keys()];

const rules = (changes: Partial<BalanceRules> = {}): BalanceRules => ({
  replicas: 2,
  first: 0,
  movesMax: Number.POSITIVE_INFINITY,
  cannotDropPieces: new Set(),
  ...changes,
});

/** Bytes that a peer can still take; every disk has more than all files need. */
type Disks = (held: ReadonlyMap<PeerId, number>) => (id: PeerId) => number;
const shared: Disks = (held) => () => 1e9 - [...held.values()].reduce((sum, bytes) => sum + bytes, 0);

function heldBy(entries: readonly TorrentEntry[], ids: readonly PeerId[]): Map<PeerId, number> {
  return new Map(ids.map((id) => [id, entries.reduce((sum, entry) => sum + heldBytes(entry, id), 0)]));
}

const levelsOf = (entries: readonly TorrentEntry[], ids: readonly PeerId[], disks: Disks): Levels => {
  const free = disks(heldBy(entries, ids));
  return new Levels(
    entries,
    ids.map((id) => ({ id, freeBytes: free(id) })),
  );
};

/** Plans and applies until nothing is planned; the number of copies that moved in each pass. */
function settle(entries: readonly TorrentEntry[], ids: readonly PeerId[], disks: Disks, changes = {}): number[] {
  const passes: number[] = [];
  for (;;) {
    assert.ok(passes.length < 20, `does not settle: ${passes}`);
    const levels = levelsOf(entries, ids, disks);
    let moved = 0;
    for (const entry of entries) {
      for (const { pieceIndex, from, to } of planMoves(entry, levels, rules(changes))) {
        assert.ok(safeHolders(entry, pieceIndex).includes(from) && !entry.holdings.get(to)?.pieces.has(pieceIndex));
        entry.addPiece(to, pieceIndex);
        entry.removePiece(from, pieceIndex);
        moved += 1;
      }
    }
    passes.push(moved);
    if (moved === 0) return passes;
  }
}

const ids = (count: number): PeerId[] => Array.from({ length: count }, (_, index) => peer(`p${index + 1}`));
const [p1, p2, p3] = [peer('p1'), peer('p2'), peer('p3')];

test('a third peer gets a third of what two had', () => {
  const entry = fileOf(100);
  for (const id of [p1, p2]) entry.setHolding(id, everything(entry), 'stored');
  assert.deepEqual(settle([entry], ids(3), shared), [66, 0]);
  assert.deepEqual(
    ids(3).map((id) => entry.holdings.get(id)?.pieces.count),
    [67, 67, 66],
  );
  assert.deepEqual(entry.copies(), Array(100).fill(2));
});

test('the larger of two disks takes more', () => {
  const entry = fileOf(300);
  entry.setHolding(p1, everything(entry), 'stored');
  const disks: Disks = (held) => (id) => (id === p1 ? 300 : 600) * pieceLength - (held.get(id) ?? 0);
  settle([entry], ids(2), disks, { replicas: 1 });
  assert.deepEqual(
    ids(2).map((id) => entry.holdings.get(id)?.pieces.count),
    [100, 200],
  );
});

const still: { name: string; holdings: number[]; replicas?: number; changes?: Partial<BalanceRules> }[] = [
  { name: 'peers that are within a tenth of the mean', holdings: [104, 104, 92], replicas: 1 },
  { name: 'a peer that lacks less than a piece', holdings: [1, 1, 0], replicas: 1 },
  { name: 'a file that has too few copies', holdings: [50, 50, 0], changes: { replicas: 2 } },
  {
    name: 'peers that cannot give up pieces',
    holdings: [99, 0],
    changes: { replicas: 1, cannotDropPieces: new Set([p1]) },
  },
  { name: 'nothing at all', holdings: [0, 0, 0] },
];
for (const { name, holdings, changes } of still) {
  test(`nothing moves: ${name}`, () => {
    const entry = fileOf(holdings.reduce((sum, count) => sum + count));
    let pieceIndex = 0;
    for (const [index, count] of holdings.entries()) {
      for (const end = pieceIndex + count; pieceIndex < end; pieceIndex += 1)
        entry.addPiece(peer(`p${index + 1}`), pieceIndex);
    }
    assert.deepEqual(settle([entry], ids(holdings.length), shared, { replicas: 1, ...changes }), [0]);
  });
}

test('what is lent, offline or in the temp store is not moved, and nothing is added to what is lent', () => {
  const entry = fileOf(30);
  entry.setHolding(p1, everything(entry), 'lent');
  entry.setHolding(peer('temp'), everything(entry), 'stored');
  entry.setHolding(p2, everything(entry), 'stored');
  entry.setOnline(p2, false);
  assert.deepEqual(settle([entry], [p1, p3], shared, { replicas: 1 }), [0]);
  entry.setHolding(p3, everything(entry), 'stored');
  assert.deepEqual(settle([entry], [p1, p3], shared, { replicas: 1 }), [0]);
});

test('a plan has no more moves than are wanted, and begins where it is told', () => {
  const entry = fileOf(100);
  for (const id of [p1, p2]) entry.setHolding(id, everything(entry), 'stored');
  const moves = planMoves(entry, levelsOf([entry], ids(3), shared), rules({ first: 10, movesMax: 3 }));
  assert.deepEqual(
    moves.map(({ pieceIndex, to }) => ({ pieceIndex, to })),
    [10, 11, 12].map((pieceIndex) => ({ pieceIndex, to: p3 })),
  );
});

test('a copy too many is taken from the fullest that has it, never the last ones', () => {
  const entry = fileOf(10);
  const other = fileOf(50, 'b');
  other.setHolding(p2, everything(other), 'stored');
  for (const id of [p1, p2, p3]) entry.setHolding(id, [0, 1, 2, 3], 'stored');
  for (const id of [p1, p2]) entry.setHolding(id, everything(entry), 'stored');
  const levels = levelsOf([entry, other], ids(3), shared);
  assert.deepEqual(
    planTrims(entry, levels, rules()),
    [0, 1, 2, 3].map((pieceIndex) => ({ pieceIndex, from: p2 })),
  );
  assert.deepEqual(planTrims(entry, levels, rules({ first: 2, movesMax: 1 })), [{ pieceIndex: 2, from: p2 }]);
  assert.deepEqual(planTrims(entry, levels, rules({ cannotDropPieces: new Set([p2]) })).at(0), {
    pieceIndex: 0,
    from: p1,
  });
  assert.deepEqual(planTrims(entry, levels, rules({ cannotDropPieces: new Set(ids(3)) })), []);
});

test('copies that are lent or offline are not too many', () => {
  const entry = fileOf(10);
  for (const id of [p1, p2]) entry.setHolding(id, everything(entry), 'stored');
  entry.setHolding(p3, everything(entry), 'lent');
  entry.setHolding(peer('temp'), everything(entry), 'stored');
  entry.setHolding(peer('p4'), everything(entry), 'stored');
  entry.setOnline(peer('p4'), false);
  assert.deepEqual(planTrims(entry, levelsOf([entry], ids(4), shared), rules()), []);
});

/** A small generator, seeded (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Files of random lengths, of random pieces, on some of the peers; some peers are new. */
function randomScene(seed: number) {
  const random = randomFrom(seed);
  const all = ids(2 + random(8));
  const old = all.slice(0, 1 + random(all.length));
  const replicas = 1 + random(3);
  const entries = Array.from({ length: 1 + random(12) }, (_, index) => {
    const entry = entryOf(
      `f${index}`,
      someBytes(1 + random(20_000), `${seed}`),
      [512, 1024, 4096][random(3)] as number,
    );
    for (const pieceIndex of everything(entry)) {
      const holders = old.toSorted(() => random(2) - 0.5).slice(0, replicas);
      for (const id of holders) entry.addPiece(id, pieceIndex);
    }
    return entry;
  });
  const sizes = new Map(all.map((id) => [id, 2_000_000 + random(20_000_000)]));
  const own: Disks = (held) => (id) => (sizes.get(id) ?? 0) - (held.get(id) ?? 0);
  return { all, entries, replicas, disks: random(2) === 0 ? shared : own };
}

test('in 150 random set-ups it settles, and no piece loses a copy or has two in one place', () => {
  for (let seed = 0; seed < 150; seed += 1) {
    const { all, entries, replicas, disks } = randomScene(seed);
    const before = entries.map((entry) => entry.copies());
    const passes = settle(entries, all, disks, { replicas });
    assert.ok(passes.length <= 4, `seed ${seed}: ${passes}`);
    assert.deepEqual(
      entries.map((entry) => entry.copies()),
      before,
    );
    assertNobodyLeftBehind(entries, all, disks, replicas, seed);
  }
});

/** Asserts that a peer that is still far below the mean cannot be helped: nobody above it has a piece that would fit. */
function assertNobodyLeftBehind(
  entries: readonly TorrentEntry[],
  all: readonly PeerId[],
  disks: Disks,
  replicas: number,
  seed: number,
): void {
  const levels = levelsOf(entries, all, disks);
  for (const to of levels.filling) {
    for (const entry of entries) {
      for (const pieceIndex of everything(entry)) {
        const holders = safeHolders(entry, pieceIndex);
        const surplus = Math.max(...holders.map((id) => -levels.room(id)));
        const worth = surplus > 0 && surplus + levels.room(to) >= 1.5 * pieceSize(entry.record, pieceIndex);
        const could = worth && holders.length >= replicas && !holders.includes(to);
        assert.ok(!could, `seed ${seed}: ${to} could have piece ${pieceIndex}`);
      }
    }
  }
}
