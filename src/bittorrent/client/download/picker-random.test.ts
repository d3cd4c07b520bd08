/**
 * The picker in the middle of a swarm that does whatever it likes, next to a model that only notes what was asked for,
 * given and dropped. Whatever happens, every block must come in the end, and no rule may be broken on the way.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Block, wireLimits } from '../../../protocols/wire/types.ts';
import { below, bitfieldOf, oneOf, seededRandom, TestPeer } from '../picker.testing.ts';
import type { PartialPiece } from './partial-piece.ts';
import { Picker } from './picker.ts';

const { blockBytes } = wireLimits;
const pieces = 24;
/** Pieces have one to five blocks, the last of which is short. */
const sizeOf = (index: number): number => (index % 5) * blockBytes + 1000;

class SimPeer extends TestPeer {
  choking = false;
  /** Whether the peer was snubbed, and may still give what it owes. */
  snubbed = false;
  readonly debts = new Map<string, Block>();

  override get owes(): number {
    return this.debts.size;
  }
}

interface Progress {
  readonly askers: Set<SimPeer>;
  giver: SimPeer | undefined;
}

class Simulation {
  readonly random: () => number;
  readonly have = bitfieldOf(pieces, []);
  readonly picker: Picker<SimPeer>;
  readonly peers = new Set<SimPeer>();
  /** By piece that is under way, block by block. */
  readonly underWay = new Map<number, Progress[]>();
  /** Pieces that have hashed, and are being written. */
  readonly writing = new Set<number>();
  readonly doubted = new Set<number>();
  readonly outstandingMax: number;
  askedTwice = 0;
  #names = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    for (let index = 0; index < pieces; index += 1) if (this.random() < 0.2) this.have.add(index);
    this.outstandingMax = oneOf([1, 2, 3, 8, 100], this.random);
    this.picker = new Picker({
      shape: { pieces, pieceSize: sizeOf },
      have: this.have,
      outstandingMax: this.outstandingMax,
      random: this.random,
      onDropped: (piece) => this.#onDropped(piece),
    });
  }

  join(share: number, lastResort = false): SimPeer {
    const has = [...Array(pieces).keys()].filter(() => this.random() < share);
    this.#names += 1;
    const peer = new SimPeer(`peer ${this.#names}`, bitfieldOf(pieces, has), lastResort);
    peer.choking = this.random() < 0.3;
    peer.bytesPerSecond = below(100_000, this.random);
    this.peers.add(peer);
    this.picker.join(peer);
    return peer;
  }

  ask(peer: SimPeer): boolean {
    if (peer.choking) return false;
    const [hasOther, isEnd] = [this.#hasOther(peer), this.#isEnd];
    const full = this.underWay.size >= this.outstandingMax;
    const block = this.picker.next(peer);
    if (block === undefined) return false;
    assert.ok(peer.pieces.has(block.index), 'it has what it is asked for');
    assert.ok(!peer.refuses(block.index));
    assert.ok(!this.have.has(block.index) && !this.writing.has(block.index), 'it is missing');
    if (!this.underWay.has(block.index)) this.#begin(block.index);
    assert.ok(this.underWay.size <= this.outstandingMax, 'no more than may be under way');
    const { askers, giver } = this.#progress(block);
    assert.equal(giver, undefined, 'what has come is not asked for');
    if (askers.size > 0) {
      this.askedTwice += 1;
      assert.ok(!hasOther, 'while there is anything else, nothing is asked for twice');
      assert.ok(peer.debts.size < 4, 'nor of a peer that still has much to give');
      const slow = [...askers].every(({ bytesPerSecond }) => 4 * bytesPerSecond < peer.bytesPerSecond);
      assert.ok(isEnd || (full && slow), 'but at the end, or where slow peers use up the memory');
      assert.ok(!this.doubted.has(block.index), 'what must come from one is not asked of two');
    }
    askers.add(peer);
    assert.ok(askers.size <= 3, 'of three at most');
    peer.debts.set(`${block.index} ${block.begin}`, block);
    return true;
  }

  give(peer: SimPeer): void {
    if (peer.debts.size === 0) return;
    const [key, block] = oneOf([...peer.debts], this.random);
    peer.debts.delete(key);
    const piece = this.picker.wanting(peer, block);
    if (piece === undefined) return;
    const progress = this.#progress(block);
    const others = piece.arrived(block.begin, peer);
    assert.deepEqual(new Set([...others, peer]), new Set([...progress.askers, peer]), 'all others are told');
    for (const other of others) other.debts.delete(key);
    progress.askers.clear();
    progress.giver = peer;
    const left = this.underWay.get(block.index)?.filter(({ giver }) => giver === undefined).length;
    assert.equal(piece.complete, left === 0);
    if (piece.complete) this.#complete(piece);
  }

  /** A peer does not give some of what it owes; what it gave up in fact may still come if `late`. */
  release(peer: SimPeer, owed: readonly [string, Block][], late = false): void {
    for (const [key, block] of owed) {
      if (!late) peer.debts.delete(key);
      if (late) this.picker.postpone(peer, block);
      else this.picker.release(peer, block);
      this.underWay.get(block.index)?.[block.begin / blockBytes]?.askers.delete(peer);
    }
  }

  leave(peer: SimPeer): void {
    this.peers.delete(peer);
    this.picker.leave(peer);
    this.release(peer, [...peer.debts]);
  }

  written(index: number): void {
    this.writing.delete(index);
    this.underWay.delete(index);
    this.doubted.delete(index);
    this.have.add(index);
    this.picker.finished(index);
  }

  #begin(index: number): void {
    const blocks = Math.ceil(sizeOf(index) / blockBytes);
    this.underWay.set(
      index,
      Array.from({ length: blocks }, () => ({ askers: new Set<SimPeer>(), giver: undefined })),
    );
  }

  #progress({ index, begin, length }: Block): Progress {
    const progress = this.underWay.get(index)?.[begin / blockBytes];
    assert.ok(progress !== undefined, 'the block is one');
    assert.equal(length, Math.min(blockBytes, sizeOf(index) - begin));
    return progress;
  }

  #complete(piece: PartialPiece<SimPeer>): void {
    const { index } = piece;
    const givers = this.underWay.get(index)?.map(({ giver }) => giver) ?? [];
    assert.deepEqual(piece.givers, givers);
    const alone = new Set(givers).size === 1;
    if (this.doubted.has(index)) assert.ok(alone, 'a doubted piece comes from one');
    if (this.random() < 0.85) {
      this.writing.add(index);
      return;
    }
    if (!alone) this.doubted.add(index);
    this.picker.failed(index, !alone);
  }

  #onDropped(piece: PartialPiece<SimPeer>): void {
    assert.ok(!this.writing.has(piece.index), 'what is being written is not dropped');
    assert.ok(this.underWay.delete(piece.index));
    for (const { peer, block } of piece.requests()) peer.debts.delete(`${block.index} ${block.begin}`);
  }

  /** The pieces that only peers have that are of last resort or not counted on. */
  checkUnheld(): void {
    const counted = [...this.peers].filter(({ lastResort, snubbed }) => !lastResort && !snubbed);
    const unheld = [...Array(pieces).keys()].filter(
      (index) => !this.have.has(index) && !this.writing.has(index) && !counted.some((peer) => peer.pieces.has(index)),
    );
    assert.deepEqual(
      this.picker.unheld.toSorted((one, other) => one - other),
      unheld,
    );
  }

  /** Whether there is something of a piece under way that `peer` could be asked for alone. */
  #hasOther(peer: SimPeer): boolean {
    if (peer.inReserve) return false;
    return [...peer.pieces].some((index) => {
      const blocks = peer.refuses(index) || this.doubted.has(index) ? undefined : this.underWay.get(index);
      return blocks?.some(({ askers, giver }) => giver === undefined && askers.size === 0);
    });
  }

  /** Whether nobody who is counted has a piece that was not begun. */
  get #isEnd(): boolean {
    const begun = (index: number): boolean => this.have.has(index) || this.underWay.has(index);
    const counted = [...this.peers].filter(({ lastResort, snubbed }) => !lastResort && !snubbed);
    return !counted.some((peer) => [...peer.pieces].some((index) => !begun(index)));
  }
}

