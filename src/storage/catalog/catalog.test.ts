import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TorrentId } from '../../bytes/ids.ts';
import { entryOf, peer, someBytes } from '../swarm.testing.ts';
import { Catalog, type ListPosition } from './catalog.ts';
import { TorrentEntry } from './torrent-entry.ts';

const fourPieces = (name: string, createdMs = 0) => entryOf(name, someBytes(4000, name), 1024, createdMs);

test('a file is as available as its rarest piece', () => {
  const entry = fourPieces('a');
  assert.deepEqual([entry.pieces, entry.state, entry.replicas, entry.seeds], [4, 'unavailable', 0, 0]);
  entry.setHolding(peer('p1'), [0, 1], 'stored');
  assert.deepEqual([entry.state, entry.availablePieces, entry.missing()], ['partial', 2, [2, 3]]);
  entry.setHolding(peer('p2'), [0, 1, 2, 3], 'stored');
  assert.deepEqual([entry.state, entry.replicas, entry.seeds, entry.copies()], ['available', 1, 1, [2, 2, 1, 1]]);
  assert.deepEqual(entry.holdersOf(0), [peer('p1'), peer('p2')]);
});

test('a holder that goes away is remembered, and counts again when it is back', () => {
  const entry = fourPieces('a');
  entry.setHolding(peer('p1'), [0, 1, 2, 3], 'stored');
  entry.setOnline(peer('p1'), false);
  entry.setOnline(peer('p1'), false);
  assert.deepEqual([entry.state, entry.seeds, entry.holdersOf(0)], ['unavailable', 0, []]);
  assert.equal(entry.holdings.get(peer('p1'))?.pieces.count, 4);
  entry.setOnline(peer('p1'), true);
  assert.deepEqual([entry.state, entry.copies()], ['available', [1, 1, 1, 1]]);
});

test('a piece counts once, however often it is reported, and not at all past the end', () => {
  const entry = fourPieces('a');
  entry.addPiece(peer('p1'), 0);
  entry.addPiece(peer('p1'), 0);
  assert.deepEqual(entry.copies(), [1, 0, 0, 0]);
  entry.removePiece(peer('p1'), 0);
  entry.removePiece(peer('p1'), 0);
  assert.deepEqual(entry.copies(), [0, 0, 0, 0]);
  entry.setHolding(peer('p1'), [3, 4, 1000], 'stored');
  assert.deepEqual(entry.copies(), [0, 0, 0, 1]);
});

test('an empty file is available although nobody has a piece of it', () => {
  const entry = entryOf('empty', new Uint8Array(), 1024);
  assert.deepEqual([entry.pieces, entry.state, entry.replicas], [0, 'available', 0]);
});

test('the newest file of a name comes first', () => {
  const catalog = new Catalog();
  const older = entryOf('same', someBytes(10, 'x'), 1024, 1000);
  const newer = entryOf('same', someBytes(10, 'y'), 1024, 2000);
  catalog.add(newer);
  catalog.add(older);
  assert.deepEqual(catalog.named('same'), [newer, older]);
  catalog.remove(newer.record.id);
  assert.deepEqual(catalog.named('same'), [older]);
  catalog.remove(older.record.id);
  assert.deepEqual(catalog.named('same'), []);
});

for (const [name, text] of [
  ['résumé.pdf', 'RÉSUM'],
  ['чай.txt', 'ЧАЙ'],
  ['한글.txt', '한글'],
] as const) {
  test(`a search finds ${name} in every Unicode normal form, asked for in every one`, () => {
    const forms = ['NFC', 'NFD'] as const;
    for (const stored of forms) {
      const catalog = new Catalog();
      const entry = fourPieces(name.normalize(stored));
      catalog.add(entry);
      catalog.add(fourPieces('resume.pdf'));
      for (const asked of forms) {
        assert.deepEqual(catalog.list({ text: text.normalize(asked), limit: 10 }).entries, [entry]);
      }
      assert.equal(entry.record.name, name.normalize(stored), 'the name itself stays as it was sent');
    }
  });
}

test('pages hold every file once, the newest first', () => {
  const catalog = new Catalog();
  for (let index = 0; index < 25; index += 1) catalog.add(fourPieces(`file ${index}`, index));
  const names: string[] = [];
  let after: ListPosition | undefined;
  let more = true;
  while (more) {
    const page = catalog.list({ limit: 10, after });
    assert.equal(page.count, 25);
    names.push(...page.entries.map(({ record }) => record.name));
    after = page.entries.at(-1)?.record;
    more = page.more;
  }
  assert.deepEqual(
    names,
    Array.from({ length: 25 }, (_, index) => `file ${24 - index}`),
  );
});

