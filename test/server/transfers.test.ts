/** What is on its way, as `GET /transfers` tells it, with real clients that are slow, or killed. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TransfersView, TransferView, UploadView } from '../../src/protocols/api/types.ts';
import { until } from '../node/node.testing.ts';
import {
  curl,
  curlJson,
  type Running,
  type ServerProcess,
  serverRoot,
  someBytes,
  startPeer,
  startProgram,
  startServer,
} from '../programs.testing.ts';

/** Much more than the system takes for a client that does not read. */
const content = someBytes(24 * 1024 * 1024);

const listed = ({ url }: ServerProcess): Promise<TransfersView> => curlJson<TransfersView>(`${url}/transfers`);

/** The only transfer there is, once it has come further than `bytes`. */
async function seen(server: ServerProcess, bytes: number): Promise<TransferView> {
  const { transfers } = await until(
    () => listed(server),
    (view) => view.transfers.some((transfer) => transfer.bytes > bytes && transfer.bytes_per_second > 0),
  );
  assert.equal(transfers.length, 1);
  return transfers[0] as TransferView;
}

const gone = (server: ServerProcess): Promise<TransfersView> =>
  until(
    () => listed(server),
    ({ count }) => count === 0,
  );

test('a slow download is seen to go on, and is gone when the client is killed', async (t) => {
  const server = await startServer(t, serverRoot(t));
  await startPeer(t, server, 'p1');
  const path = join(server.root, 'upload');
  writeFileSync(path, content);
  const { id } = await curlJson<UploadView>('-T', path, `${server.url}/upload/film.bin`);
  assert.deepEqual(await gone(server), { count: 0, transfers: [] });
  const download = `${server.url}/download?file=${id}`;
  const client = startProgram(t, 'curl', ['-sS', '-o', '/dev/null', '--limit-rate', '4M', download]);
  const first = await seen(server, 0);
  const { bytes, bytes_per_second: _, started, ...what } = await seen(server, first.bytes);
  assert.deepEqual(what, {
    id: first.id,
    kind: 'download',
    file: id,
    name: 'film.bin',
    peer: '127.0.0.1',
    length: content.length,
  });
  assert.ok(bytes < content.length);
  assert.equal(started, first.started);
  const table = await curl('-H', 'Accept: text/plain', `${server.url}/transfers`);
  assert.match(table.stdout.toString(), new RegExp(`^download +\\d+% +24.0 MiB .*127.0.0.1 +${id}  film.bin$`, 'm'));
  assert.match((await curl(`${server.url}/metrics`)).stdout.toString(), /^rivulet_transfers\{kind="download"\} 1$/m);
  await client.end('SIGKILL');
  await gone(server);
  assert.equal((await curl('-f', '-o', '/dev/null', '-r', '0-999999', download)).code, 0);
  await gone(server);
});

/** A client that sends what is written to its stdin, in chunks. */
const sender = (t: TestContext, { url }: ServerProcess): Running =>
  startProgram(t, 'curl', ['-sSf', '-T', '-', `${url}/upload/notes.txt`], undefined, 'pipe');

test('an upload that is held open is seen to come in, and is gone when it is answered, or killed', async (t) => {
  const server = await startServer(t, serverRoot(t));
  for (const killed of [true, false]) {
    const client = sender(t, server);
    client.child.stdin?.write(content.subarray(0, 100_000));
    const first = await seen(server, 99_999);
    const { kind, bytes, length, file, name } = first;
    assert.deepEqual([kind, bytes, length, file, name], ['upload', 100_000, null, null, 'notes.txt']);
    client.child.stdin?.write(content.subarray(100_000, 300_000));
    const later = await seen(server, 299_999);
    assert.deepEqual([later.id, later.bytes], [first.id, 300_000]);
    if (killed) await client.end('SIGKILL');
    else client.child.stdin?.end();
    await gone(server);
    assert.equal(await client.over(), killed ? 'SIGKILL' : 0);
  }
});