/** Something that happens in a swarm. */
function step(simulation: Simulation): void {
  const { random, peers, picker } = simulation;
  const chance = random();
  if (peers.size < 2 || (chance < 0.01 && peers.size < 8)) {
    simulation.join(oneOf([0.2, 0.5, 0.9, 1], random), random() < 0.15);
    return;
  }
  const peer = oneOf([...peers], random);
  if (chance < 0.4) for (let block = 0; block < 3; block += 1) simulation.ask(peer);
  else if (chance < 0.75) simulation.give(peer);
  else if (chance < 0.8 && simulation.writing.size > 0) simulation.written(oneOf([...simulation.writing], random));
  else if (chance < 0.84) {
    peer.choking = !peer.choking;
    if (peer.choking) simulation.release(peer, [...peer.debts]);
  } else if (chance < 0.88) {
    const [owed] = peer.debts;
    if (owed !== undefined) peer.refused.add(owed[1].index);
    if (owed !== undefined) simulation.release(peer, [owed]);
  } else if (chance < 0.91) {
    peer.snubbed = !peer.snubbed;
    if (peer.snubbed) picker.leave(peer);
    else picker.join(peer);
    if (peer.snubbed) simulation.release(peer, [...peer.debts], true);
  } else if (chance < 0.93) simulation.leave(peer);
  else if (chance < 0.96) {
    const index = below(pieces, random);
    if (peer.pieces.add(index)) picker.gained(peer, index);
  } else if (chance < 0.97) {
    const here = [...simulation.have];
    if (here.length === 0) return;
    const index = oneOf(here, random);
    simulation.have.remove(index);
    picker.lost(index);
  } else if (peer.lastResort && chance < 0.98) peer.inReserve = !peer.inReserve;
  else peer.refused.clear();
}

