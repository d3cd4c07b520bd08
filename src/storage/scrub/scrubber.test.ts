/** The scrub with holders in memory, and a clock that only runs while it waits. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ManualClock } from '../../async/clock.testing.ts';
import { RateLimit } from '../../async/rate-limit.ts';
import type { TorrentId } from '../../bytes/ids.ts';
import { silentLog } from '../../io/log.ts';
import { tempFolder } from '../../io/temp-folder.testing.ts';
import { Catalog } from '../catalog/catalog.ts';
import type { TorrentEntry } from '../catalog/torrent-entry.ts';
import { LostCopies } from '../fetch/lost-copies.ts';
import { HolderError } from '../holders/holder.ts';
import { entryOf, MemoryHolder, peer, someBytes } from '../swarm.testing.ts';
import { CopyVerifier } from './copy-verifier.ts';
import { ScrubState } from './scrub-state.ts';
import { Scrubber } from './scrubber.ts';

const hourMs = 60 * 60 * 1000;
/** A period as short as it can be for a round to be planned anew several times. */
const periodMs = 7 * hourMs;
const pieceLength = 1024;
const pieces = 30;

interface Look {
  readonly atMs: number;
  /** `p1 ID 7` */
  readonly copy: string;
}

/** Two peers that have all of three files, and a server that is started and stopped as often as a test wants. */
async function swarm(t: TestContext, settings: { readonly periodMs?: number; readonly rateMax?: number } = {}) {
  const catalog = new Catalog();
  const looks: Look[] = [];
  const lost: string[] = [];
  let nowMs = Date.UTC(2026, 10, 20);
  const beganMs = nowMs;
  class Watched extends MemoryHolder {
    override async verifyPiece(file: TorrentId, pieceIndex: number, sha1: string): Promise<void> {
      looks.push({ atMs: nowMs - beganMs, copy: `${this.id} ${file} ${pieceIndex}` });
      await super.verifyPiece(file, pieceIndex, sha1);
    }
  }
  const holders = [new Watched('p1'), new Watched('p2')] as [MemoryHolder, MemoryHolder];
  const entries = ['a', 'b', 'c'].map((name) => {
    const content = someBytes(pieces * pieceLength - 100, name);
    const entry = entryOf(name, content, pieceLength);
    for (const holder of holders) holder.fill(entry, Buffer.from(content));
    catalog.add(entry);
    return entry;
  }) as [TorrentEntry, TorrentEntry, TorrentEntry];
  const statePath = join(await tempFolder(t), 'scrub.json');

  /** Runs a server for `ms`. */
  const run = async (ms: number): Promise<Scrubber> => {
    const untilMs = nowMs + ms;
    const clock = new ManualClock();
    const lostCopies = new LostCopies(silentLog, (how, holder, file, pieceIndex) =>
      lost.push(`${how} ${holder} ${file} ${pieceIndex}`),
    );
    const scrubber = await Scrubber.open({
      catalog,
      log: silentLog,
      holders: () => holders.filter(({ id }) => entries.some((entry) => entry.holdings.get(id)?.online)),
      verifier: new CopyVerifier(catalog, lostCopies),
      periodMs: settings.periodMs ?? periodMs,
      rate: new RateLimit({ bytesPerSecond: settings.rateMax ?? 16 * 1024 * 1024, clock }),
      state: new ScrubState(statePath, silentLog),
      now: () => nowMs,
      clock,
    });
    scrubber.start();
    while (settings.periodMs !== 0 && nowMs < untilMs) {
      await new Promise(setImmediate);
      const stepMs = Math.min(clock.nextMs ?? 0, untilMs - nowMs);
      nowMs += stepMs;
      clock.pass(stepMs);
    }
    await scrubber.close();
    return scrubber;
  };
  const setOnline = (holder: MemoryHolder, online: boolean): void => catalog.setOnline(holder.id, online);
  return { run, holders, entries, looks, lost, statePath, setOnline, elapsedMs: () => nowMs - beganMs };
}

/** Every copy there is, once. */
function allCopies(holders: readonly MemoryHolder[], entries: readonly TorrentEntry[]): string[] {
  const copies = holders.flatMap(({ id }) =>
    entries.flatMap(({ record }) =>
      Array.from({ length: pieces }, (_, pieceIndex) => `${id} ${record.id} ${pieceIndex}`),
    ),
  );
  return copies.sort();
}

test('in one period every copy is looked at once, evenly', async (t) => {
  const { run, holders, entries, looks } = await swarm(t);
  const scrubber = await run(periodMs);
  assert.deepEqual(looks.map(({ copy }) => copy).sort(), allCopies(holders, entries));
  for (let hour = 1; hour <= 7; hour += 1) {
    const done = looks.filter(({ atMs }) => atMs < hour * hourMs).length / looks.length;
    assert.ok(Math.abs(done - hour / 7) < 0.02, `after hour ${hour}: ${done}`);
  }
  for (const { id } of holders) assert.ok((scrubber.verifiedMs(id) ?? 0) > 0);
});

test('and in the next period again', async (t) => {
  const { run, holders, entries, looks } = await swarm(t);
  await run(2 * periodMs - 1);
  const all = allCopies(holders, entries);
  assert.deepEqual(looks.map(({ copy }) => copy).sort(), [...all, ...all].sort());
});

test('nobody is said to be verified before a whole round', async (t) => {
  const { run } = await swarm(t);
  assert.equal((await run(6 * hourMs)).verifiedMs(peer('p1')), null);
});