test('a page follows the one before even when the last file of that was removed meanwhile', () => {
  const catalog = new Catalog();
  const entries = [1, 2, 3, 4].map((createdMs) => fourPieces(`file ${createdMs}`, createdMs));
  for (const entry of entries) catalog.add(entry);
  const last = catalog.list({ limit: 2 }).entries.at(-1) as TorrentEntry;
  catalog.remove(last.record.id);
  const page = catalog.list({ limit: 2, after: last.record });
  assert.deepEqual(
    page.entries.map(({ record }) => record.name),
    ['file 2', 'file 1'],
  );
  assert.deepEqual(catalog.list({ limit: 2, after: entries[0]?.record }), { count: 3, entries: [], more: false });
});

test('a search is for a part of the name, whatever the case', () => {
  const catalog = new Catalog();
  for (const name of ['Alpha.iso', 'beta.ISO', 'gamma']) catalog.add(fourPieces(name));
  assert.equal(catalog.list({ text: 'iso', limit: 10 }).count, 2);
  assert.equal(catalog.list({ text: 'delta', limit: 10 }).count, 0);
});

test('the list of a holder replaces what was known of it, and tells which files are unknown', () => {
  const catalog = new Catalog();
  const [a, b] = [fourPieces('a'), fourPieces('b')];
  catalog.add(a);
  catalog.add(b);
  const all = [{ first: 0, last: 3 }];
  catalog.setHoldings(peer('p1'), [{ file: a.record.id, parts: all, shared: false }]);
  assert.equal(a.state, 'available');
  const stranger = 'f'.repeat(40) as TorrentId;
  const unknown = catalog.setHoldings(peer('p1'), [
    { file: b.record.id, parts: all, shared: true },
    { file: stranger, parts: all, shared: false },
  ]);
  assert.deepEqual(unknown, [stranger]);
  assert.deepEqual([a.state, b.state, b.holdings.get(peer('p1'))?.kind], ['unavailable', 'available', 'lent']);
});

test('an enormous range in a list costs no more than the file has pieces', () => {
  const catalog = new Catalog();
  const entry = fourPieces('a');
  catalog.add(entry);
  catalog.setHoldings(peer('p1'), [{ file: entry.record.id, parts: [{ first: 2, last: 0xffff_ffff }], shared: false }]);
  assert.deepEqual(entry.copies(), [0, 0, 1, 1]);
});

test('a file on its way in is not listed, but hears of holders that come and go', () => {
  const catalog = new Catalog();
  const entry = fourPieces('a');
  catalog.expect(entry);
  entry.setHolding(peer('p1'), [0, 1, 2, 3], 'stored');
  catalog.setOnline(peer('p1'), false);
  assert.deepEqual([entry.state, catalog.get(entry.record.id), catalog.size], ['unavailable', undefined, 0]);
  catalog.add(entry);
  assert.deepEqual([catalog.get(entry.record.id), catalog.size], [entry, 1]);
});

test('the version rises with every change', () => {
  const catalog = new Catalog();
  const entry = fourPieces('a');
  const versions = [catalog.version];
  catalog.add(entry);
  versions.push(catalog.version);
  catalog.setOnline(peer('p1'), true);
  versions.push(catalog.version);
  catalog.remove(entry.record.id);
  versions.push(catalog.version);
  assert.deepEqual(
    versions,
    [...new Set(versions)].sort((a, b) => a - b),
  );
});

