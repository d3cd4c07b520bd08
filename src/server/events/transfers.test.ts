import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TransferView } from '../../protocols/api/types.ts';
import { begun, ids, told } from './events.testing.ts';
import { TransferChanges } from './transfers.ts';

const transfer = (id: string, rest: Partial<TransferView> = {}): TransferView => ({
  ...{ id, kind: 'upload', file: null, name: 'a', peer: '127.0.0.1', bytes: 0, length: 100, bytes_per_second: 0 },
  started: '2026-01-01T00:00:00.000Z',
  ...rest,
});

/** Transfers under way, as a test sets them. */
function transfersScene(...first: TransferView[]) {
  const board = { underWay: first, nowMs: 0 };
  const source = begun(new TransferChanges(() => board.underWay));
  const next = (passedMs: number, ...underWay: TransferView[]): string[] => {
    board.underWay = underWay;
    board.nowMs += passedMs;
    return told(source.changes(board.nowMs)).map((event) =>
      event.event === 'transfer' ? `${event.data.id}: ${event.data.bytes}` : ids([event]).join(),
    );
  };
  return { source, next };
}

test('begin and end at once, go on twice a second', () => {
  const { next } = transfersScene();
  assert.deepEqual(next(100, transfer('1')), ['1: 0']);
  assert.deepEqual(next(100, transfer('1', { bytes: 10 })), []);
  assert.deepEqual(next(100, transfer('1', { bytes: 20 }), transfer('2')), ['2: 0']);
  assert.deepEqual(next(300, transfer('1', { bytes: 50 }), transfer('2')), ['1: 50']);
  assert.deepEqual(next(400, transfer('1', { bytes: 60 }), transfer('2')), []);
  assert.deepEqual(next(100, transfer('1', { bytes: 60 }), transfer('2')), ['1: 60'], 'the last state is told too');
  assert.deepEqual(next(1000, transfer('1', { bytes: 60 }), transfer('2')), [], 'nothing has moved');
  assert.deepEqual(next(10, transfer('2')), ['transfer-ended 1']);
  assert.deepEqual(next(10), ['transfer-ended 2']);
});

test('one that is over before it was seen is none', () => {
  const { next } = transfersScene();
  assert.deepEqual([next(100, transfer('1')), next(100), next(100)], [['1: 0'], ['transfer-ended 1'], []]);
});

test('those that are there are told to whoever comes', () => {
  const { source, next } = transfersScene(transfer('1'), transfer('2', { kind: 'download', file: 'f1' }));
  assert.deepEqual(next(100, transfer('1'), transfer('2', { kind: 'download', file: 'f1' })), []);
  assert.deepEqual(ids(told(source.present(undefined))), ['transfer 1', 'transfer 2']);
  assert.deepEqual(ids(told(source.present('f1'))), ['transfer 2']);
  assert.deepEqual(
    [...source.changes(0)].map(({ file: about }) => about),
    [],
  );
});
