import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferPool } from '../../bytes/buffer-pool.ts';
import type { TorrentEntry } from '../catalog/torrent-entry.ts';
import { HolderError } from '../holders/holder.ts';
import { entryOf, fetchContext, gate, MemoryHolder, peer, someBytes } from '../swarm.testing.ts';
import { fetchPieces, fetchRange, PieceUnavailable, WindowBudget, withPiece } from './fetch.ts';

const pieceLength = 1024;
const content = someBytes(10 * pieceLength + 100);
const entryWith = (): TorrentEntry => entryOf('a.bin', content, pieceLength);

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const chunk of chunks) copies.push(Buffer.from(chunk));
  return Buffer.concat(copies);
}

test('pieces come in order, whatever order the holders answer in', async () => {
  const entry = entryWith();
  const holder = new MemoryHolder('p1');
  holder.fill(entry, content);
  const first = gate();
  holder.before = (_, pieceIndex) => (pieceIndex === 0 ? first.opened : pieceIndex === 3 ? first.open() : undefined);
  assert.deepEqual(await collect(fetchPieces(fetchContext([holder]), entry, 0, 10)), content);
});

test('each piece is asked from a random one of its holders', async () => {
  const entry = entryWith();
  const holders = ['p1', 'p2', 'p3'].map((id) => new MemoryHolder(id));
  for (const holder of holders) holder.fill(entry, content);
  const draws = [0, 0.34, 0.99];
  const context = fetchContext(holders, { random: () => draws[0] ?? 0 });
  for (const holder of holders) {
    assert.deepEqual(await collect(fetchPieces(context, entry, 0, 0)), content.subarray(0, pieceLength));
    assert.deepEqual(holder.asked, [0]);
    draws.shift();
  }
});

const faults: {
  name: string;
  spoil: (bad: MemoryHolder, entry: TorrentEntry) => void;
  stillCounted: boolean;
  lost: string[];
}[] = [
  {
    name: 'has lost the piece',
    spoil: (bad, entry) => void bad.files.get(entry.record.id)?.delete(0),
    stillCounted: false,
    lost: ['not-found bad 0'],
  },
  {
    name: 'gives wrong bytes',
    spoil: (bad, entry) => void bad.files.get(entry.record.id)?.set(0, new Uint8Array(pieceLength)),
    stillCounted: false,
    lost: ['corrupt bad 0'],
  },
  {
    name: 'goes away',
    spoil: (bad) => {
      bad.before = () => {
        throw new HolderError('gone', 'bye');
      };
    },
    stillCounted: true,
    lost: [],
  },
];
for (const { name, spoil, stillCounted, lost } of faults) {
  test(`another holder is asked when one ${name}`, async () => {
    const entry = entryWith();
    const [bad, good] = [new MemoryHolder('bad'), new MemoryHolder('good')];
    for (const holder of [bad, good]) holder.fill(entry, content);
    spoil(bad, entry);
    const reported: string[] = [];
    const context = fetchContext([bad, good], {
      onLost: (how, holder, _, pieceIndex) => reported.push(`${how} ${holder} ${pieceIndex}`),
    });
    assert.deepEqual(await collect(fetchPieces(context, entry, 0, 0)), content.subarray(0, pieceLength));
    assert.deepEqual(bad.asked, [0], 'the bad one was asked first');
    assert.equal(entry.holdersOf(0).includes(peer('bad')), stillCounted);
    assert.deepEqual(reported, lost);
  });
}

test('a holder that has been silent for a while is asked only when nobody else has the piece', async () => {
  const entry = entryWith();
  const [silent, lively] = [new MemoryHolder('silent'), new MemoryHolder('lively')];
  for (const holder of [silent, lively]) holder.fill(entry, content);
  const context = fetchContext([silent, lively]);
  silent.stalled = true;
  await collect(fetchPieces(context, entry, 0, 0));
  assert.deepEqual([silent.asked, lively.asked], [[], [0]]);
  entry.setOnline(peer('lively'), false);
  await collect(fetchPieces(context, entry, 1, 1));
  assert.deepEqual(silent.asked, [1]);
});

