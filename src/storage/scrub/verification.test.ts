/** A verification at once, with holders in memory and real repair. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../io/log.ts';
import { Catalog } from '../catalog/catalog.ts';
import type { TorrentEntry } from '../catalog/torrent-entry.ts';
import { keptCount } from '../catalog/unreadable.ts';
import { HolderError } from '../holders/holder.ts';
import { distribute } from '../replication/distribution.ts';
import { entryOf, fetchContext, MemoryHolder, someBytes, unwatched } from '../swarm.testing.ts';
import { CopyVerifier } from './copy-verifier.ts';
import { Verification, type VerificationEvent } from './verification.ts';

const pieceLength = 1024;
const content = someBytes(10 * pieceLength - 100);
const replicas = 2;

/** One file, and holders that have all of it. */
function swarm(...holders: MemoryHolder[]) {
  const catalog = new Catalog();
  const entry = entryOf('plan.txt', content, pieceLength);
  catalog.add(entry);
  for (const holder of holders) holder.fill(entry, Buffer.from(content));
  const lost: string[] = [];
  const fetch = fetchContext(holders, {
    onLost: (how, holder, _file, pieceIndex) => lost.push(`${how} ${holder} ${pieceIndex}`),
  });
  const online = (): MemoryHolder[] => holders.filter(({ id }) => entry.holdings.get(id)?.online !== false);
  const distribution = { fetch, targets: online, replicas, windowBytes: 4 * pieceLength, log: silentLog, ...unwatched };
  const looked = { copies: 0, bytes: 0 };
  const context = {
    catalog,
    verifier: new CopyVerifier(catalog, fetch.lostCopies, (bytes) => {
      looked.copies += 1;
      looked.bytes += bytes;
    }),
    holders: online,
    log: silentLog,
    repair: (each: TorrentEntry) => distribute(distribution, each),
    replicas,
    windowBytes: 4 * pieceLength,
  };
  const events: string[] = [];
  const report = async (event: VerificationEvent): Promise<void> => void events.push(summed(event));
  const { signal } = new AbortController();
  /** The whole of it, as the handler does it. */
  const verify = async (): Promise<Verification> => {
    const verification = new Verification(context, online(), [entry]);
    await verification.verify(report, signal);
    await verification.settle(report, signal);
    await verification.reportMissing(report);
    return verification;
  };
  return { catalog, entry, context, events, report, verify, lost, looked };
}

function summed(event: VerificationEvent): string {
  switch (event.kind) {
    case 'finding':
      return `${event.finding.problem} ${event.finding.holder} ${event.finding.pieceIndex}`;
    case 'settled':
      return `${event.healed ? 'healed' : 'lost'} ${event.finding.holder} ${event.finding.pieceIndex}`;
    case 'left':
      return `left ${event.holder} ${event.fault.code}`;
    case 'missing':
      return `missing ${event.parts.join(',')}`;
  }
}

/** Flips a bit of what the holder keeps. */
function spoil(holder: MemoryHolder, { record }: TorrentEntry, pieceIndex: number): void {
  const bytes = holder.files.get(record.id)?.get(pieceIndex) as Uint8Array;
  bytes[5] = (bytes[5] as number) ^ 1;
}

const two = (): [MemoryHolder, MemoryHolder] => [new MemoryHolder('p1'), new MemoryHolder('p2')];

test('all is well: every copy is looked at, nothing is told', async () => {
  const { verify, events, looked } = swarm(...two());
  const { extent, tally } = await verify();
  assert.deepEqual(extent, { holders: 2, files: 1, pieces: 20, bytes: 2 * content.length });
  assert.deepEqual(tally, { pieces: 20, bytes: 2 * content.length, bad: 0, healed: 0, unhealed: 0, unverified: 0 });
  assert.deepEqual([events, looked], [[], { copies: 20, bytes: 2 * content.length }]);
});

test('a bad copy and one that is gone are told, and healed from the other', async () => {
  const [p1, p2] = two();
  const { entry, verify, events, lost } = swarm(p1, p2);
  spoil(p1, entry, 3);
  p2.files.get(entry.record.id)?.delete(7);
  const { tally } = await verify();
  assert.deepEqual(events.toSorted(), ['corrupt p1 3', 'healed p1 3', 'healed p2 7', 'not-found p2 7']);
  assert.deepEqual([tally.bad, tally.healed, tally.unhealed], [2, 2, 0]);
  assert.deepEqual(lost.sort(), ['corrupt p1 3', 'not-found p2 7']);
  assert.equal(entry.replicas, 2);
  for (const holder of [p1, p2]) {
    assert.ok(Buffer.concat([...(holder.files.get(entry.record.id)?.values() ?? [])]).length === content.length);
  }
});