/** Everybody stays, and gives what is asked for; pieces still do not hash now and then. */
function toTheEnd(simulation: Simulation): void {
  for (const peer of simulation.peers) simulation.leave(peer);
  const seeds = [simulation.join(1), simulation.join(1)];
  for (const seed of seeds) seed.choking = false;
  let idle = 0;
  while (!simulation.have.full && idle < 3) {
    const asked = seeds.map((seed) => simulation.ask(seed)).includes(true);
    const owing = seeds.some(({ debts }) => debts.size > 0);
    for (const seed of seeds) simulation.give(seed);
    for (const index of [...simulation.writing]) simulation.written(index);
    idle = asked || owing ? 0 : idle + 1;
  }
}

test('whatever peers do: the rules hold, and in the end all of it comes', () => {
  let askedTwice = 0;
  for (let seed = 0; seed < 150; seed += 1) {
    const simulation = new Simulation(seed);
    for (let turn = 0; turn < 1000; turn += 1) {
      step(simulation);
      simulation.checkUnheld();
    }
    toTheEnd(simulation);
    assert.ok(simulation.have.full, `seed ${seed}: ${[...simulation.have].length} pieces of ${pieces}`);
    const { picker, peers, underWay } = simulation;
    assert.deepEqual([picker.left, underWay.size], [0, 0]);
    for (const peer of peers) assert.deepEqual([picker.next(peer), peer.debts.size], [undefined, 0]);
    askedTwice += simulation.askedTwice;
  }
  assert.ok(askedTwice > 100, 'it came to an endgame at times');
});
