import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerId } from '../../bytes/ids.ts';
import { Catalog } from '../../storage/catalog/catalog.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { peer } from '../../storage/swarm.testing.ts';
import { begun, file, told } from './events.testing.ts';
import { PieceChanges } from './pieces.ts';

/** A catalog with one file, and who is online. */
function piecesScene(entry = file('a')) {
  const catalog = new Catalog();
  catalog.add(entry);
  const online = new Set<PeerId>([peer('p1'), peer('p2')]);
  const holders = { get: (id: PeerId) => (online.has(id) ? {} : undefined) };
  const source = begun(new PieceChanges({ catalog, holders }));
  return { catalog, entry, online, source, next: () => told(source.changes()) };
}

const piecesOf = (entry: TorrentEntry, id: string, rest: object) => ({
  event: 'pieces',
  data: { file: entry.record.id, peer: id, kind: 'fifo', state: 'online', seed: false, ...rest },
});

test('gained, lost, away, back, and none any more', () => {
  const { catalog, entry, online, next } = piecesScene();
  assert.deepEqual(next(), []);
  for (const part of [0, 1, 3]) entry.addPiece(peer('p1'), part);
  assert.deepEqual(next(), [piecesOf(entry, 'p1', { pieces: 3, parts: '0-1,3' })]);
  entry.addPiece(peer('p2'), 0);
  assert.deepEqual(next(), [piecesOf(entry, 'p2', { pieces: 1, parts: '0' })], 'p1 has not changed');
  entry.addPiece(peer('p1'), 2);
  assert.deepEqual(next(), [piecesOf(entry, 'p1', { pieces: 4, seed: true, parts: '0-3' })]);
  catalog.setOnline(peer('p1'), false);
  assert.deepEqual(next(), [piecesOf(entry, 'p1', { state: 'offline', pieces: 4, seed: true, parts: '0-3' })]);
  catalog.setHoldings(peer('p1'), [{ file: entry.record.id, parts: [{ first: 0, last: 3 }], shared: false }]);
  assert.deepEqual(next(), [piecesOf(entry, 'p1', { pieces: 4, seed: true, parts: '0-3' })]);
  catalog.setHoldings(peer('p1'), [{ file: entry.record.id, parts: [{ first: 0, last: 3 }], shared: false }]);
  assert.deepEqual(next(), [], 'the same list once more');
  entry.removePiece(peer('p2'), 0);
  assert.deepEqual(next(), [piecesOf(entry, 'p2', { pieces: 0, parts: '' })]);
  entry.removeHolder(peer('p2'));
  assert.deepEqual(next(), [], 'it had nothing before');
  online.delete(peer('p1'));
  entry.removeHolder(peer('p1'));
  assert.deepEqual(next(), [piecesOf(entry, 'p1', { state: 'offline', pieces: 0, parts: '' })]);
});

test('of a file that is listed late all holders are told', () => {
  const { catalog, entry, next } = piecesScene();
  const late = file('late');
  catalog.expect(late);
  late.addPiece(peer('p1'), 0);
  entry.addPiece(peer('p2'), 0);
  assert.deepEqual(next(), [piecesOf(entry, 'p2', { pieces: 1, parts: '0' })]);
  late.addPiece(peer('p2'), 1);
  catalog.add(late);
  assert.deepEqual(next(), [
    piecesOf(late, 'p1', { pieces: 1, parts: '0' }),
    piecesOf(late, 'p2', { pieces: 1, parts: '1' }),
  ]);
});

test('of a file that is listed anew, in the place of what it was, all holders are told', () => {
  const { catalog, entry, next } = piecesScene();
  entry.addPiece(peer('p1'), 0);
  const anew = file('a');
  anew.addPiece(peer('p2'), 1);
  next();
  catalog.add(anew);
  assert.deepEqual(next(), [
    piecesOf(entry, 'p1', { pieces: 0, parts: '' }),
    piecesOf(anew, 'p2', { pieces: 1, parts: '1' }),
  ]);
});

test('of a file that is removed nobody has anything', () => {
  const { catalog, entry, next } = piecesScene();
  entry.addPiece(peer('p1'), 0);
  next();
  catalog.remove(entry.record.id);
  assert.deepEqual(next(), [piecesOf(entry, 'p1', { pieces: 0, parts: '' })]);
});

test('what is told is what there is when it is sent', () => {
  const { entry, source } = piecesScene();
  entry.addPiece(peer('p1'), 0);
  const changes = [...source.changes()];
  entry.addPiece(peer('p1'), 1);
  assert.deepEqual(told(changes), [piecesOf(entry, 'p1', { pieces: 2, parts: '0-1' })]);
});

test('a thousand ranges are told, one more is not', () => {
  const { entry, next } = piecesScene(file('large', 2100));
  for (let part = 0; part < 2000; part += 2) entry.addPiece(peer('p1'), part);
  const [most] = next();
  assert.ok(most?.event === 'pieces');
  assert.equal(most.data.parts?.split(',').length, 1000);
  entry.addPiece(peer('p1'), 2050);
  assert.deepEqual(next(), [piecesOf(entry, 'p1', { pieces: 1001, parts: null })]);
});

test('what is there of one file', () => {
  const { entry, source } = piecesScene();
  entry.addPiece(peer('p1'), 0);
  entry.setHolding(peer('p2'), [1], 'stored');
  entry.removePiece(peer('p2'), 1);
  assert.deepEqual(told(source.present(entry.record.id)), [piecesOf(entry, 'p1', { pieces: 1, parts: '0' })]);
  assert.deepEqual([...source.present(undefined)], []);
});