/** Steps done to a file of which p1 has the pieces 0 and 1, and whether each changes it. */
const steps: readonly { name: string; step: (entry: TorrentEntry) => void; changes: boolean }[] = [
  { name: 'a piece more', step: (entry) => entry.addPiece(peer('p1'), 2), changes: true },
  { name: 'a piece that it has', step: (entry) => entry.addPiece(peer('p1'), 1), changes: false },
  { name: 'a piece less', step: (entry) => entry.removePiece(peer('p1'), 1), changes: true },
  { name: 'a piece less that it has not', step: (entry) => entry.removePiece(peer('p1'), 3), changes: false },
  { name: 'a piece that is lost', step: (entry) => entry.losePiece(peer('p1'), 1, 'corrupt'), changes: true },
  { name: 'a holder that goes', step: (entry) => entry.setOnline(peer('p1'), false), changes: true },
  { name: 'a holder that was there already', step: (entry) => entry.setOnline(peer('p1'), true), changes: false },
  { name: 'a stranger that goes', step: (entry) => entry.setOnline(peer('p2'), false), changes: false },
  { name: 'a holder that has nothing any more', step: (entry) => entry.removeHolder(peer('p1')), changes: true },
  { name: 'a stranger that has nothing', step: (entry) => entry.removeHolder(peer('p2')), changes: false },
  { name: 'the same list once more', step: (entry) => entry.setHolding(peer('p1'), [0, 1], 'stored'), changes: false },
  { name: 'another list', step: (entry) => entry.setHolding(peer('p1'), [0, 2], 'stored'), changes: true },
  { name: 'a list that is lent', step: (entry) => entry.setHolding(peer('p1'), [0, 1], 'lent'), changes: true },
  { name: 'its hash', step: (entry) => entry.learn({ sha256: '00'.repeat(32) }), changes: true },
];
for (const { name, step, changes } of steps) {
  test(`the version of a file ${changes ? 'rises with' : 'stays as it is after'} ${name}`, () => {
    const entry = fourPieces('a');
    entry.setHolding(peer('p1'), [0, 1], 'stored');
    entry.setHolding(peer('p3'), [0], 'stored');
    const [version, other] = [entry.version, entry.holdings.get(peer('p3'))?.version];
    step(entry);
    assert.equal(entry.version > version, changes);
    assert.equal(TorrentEntry.latestVersion, entry.version);
    assert.equal(entry.holdings.get(peer('p3'))?.version, other, 'another holder has not changed');
    const changed = entry.holdings.get(peer('p1'));
    if (changes && changed !== undefined && name !== 'its hash') assert.ok(changed.version > version);
  });
}

test('a list that is sent once more changes no file, and one that lacks a file changes that', () => {
  const catalog = new Catalog();
  const [a, b] = [fourPieces('a'), fourPieces('b')];
  const held = [a, b].map(({ record }) => ({ file: record.id, parts: [{ first: 0, last: 3 }], shared: false }));
  catalog.add(a);
  catalog.expect(b);
  catalog.setHoldings(peer('p1'), held);
  const versions = [a.version, b.version] as const;
  catalog.setHoldings(peer('p1'), held);
  assert.deepEqual([a.version, b.version], versions);
  catalog.setHoldings(peer('p1'), held.slice(1));
  assert.deepEqual([a.version > versions[0], b.version, a.state], [true, versions[1], 'unavailable']);
});

test('a file that comes into the catalog has changed just then', () => {
  const entry = fourPieces('a');
  entry.addPiece(peer('p1'), 0);
  const { latestVersion } = TorrentEntry;
  new Catalog().add(entry);
  assert.ok(entry.version > latestVersion);
  assert.equal(entry.holdings.get(peer('p1'))?.version, entry.version, 'and so has what holders have of it');
});

test('a file is found by either info-hash, the v2 one whole or cut, once it has a v2 torrent', () => {
  const catalog = new Catalog();
  const entry = entryOf('a', someBytes(40_000), 16_384);
  catalog.add(entry);
  const { id } = entry.record;
  assert.deepEqual([catalog.byInfoHash(id), entry.infoHashV2], [entry, undefined]);
  const before = catalog.version;
  catalog.learn(entry, { tree: { root: Buffer.alloc(32, 1), layer: Buffer.alloc(96) } });
  assert.ok(catalog.version > before);
  const whole = entry.infoHashV2 as string;
  assert.match(whole, /^[0-9a-f]{64}$/);
  assert.deepEqual([catalog.byInfoHash(whole), catalog.byInfoHash(whole.slice(0, 40))], [entry, entry]);
  assert.equal(catalog.byInfoHash(`${whole.slice(0, 40)}${'0'.repeat(24)}`), undefined, 'alike only so far');
  assert.equal(catalog.byInfoHash(`${id}${'0'.repeat(24)}`), undefined);
  catalog.remove(id);
  assert.deepEqual([catalog.byInfoHash(whole), catalog.byInfoHash(id)], [undefined, undefined]);
});

test('the list stays in order while files come and go, as if it were sorted anew each time', () => {
  const catalog = new Catalog();
  let seed = 7;
  const below = (end: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % end;
  };
  const listed = new Map<string, TorrentEntry>();
  for (let step = 0; step < 600; step += 1) {
    const number = below(60);
    const [known] = [...listed.values()].filter(({ record }) => record.name === `f${number}`);
    if (known === undefined) {
      const entry = fourPieces(`f${number}`, below(10));
      catalog.add(entry);
      listed.set(entry.record.id, entry);
    } else {
      catalog.remove(known.record.id);
      listed.delete(known.record.id);
    }
    const sorted = [...listed.values()].sort(
      (a, b) => b.record.createdMs - a.record.createdMs || (a.record.id < b.record.id ? -1 : 1),
    );
    assert.deepEqual(catalog.list({ limit: 100 }).entries, sorted, `step ${step}`);
  }
});
