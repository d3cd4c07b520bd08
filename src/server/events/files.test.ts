import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventView } from '../../protocols/api/event-types.ts';
import { Catalog } from '../../storage/catalog/catalog.ts';
import { peer } from '../../storage/swarm.testing.ts';
import { begun, file, ids, told } from './events.testing.ts';
import { FileChanges } from './files.ts';

test('listed, changed where it shows, removed', () => {
  const catalog = new Catalog();
  const [old, entry] = [file('old'), file('a')];
  catalog.add(old);
  const source = begun(new FileChanges(catalog));
  const next = (): EventView[] => told(source.changes());
  assert.deepEqual(next(), []);
  entry.addPiece(peer('p1'), 0);
  assert.deepEqual(next(), [], 'not listed yet');
  catalog.add(entry);
  const [listed, ...more] = next();
  assert.ok(listed?.event === 'file');
  assert.deepEqual([listed.data.id, listed.data.available_pieces, more], [entry.record.id, 1, []]);
  entry.addPiece(peer('p1'), 1);
  assert.deepEqual(
    next().map(({ data }) => 'available_pieces' in data && data.available_pieces),
    [2],
  );
  entry.addPiece(peer('p2'), 1);
  assert.deepEqual(next(), [], 'a copy more of a piece that is not the rarest');
  assert.deepEqual(next(), []);
  catalog.remove(entry.record.id);
  assert.deepEqual(next(), [{ event: 'file-removed', data: { id: entry.record.id } }]);
  assert.deepEqual(next(), []);
});

test('one that comes and one that goes at the same time', () => {
  const catalog = new Catalog();
  const [old, entry] = [file('old'), file('a')];
  catalog.add(old);
  const source = begun(new FileChanges(catalog));
  catalog.remove(old.record.id);
  catalog.add(entry);
  assert.deepEqual(ids(told(source.changes())), [`file ${entry.record.id}`, `file-removed ${old.record.id}`]);
  catalog.remove(entry.record.id);
  catalog.add(file('a'));
  assert.deepEqual(ids(told(source.changes())), [`file ${entry.record.id}`], 'the same file, listed once more');
});

test('what is there of one file', () => {
  const catalog = new Catalog();
  const entry = file('a');
  catalog.add(entry);
  const source = begun(new FileChanges(catalog));
  assert.deepEqual(ids(told(source.present(entry.record.id))), [`file ${entry.record.id}`]);
  assert.deepEqual([...source.present(undefined), ...source.present('f'.repeat(40))], []);
});