test('control: holders that do not look find nothing', async () => {
  const [p1, p2] = two();
  const { entry, verify, events } = swarm(p1, p2);
  spoil(p1, entry, 3);
  p1.verifyPiece = async () => {};
  await verify();
  assert.deepEqual(events, []);
});

test('what is bad everywhere cannot be healed, but everything else of the file is', async () => {
  const [p1, p2] = two();
  const { entry, verify, events } = swarm(p1, p2);
  for (const holder of [p1, p2]) spoil(holder, entry, 3);
  spoil(p1, entry, 4);
  const { tally } = await verify();
  const expected = ['corrupt p1 3', 'corrupt p1 4', 'corrupt p2 3', 'healed p1 4', 'lost p1 3', 'lost p2 3'];
  assert.deepEqual(events.toSorted(), expected);
  assert.deepEqual([tally.bad, tally.healed, tally.unhealed], [3, 1, 2]);
});

test('a holder that spoils what it is given is not healed', async () => {
  const [p1, p2] = two();
  const { entry, verify, events } = swarm(p1, p2);
  spoil(p1, entry, 3);
  const store = p1.storePiece.bind(p1);
  p1.storePiece = async (file, piece) => {
    await store(file, piece);
    spoil(p1, entry, piece.pieceIndex);
  };
  assert.equal((await verify()).tally.unhealed, 1);
  assert.deepEqual(events, ['corrupt p1 3', 'lost p1 3']);
});

test('a copy that cannot be read is told, counts for nothing, and is kept until it reads well again', async () => {
  const [p1, p2] = two();
  const { entry, verify, events, lost } = swarm(p1, p2);
  let sick = true;
  p1.before = (operation, pieceIndex) => {
    if (sick && operation === 'verify' && pieceIndex === 3) throw new HolderError('io', 'EIO');
  };
  await verify();
  assert.deepEqual([events, lost, entry.replicas], [['io p1 3', 'lost p1 3'], ['unreadable p1 3'], 1]);
  assert.deepEqual([keptCount(entry, p1.id), entry.losses.unreadableCount(p1.id)], [entry.pieces, 1]);
  sick = false;
  await verify();
  assert.deepEqual([entry.replicas, entry.losses.none], [2, true]);
});

test('a holder that goes away is told once; what it had is not verified, the others are', async () => {
  const [p1, p2] = two();
  const { verify, events, lost } = swarm(p1, p2);
  p1.before = (_operation, pieceIndex) => {
    if (pieceIndex !== 0) throw new HolderError('gone', 'p1 is away');
  };
  const { tally } = await verify();
  assert.deepEqual([events, lost], [['left p1 gone'], []]);
  assert.deepEqual([tally.pieces, tally.unverified], [11, 9]);
});

test('pieces that nobody has any more are told, although nobody was asked for them', async () => {
  const [p1] = two();
  const { entry, verify, events } = swarm(p1);
  for (const pieceIndex of [2, 3]) entry.removePiece(p1.id, pieceIndex);
  const { tally } = await verify();
  assert.deepEqual([events, tally.unhealed], [['missing 2,3'], 2]);
});

test('a file that is deleted meanwhile is no finding', async () => {
  const [p1, p2] = two();
  const { catalog, entry, verify, events } = swarm(p1, p2);
  p1.before = (_operation, pieceIndex) => {
    if (pieceIndex === 1) catalog.remove(entry.record.id);
    throw new HolderError('not-found', 'no such file');
  };
  await verify();
  assert.deepEqual(
    events.filter((event) => !/^(not-found|healed) p1 0$/.test(event)),
    [],
  );
});

test('a few pieces of one holder at a time', async () => {
  const [p1] = two();
  const { verify } = swarm(p1);
  let [underWay, most] = [0, 0];
  p1.before = async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise(setImmediate);
    underWay -= 1;
  };
  await verify();
  assert.equal(most, 4);
});

test('the signal ends it: nothing more is looked at', async () => {
  const [p1] = two();
  const { entry, context, report, looked } = swarm(p1);
  const leaving = new AbortController();
  p1.before = (_operation, pieceIndex) => {
    if (pieceIndex === 4) leaving.abort();
  };
  const verification = new Verification(context, [p1], [entry]);
  assert.deepEqual(await verification.verify(report, leaving.signal), []);
  assert.ok(looked.copies < 9, `${looked.copies}`);
});

test('a copy that could not be given counts again once it is given, not when it is only hashed in its place', async () => {
  const [p1, p2] = two();
  const { entry, verify } = swarm(p1, p2);
  entry.losePiece(p1.id, 3, 'unreadable');
  p1.before = (operation, pieceIndex) => {
    if (operation === 'get' && pieceIndex === 3) throw new HolderError('io', 'EIO');
  };
  assert.deepEqual([(await verify()).tally.bad, entry.replicas], [1, 1]);
  p1.before = () => {};
  assert.deepEqual([(await verify()).tally.bad, entry.replicas], [0, 2]);
});
