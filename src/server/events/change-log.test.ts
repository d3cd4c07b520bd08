import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Change } from './change.ts';
import { type Bookmark, ChangeLog } from './change-log.ts';

const change = (id: string): Change =>
  new Change('peers', `peer ${id}`, null, () => ({ event: 'peer-removed', data: { id } }));

function readAll(bookmark: Bookmark): string[] {
  const keys: string[] = [];
  for (let next = bookmark.next(); next !== undefined; next = bookmark.next()) keys.push(next.key.slice(5));
  return keys;
}

test('a reader reads what comes after it has begun, in order, once', () => {
  const log = new ChangeLog();
  const early = log.bookmark();
  log.append(change('a'));
  const late = log.bookmark();
  log.append(change('b'));
  assert.deepEqual([readAll(early), readAll(late)], [['a', 'b'], ['b']]);
  assert.deepEqual([readAll(early), readAll(late)], [[], []]);
  log.append(change('c'));
  assert.deepEqual([readAll(early), readAll(late)], [['c'], ['c']]);
});

test('of each thing the latest change is read, in its place', () => {
  const log = new ChangeLog();
  const reader = log.bookmark();
  const changes = ['a', 'b', 'a', 'a'].map(change);
  for (const each of changes) log.append(each);
  assert.equal(log.size, 2);
  assert.deepEqual([reader.next(), reader.next(), reader.next()], [changes[1], changes[3], undefined]);
});

test('what was read can be read again when it has changed', () => {
  const log = new ChangeLog();
  const [one, other] = [log.bookmark(), log.bookmark()];
  log.append(change('a'));
  log.append(change('b'));
  assert.deepEqual(readAll(one), ['a', 'b']);
  log.append(change('a'));
  assert.deepEqual([readAll(one), readAll(other)], [['a'], ['b', 'a']]);
});

test('what all have read is forgotten', () => {
  const log = new ChangeLog();
  const [one, other] = [log.bookmark(), log.bookmark()];
  for (const id of ['a', 'b', 'c']) log.append(change(id));
  readAll(one);
  assert.equal(log.size, 3);
  other.next();
  assert.equal(log.size, 2);
  readAll(other);
  assert.equal(log.size, 0);
});

test('a reader that is gone keeps nothing', () => {
  const log = new ChangeLog();
  const [slow, quick] = [log.bookmark(), log.bookmark()];
  for (const id of ['a', 'b']) log.append(change(id));
  quick.next();
  slow.remove();
  assert.deepEqual([log.size, readAll(quick)], [1, ['b']]);
  log.append(change('c'));
  quick.remove();
  quick.remove();
  assert.equal(log.size, 0);
});

/** Against a model that keeps everything: each reader has read the latest of each thing, and nothing twice. */
test('whatever the order of changes and readers', () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  const log = new ChangeLog();
  const latest = new Map<string, Change>();
  const readers = Array.from({ length: 4 }, () => ({ bookmark: log.bookmark(), read: new Map<string, Change>() }));
  const readOne = (reader: (typeof readers)[number]): boolean => {
    const next = reader.bookmark.next();
    if (next === undefined) return false;
    assert.notEqual(reader.read.get(next.key), next, 'twice');
    reader.read.set(next.key, next);
    return true;
  };
  for (let step = 0; step < 5000; step += 1) {
    const reader = readers[random(readers.length)];
    if (random(3) > 0 && reader !== undefined) {
      readOne(reader);
      continue;
    }
    const made = change(String(random(10)));
    latest.set(made.key, made);
    log.append(made);
  }
  for (const reader of readers) {
    while (readOne(reader));
    assert.deepEqual(reader.read, latest);
  }
  assert.equal(log.size, 0);
});
