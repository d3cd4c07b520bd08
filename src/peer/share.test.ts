import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Backoff } from '../async/backoff.ts';
import { foregroundClock } from '../async/clock.ts';
import { CommandError } from '../cli/exit.ts';
import { silentLog } from '../io/log.ts';
import { PieceStore } from '../io/pieces/piece-store.ts';
import { tempFolder } from '../io/temp-folder.testing.ts';
import { type ShareContext, shareFile } from './share.ts';

const content = randomBytes(10_000);
const [one, two, three] = ['1', '2', '3'].map((digit) => digit.repeat(40));
const known = { id: one, name: 'other name.iso', length: 10_000, sha256: sha256(content), piece_length: 4096 };
const stranger = { ...known, id: two, sha256: sha256(Buffer.from('something else')) };

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A file to share, a store, and a server that knows `files`, one on a page. */
async function setting(t: TestContext, files: readonly object[]) {
  const server = createServer((request, response) => {
    const cursor = Number(new URL(request.url ?? '', 'http://localhost').searchParams.get('cursor') ?? 0);
    const next = cursor + 1 < files.length ? { next: String(cursor + 1) } : {};
    response.end(JSON.stringify({ count: files.length, files: files.slice(cursor, cursor + 1), ...next }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const path = join(tempFolder(t), "ann's file.iso");
  await writeFile(path, content);
  const directory = tempFolder(t);
  const store = await PieceStore.open(directory, { log: silentLog });
  t.after(() => store.close());
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const { signal } = new AbortController();
  const retrying = { backoff: new Backoff(), clock: foregroundClock, signal, say: assert.fail };
  const context: ShareContext = { store, server: url, retrying };
  return { path, directory, store, server, context };
}

test('a file that the server knows is shared, whatever its name, wherever in the list', async (t) => {
  const { path, store, context } = await setting(t, [stranger, { ...known, length: 9 }, { id: 7 }, known]);
  assert.equal(await shareFile(path, context), one);
  assert.deepEqual(store.list(), [{ file: one, parts: [{ first: 0, last: 2 }], shared: true }]);
  const into = Buffer.alloc(10_000 - 2 * 4096);
  await store.read(store.list()[0]?.file ?? assert.fail(), 2, into);
  assert.deepEqual(into, content.subarray(2 * 4096));
});

test('pieces are as long as the server has them; of files with the same content the name decides', async (t) => {
  const files = [known, { ...known, id: three, piece_length: 1024 }, { ...known, id: two, name: "ann's file.iso" }];
  const { path, store, context } = await setting(t, files);
  assert.equal(await shareFile(path, context), two);
  assert.deepEqual(store.list()[0]?.parts, [{ first: 0, last: 2 }]);
  const other = await setting(t, [{ ...known, id: three, piece_length: 1024 }, stranger]);
  assert.equal(await shareFile(other.path, other.context), three);
  assert.deepEqual(other.store.list()[0]?.parts, [{ first: 0, last: 9 }]);
});

test('a file that is shared already and has not changed needs no server and no hashing', async (t) => {
  const { path, context, server, directory } = await setting(t, [known]);
  await shareFile(path, context);
  server.close();
  const again = await PieceStore.open(directory, { log: silentLog });
  t.after(() => again.close());
  assert.equal(await shareFile(path, { ...context, store: again }), one);
});

const refusals = [
  { name: 'unknown', files: [stranger], message: /does not know .*curl -T '.*\/ann'\\''s file.iso' http:/ },
  { name: 'a server without files', files: [], message: /does not know/ },
];
for (const { name, files, message } of refusals) {
  test(`a file that the server does not know cannot be shared: ${name}`, async (t) => {
    const { path, store, context } = await setting(t, files);
    await assert.rejects(shareFile(path, context), (error) => {
      assert.ok(error instanceof CommandError);
      assert.match(error.message, message);
      return true;
    });
    assert.deepEqual(store.list(), []);
  });
}

test('what is no file, or empty, cannot be shared', async (t) => {
  const { directory, context } = await setting(t, [known]);
  await mkdir(join(directory, 'folder'));
  await writeFile(join(directory, 'empty'), '');
  for (const name of ['missing', 'folder', 'empty']) {
    await assert.rejects(shareFile(join(directory, name), context), /cannot be shared/);
  }
});