test('a server that is restarted again and again goes on where it was', async (t) => {
  const { run, holders, entries, looks } = await swarm(t);
  for (let hour = 0; hour < 7; hour += 1) await run(hourMs);
  const seen = looks.map(({ copy }) => copy);
  assert.deepEqual([...new Set(seen)].sort(), allCopies(holders, entries));
  // Of a file that was left in the middle the first pieces are looked at twice.
  assert.ok(seen.length < holders.length * entries.length * pieces + 6 * 2 * pieces);
  const firstFile = entries.map(({ record }) => record.id).sort()[0];
  assert.ok(
    looks.every(({ atMs, copy }) => atMs < 4 * hourMs || !copy.includes(` ${firstFile} `)),
    'not anew',
  );
});

for (const text of [
  '',
  '{"holders":{"p1":{}}}',
  '{"holders":{"p1":{"began":"2026-11-20T10:00:00Z","at":{"file":"x","part":-1}}}}',
  '{"holders":{"../x":null}}',
  '[]',
]) {
  test(`a state that is damaged is passed over: ${text}`, async (t) => {
    const { run, holders, entries, looks, statePath } = await swarm(t);
    writeFileSync(statePath, text);
    await run(periodMs);
    assert.deepEqual(looks.map(({ copy }) => copy).sort(), allCopies(holders, entries));
  });
}

test('a round that is done is not begun again by a restart', async (t) => {
  const { run, looks } = await swarm(t);
  await run(periodMs - 1);
  const done = looks.length;
  await run(0);
  assert.equal(looks.length, done);
});

test('a bad copy and one that is gone are found, and no others', async (t) => {
  const { run, holders, entries, lost } = await swarm(t);
  const { id } = entries[0].record;
  holders[0].files.get(id)?.get(3)?.fill(0, 10, 11);
  holders[1].files.get(id)?.delete(5);
  await run(periodMs);
  assert.deepEqual(lost.sort(), [`corrupt p1 ${id} 3`, `not-found p2 ${id} 5`]);
  assert.deepEqual([entries[0].copies()[3], entries[0].copies()[5], entries[0].copies()[4]], [1, 1, 2]);
});

test('control: with holders that do not look, nothing is found', async (t) => {
  const { run, holders, entries, lost } = await swarm(t);
  holders[0].files.get(entries[0].record.id)?.get(3)?.fill(0, 10, 11);
  holders[0].verifyPiece = async () => {};
  await run(periodMs);
  assert.deepEqual(lost, []);
});

test('it is never faster than the rate, however late it is', async (t) => {
  const { run, looks, elapsedMs } = await swarm(t, { periodMs: 1000, rateMax: 10 * pieceLength });
  await run(10_000);
  assert.ok(elapsedMs() === 10_000 && looks.length >= 99 && looks.length <= 102, `${looks.length} in 10 s`);
});

test('a holder that goes away is passed over, and has its turn when it is back', async (t) => {
  const { run, holders, entries, looks, lost, setOnline } = await swarm(t);
  await run(2 * hourMs);
  setOnline(holders[0], false);
  await run(3 * hourMs);
  assert.ok(looks.every(({ atMs, copy }) => copy.startsWith('p2') || atMs <= 2 * hourMs));
  setOnline(holders[0], true);
  await run(2 * hourMs);
  assert.deepEqual([...new Set(looks.map(({ copy }) => copy))].sort(), allCopies(holders, entries));
  assert.deepEqual(lost, []);
});

test('a session that breaks off in the middle costs nobody a copy', async (t) => {
  const { run, holders, entries, lost } = await swarm(t);
  holders[0].before = () => {
    throw new HolderError('gone', 'p1 went away');
  };
  await run(hourMs);
  assert.deepEqual(lost, []);
  assert.equal(entries[0].replicas, 2);
});

test('a holder that owes answers is left in peace', async (t) => {
  const { run, holders, looks } = await swarm(t);
  holders[0].stalled = true;
  await run(periodMs);
  assert.ok(looks.length === 3 * pieces && looks.every(({ copy }) => copy.startsWith('p2')));
});

test('a period of 0: never', async (t) => {
  const { run, looks } = await swarm(t, { periodMs: 0 });
  await run(hourMs);
  assert.deepEqual(looks, []);
});

test('what was verified at once is not looked at again for a whole period', async (t) => {
  const { run, holders, looks } = await swarm(t);
  const scrubber = await run(0);
  const before = looks.length;
  const beganMs = Date.UTC(2026, 10, 20);
  for (const { id } of holders) await scrubber.verifiedBySomebody(id, beganMs);
  const verifiedMs = (await run(6 * hourMs)).verifiedMs(peer('p1')) ?? 0;
  assert.ok(verifiedMs >= beganMs && verifiedMs < beganMs + hourMs);
  assert.equal(looks.length, before);
});

test('files that are deleted or come later do not upset a round', async (t) => {
  const { run, holders, entries, looks, lost } = await swarm(t);
  await run(hourMs / 2);
  for (const holder of holders) holder.files.delete(entries[1].record.id);
  for (const { id } of holders) entries[1].removeHolder(id);
  await run(periodMs);
  assert.deepEqual(lost, []);
  const others = allCopies(holders, [entries[0], entries[2]]);
  assert.ok(others.every((copy) => looks.some((look) => look.copy === copy)));
});
