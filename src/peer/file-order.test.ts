import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { TorrentId } from '../bytes/ids.ts';
import { FileOrder, type FileWork } from './file-order.ts';

const [file, other] = ['a', 'b'].map((digit) => digit.repeat(40)) as [TorrentId, TorrentId];

/** Runs work that waits to be ended by name, and knows what has begun. */
class Works {
  readonly order = new FileOrder();
  readonly begun: string[] = [];
  readonly #endings = new Map<string, () => void>();

  start(name: string, kind: FileWork, of = file): Promise<void> {
    return this.order.run(of, kind, async () => {
      this.begun.push(name);
      await new Promise<void>((resolve) => this.#endings.set(name, resolve));
      if (name.startsWith('failing')) throw new Error(name);
    });
  }

  async end(name: string): Promise<void> {
    this.#endings.get(name)?.();
    await turn();
  }
}

const rows: { first: FileWork; second: FileWork; together: boolean }[] = [
  { first: 'store', second: 'store', together: true },
  { first: 'use', second: 'use', together: true },
  { first: 'use', second: 'store', together: true },
  { first: 'store', second: 'use', together: false },
  { first: 'store', second: 'drop', together: false },
  { first: 'use', second: 'drop', together: false },
  { first: 'drop', second: 'store', together: false },
  { first: 'drop', second: 'use', together: false },
  { first: 'drop', second: 'drop', together: false },
];
for (const { first, second, together } of rows) {
  test(`${second} after ${first}: ${together ? 'side by side' : 'one after the other'}`, async () => {
    const works = new Works();
    const done = [works.start('first', first), works.start('second', second)];
    await turn();
    assert.deepEqual(works.begun, together ? ['first', 'second'] : ['first']);
    await works.end('first');
    assert.deepEqual(works.begun, ['first', 'second']);
    await works.end('second');
    await Promise.all(done);
  });
}

test('a failure concerns only who asked', async () => {
  const works = new Works();
  const failing = assert.rejects(works.start('failing', 'store'), /failing/);
  const using = works.start('using', 'use');
  await turn();
  await works.end('failing');
  assert.deepEqual(works.begun, ['failing', 'using']);
  await works.end('using');
  await Promise.all([failing, using]);
});

test('files do not wait for each other', async () => {
  const works = new Works();
  const done = [works.start('one', 'drop'), works.start('other', 'drop', other)];
  await turn();
  assert.deepEqual(works.begun, ['one', 'other']);
  for (const name of ['one', 'other']) await works.end(name);
  await Promise.all(done);
});

test('stored() waits for pieces, of one file or of all, and not for what is read', async () => {
  const works = new Works();
  const done = [works.start('storing', 'store'), works.start('reading', 'use', other)];
  const settled: string[] = [];
  const all = works.order.stored().then(() => settled.push('all'));
  const one = works.order.stored(file).then(() => settled.push('one'));
  await works.order.stored(other);
  await turn();
  assert.deepEqual(settled, []);
  await works.end('storing');
  await Promise.all([all, one]);
  await works.end('reading');
  await Promise.all(done);
});