test('when a holder falls silent, another is asked as well; what comes late is used by nobody', async () => {
  const entry = entryWith();
  const [silent, lively] = [new MemoryHolder('silent'), new MemoryHolder('lively')];
  for (const holder of [silent, lively]) holder.fill(entry, content);
  const pool = new BufferPool(1 << 20);
  const given: Uint8Array[] = [];
  pool.give = (buffer) => void given.push(buffer);
  const late = gate();
  silent.stalls = true;
  silent.before = () => late.opened;
  assert.deepEqual(
    await collect(fetchPieces(fetchContext([silent, lively], { pool }), entry, 0, 0)),
    content.subarray(0, pieceLength),
  );
  assert.deepEqual([silent.asked, lively.asked], [[0], [0]]);
  assert.equal(given.length, 1, 'the silent one may still write into its own');
  late.open();
  await new Promise(setImmediate);
  assert.equal(given.length, 2);
  assert.ok(entry.holdersOf(0).includes(peer('silent')), 'slow is not bad');
});

test('a holder that falls silent is waited for when the others fail', async () => {
  const entry = entryWith();
  const [silent, bad] = [new MemoryHolder('silent'), new MemoryHolder('bad')];
  for (const holder of [silent, bad]) holder.fill(entry, content);
  bad.files.clear();
  const late = gate();
  silent.stalls = true;
  silent.before = () => late.opened;
  const pieces = collect(fetchPieces(fetchContext([silent, bad]), entry, 0, 0));
  await new Promise(setImmediate);
  assert.deepEqual(bad.asked, [0]);
  late.open();
  assert.deepEqual(await pieces, content.subarray(0, pieceLength));
});

test('when the silent one and the others fail, nobody has the piece', async () => {
  const entry = entryWith();
  const [silent, bad] = [new MemoryHolder('silent'), new MemoryHolder('bad')];
  for (const holder of [silent, bad]) holder.fill(entry, content);
  bad.files.clear();
  silent.stalls = true;
  silent.before = async () => {
    await new Promise(setImmediate);
    throw new HolderError('timeout', 'no sign of life');
  };
  await assert.rejects(collect(fetchPieces(fetchContext([silent, bad]), entry, 0, 0)), PieceUnavailable);
});

test('a lent file that has changed is lent no more, as a whole', async () => {
  const entry = entryWith();
  const lender = new MemoryHolder('lender');
  lender.fill(entry, content);
  entry.setHolding(peer('lender'), Array(entry.pieces).keys(), 'lent');
  lender.files.clear();
  await assert.rejects(collect(fetchPieces(fetchContext([lender]), entry, 0, 0)), PieceUnavailable);
  assert.equal(entry.state, 'unavailable');
});

test('a piece that nobody can give ends the stream after those before it', async () => {
  const entry = entryWith();
  const holder = new MemoryHolder('p1');
  holder.fill(entry, content);
  holder.files.get(entry.record.id)?.delete(2);
  const seen: number[] = [];
  await assert.rejects(
    async () => {
      for await (const piece of fetchPieces(fetchContext([holder]), entry, 0, 10)) seen.push(piece.length);
    },
    (error) => error instanceof PieceUnavailable && error.pieceIndex === 2,
  );
  assert.deepEqual(seen, [pieceLength, pieceLength]);
});

test('no more than the window is under way', async () => {
  const entry = entryWith();
  const holder = new MemoryHolder('p1');
  holder.fill(entry, content);
  const pieces = fetchPieces(fetchContext([holder], { windowBytes: 3 * pieceLength }), entry, 0, 10);
  await pieces.next();
  assert.equal(holder.asked.length, 3);
  await pieces.next();
  assert.equal(holder.asked.length, 4);
  await pieces.return();
});

test('with nothing left in the budget a transfer goes on piece by piece, and gives back what it took', async () => {
  const entry = entryWith();
  const holder = new MemoryHolder('p1');
  holder.fill(entry, content);
  const budget = new WindowBudget(pieceLength);
  const greedy = fetchPieces(fetchContext([holder], { budget }), entry, 0, 10);
  await greedy.next();
  assert.equal(holder.asked.length, 2, 'one for free, one from the budget');
  assert.deepEqual(await collect(fetchPieces(fetchContext([holder], { budget }), entry, 0, 10)), content);
  await greedy.return();
  assert.ok(budget.tryTake(pieceLength), 'the budget is whole again');
});

