import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bitfield } from '../../../bytes/bitfield.ts';
import { below, bitfieldOf, oneOf, seededRandom } from '../picker.testing.ts';
import { Rarity } from './rarity.ts';

const numbers = (end: number): number[] => [...Array(end).keys()];

/** The row as it stands: every piece is looked at, and none is taken. */
function rowOf(rarity: Rarity, pieces: number): number[] {
  const row: number[] = [];
  rarity.rarest(bitfieldOf(pieces), (piece) => {
    row.push(piece);
    return false;
  });
  return row;
}

/** A model of a rarity, worked out anew each time. */
class Model {
  readonly wanted: Set<number>;
  readonly peers = new Map<Bitfield, boolean>();
  readonly #pieces: number;

  constructor(pieces: number, wanted: Iterable<number>) {
    this.#pieces = pieces;
    this.wanted = new Set(wanted);
  }

  of(piece: number): number {
    return [...this.peers.keys()].filter((peer) => peer.has(piece)).length;
  }

  check(rarity: Rarity): void {
    const row = rowOf(rarity, this.#pieces);
    const rarities = row.map((piece) => this.of(piece));
    assert.equal(rarity.length, this.wanted.size);
    assert.deepEqual(new Set(row), this.wanted, 'the row has every wanted piece');
    assert.equal(row.length, this.wanted.size, 'once');
    assert.deepEqual(
      rarities,
      rarities.toSorted((one, other) => one - other),
      'the rarest first',
    );
    assert.deepEqual(
      numbers(this.#pieces).map((piece) => rarity.of(piece)),
      numbers(this.#pieces).map((piece) => this.of(piece)),
    );
    assert.equal(rarity.unheld, rarities.filter((count) => count === 0).length);
  }
}

/** One thing that happens to a download, to both alike. */
function step(rarity: Rarity, model: Model, pieces: number, random: () => number): void {
  const peers = [...model.peers];
  const piece = below(pieces, random);
  const chance = random();
  if (chance < 0.05 && peers.length < 12) {
    const share = oneOf([0, 0.1, 0.5, 0.9, 1], random);
    const bits = bitfieldOf(
      pieces,
      numbers(pieces).filter(() => random() < share),
    );
    model.peers.set(bits, bits.full);
    rarity.add(bits);
  } else if (chance < 0.1 && peers.length > 0) {
    const [bits, wasSeed] = oneOf(peers, random);
    model.peers.delete(bits);
    rarity.remove(bits, wasSeed);
  } else if (chance < 0.7 && peers.length > 0) {
    const [bits] = oneOf(peers, random);
    if (bits.add(piece)) rarity.gained(piece);
  } else if (chance < 0.85) {
    model.wanted.delete(piece);
    rarity.take(piece);
  } else {
    model.wanted.add(piece);
    rarity.putBack(piece);
  }
}

for (const pieces of [1, 2, 7, 40])
  test(`whatever peers come, gain and go: ${pieces} pieces are always in order of rarity`, () => {
    for (let seed = 0; seed < 10; seed += 1) {
      const random = seededRandom(seed);
      const wanted = numbers(pieces).filter(() => random() < 0.8);
      const rarity = new Rarity(pieces, wanted, random);
      const model = new Model(pieces, wanted);
      model.check(rarity);
      for (let turn = 0; turn < 2000; turn += 1) {
        step(rarity, model, pieces, random);
        model.check(rarity);
      }
    }
  });

test('a seed changes no order, and counts for every piece', () => {
  const rarity = new Rarity(4, numbers(4), () => 0);
  const before = rowOf(rarity, 4);
  rarity.add(bitfieldOf(4));
  assert.deepEqual([rowOf(rarity, 4), rarity.of(2), rarity.unheld], [before, 1, 0]);
  rarity.remove(bitfieldOf(4), true);
  assert.deepEqual([rarity.of(2), rarity.unheld], [0, 4]);
});

test('a peer that became whole piece by piece goes as it came', () => {
  const rarity = new Rarity(3, numbers(3), () => 0);
  const bits = bitfieldOf(3, [1]);
  rarity.add(bits);
  for (const piece of [0, 2]) if (bits.add(piece)) rarity.gained(piece);
  assert.ok(bits.full);
  rarity.remove(bits, false);
  assert.deepEqual(
    numbers(3).map((piece) => rarity.of(piece)),
    [0, 0, 0],
  );
});

test('no pieces at all', () => {
  const rarity = new Rarity(0, [], () => 0.9);
  rarity.add(new Bitfield(0));
  assert.deepEqual([rarity.length, rarity.unheld, rarity.rarest(new Bitfield(0), () => true)], [0, 0, undefined]);
});

test('any piece is as likely as the others, whatever its rarity', () => {
  const rarity = new Rarity(4, numbers(4), () => 0);
  for (let time = 0; time < 5; time += 1) rarity.gained(3);
  const everything = bitfieldOf(4);
  const chosen = [0, 0.25, 0.5, 0.999].map((at) => rarity.any(at, everything, () => true));
  assert.deepEqual(new Set(chosen), new Set(numbers(4)));
  assert.equal(
    rarity.any(0.999, bitfieldOf(4, [1]), () => true),
    1,
    'it goes on from the start',
  );
  assert.equal(
    rarity.any(0.5, everything, () => false),
    undefined,
  );
});

test('those who fetch the same file begin with different pieces', () => {
  const everything = bitfieldOf(100);
  const firsts = numbers(20).map((seed) =>
    new Rarity(100, numbers(100), seededRandom(seed * 7919)).rarest(everything, () => true),
  );
  assert.ok(new Set(firsts).size > 10);
});

/** A row that is too long to be looked at piece by piece, whose second half one peer has. */
function longRow(): Rarity {
  const rarity = new Rarity(40_000, numbers(40_000), seededRandom(1));
  rarity.add(bitfieldOf(40_000, numbers(40_000).slice(20_000)));
  return rarity;
}

const far: { name: string; has: number[]; expected: number | undefined }[] = [
  { name: 'nothing', has: [], expected: undefined },
  { name: 'one piece', has: [39_999], expected: 39_999 },
  { name: 'a rare one and a common one', has: [39_999, 3], expected: 3 },
  { name: 'one that is not in the row', has: [39_990], expected: undefined },
];

for (const { name, has, expected } of far)
  test(`in a long row, of a peer with ${name}`, () => {
    const rarity = longRow();
    rarity.take(39_990);
    assert.equal(
      rarity.rarest(bitfieldOf(40_000, has), () => true),
      expected,
    );
  });

test('in a long row, of a peer with much that is common', () => {
  const common = bitfieldOf(40_000, numbers(40_000).slice(20_000));
  const rarity = longRow();
  const chosen = rarity.rarest(common, (piece) => piece !== 30_000);
  assert.equal(rarity.of(chosen as number), 1);
});

test('few pieces are chosen in the order of the row, from wherever the search starts', () => {
  const rarity = longRow();
  const row: number[] = [];
  rarity.rarest(bitfieldOf(40_000), (piece) => row.push(piece) === 0);
  assert.equal(row.length, 40_000);
  const few = bitfieldOf(40_000, [row[10_000] as number, row[30_000] as number]);
  assert.equal(
    rarity.rarest(few, () => true),
    row[10_000],
  );
  assert.equal(
    rarity.any(0.5, few, () => true),
    row[30_000],
  );
  assert.equal(
    rarity.any(0.9, few, () => true),
    row[10_000],
  );
  assert.equal(
    rarity.rarest(few, (piece) => piece !== row[10_000]),
    row[30_000],
  );
});

test('a peer that has nothing of half a million pieces does not cost half a million looks', () => {
  const rarity = new Rarity(2 ** 19, numbers(2 ** 19), seededRandom(2));
  let looks = 0;
  const pieces = new Bitfield(2 ** 19);
  pieces.has = () => {
    looks += 1;
    return false;
  };
  assert.equal(
    rarity.rarest(pieces, () => true),
    undefined,
  );
  assert.ok(looks <= 4096);
});

test('of last resort: only what nobody has', () => {
  const rarity = new Rarity(4, numbers(4), () => 0);
  const everything = bitfieldOf(4);
  rarity.add(bitfieldOf(4, [0, 1, 3]));
  assert.equal(
    rarity.rarestUnheld(everything, () => true),
    2,
  );
  assert.equal(
    rarity.rarestUnheld(bitfieldOf(4, [0]), () => true),
    undefined,
  );
  rarity.add(everything);
  assert.equal(
    rarity.rarestUnheld(everything, () => true),
    undefined,
    'a seed has all of it',
  );
});