test('buffers are given back only when no holder writes into them any more', async () => {
  const entry = entryWith();
  const holder = new MemoryHolder('p1');
  holder.fill(entry, content);
  const pool = new BufferPool(1 << 20);
  const given: Uint8Array[] = [];
  pool.give = (buffer) => void given.push(buffer);
  const slow = gate();
  holder.before = (_, pieceIndex) => (pieceIndex === 1 ? slow.opened : undefined);
  const pieces = fetchPieces(fetchContext([holder], { pool, windowBytes: 2 * pieceLength }), entry, 0, 10);
  await pieces.next();
  await pieces.return();
  await new Promise(setImmediate);
  assert.equal(given.length, 1, 'the piece that was read');
  slow.open();
  await new Promise(setImmediate);
  assert.equal(given.length, 2);
});

test('a single piece is lent and its buffer taken back', async () => {
  const entry = entryWith();
  const holder = new MemoryHolder('p1');
  holder.fill(entry, content);
  let seen = Buffer.alloc(0);
  await withPiece(fetchContext([holder]), entry, 10, async (bytes) => {
    seen = Buffer.from(bytes);
  });
  assert.deepEqual(seen, content.subarray(10 * pieceLength));
});

for (const [start, end] of [
  [0, 0],
  [0, content.length - 1],
  [1023, 1024],
  [1024, 2047],
  [5000, 9000],
  [content.length - 1, content.length - 1],
] as const) {
  test(`the bytes ${start} to ${end}`, async () => {
    const entry = entryWith();
    const holder = new MemoryHolder('p1');
    holder.fill(entry, content);
    assert.deepEqual(
      await collect(fetchRange(fetchContext([holder]), entry, start, end)),
      content.subarray(start, end + 1),
    );
  });
}

const ioError = (): never => {
  throw new HolderError('io', 'EIO: i/o error, read');
};

test('a copy that gives an I/O error counts for nothing, is kept and asked last; read well, it counts again', async () => {
  const entry = entryWith();
  const [sick, good] = [new MemoryHolder('sick'), new MemoryHolder('good')];
  for (const holder of [sick, good]) holder.fill(entry, content);
  const reported: string[] = [];
  const context = fetchContext([sick, good], {
    onLost: (how, holder, _, at) => reported.push(`${how} ${holder} ${at}`),
  });
  sick.before = ioError;
  const get = (): Promise<Buffer> => collect(fetchPieces(context, entry, 0, 0));
  const expected = content.subarray(0, pieceLength);
  assert.deepEqual([await get(), await get()], [expected, expected]);
  assert.deepEqual(sick.asked, [0], 'once: while there is a good copy it is not asked again');
  assert.deepEqual(reported, ['unreadable sick 0']);
  assert.deepEqual([entry.holdersOf(0), entry.replicas, entry.seeds], [[peer('good')], 1, 1]);
  assert.ok(sick.files.get(entry.record.id)?.has(0), 'it is kept');

  entry.setOnline(peer('good'), false);
  assert.equal(entry.availablePieces, entry.pieces - 1);
  await assert.rejects(get, PieceUnavailable);
  assert.deepEqual(reported, ['unreadable sick 0'], 'one report for each copy');
  sick.before = () => {};
  assert.deepEqual(await get(), expected, 'the last resort');
  assert.deepEqual([entry.holdersOf(0), entry.state], [[peer('sick')], 'available']);
  assert.ok(entry.losses.none);
});

test('a good copy is found to be bad: then the unreadable one is asked', async () => {
  const entry = entryWith();
  const [sick, bad] = [new MemoryHolder('sick'), new MemoryHolder('bad')];
  for (const holder of [sick, bad]) holder.fill(entry, content);
  entry.losePiece(sick.id, 0, 'unreadable');
  bad.files.get(entry.record.id)?.set(0, new Uint8Array(pieceLength));
  const context = fetchContext([sick, bad]);
  assert.deepEqual(await collect(fetchPieces(context, entry, 0, 0)), content.subarray(0, pieceLength));
  assert.deepEqual([bad.asked, sick.asked], [[0], [0]]);
});
