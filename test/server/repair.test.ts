/** Peers that come and go for good, with real processes: pieces get their copies again, and go to where there is room. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { breath } from '../../src/async/breath.testing.ts';
import type { FileDetailView, UploadView } from '../../src/protocols/api/types.ts';
import {
  curl,
  curlJson,
  type Running,
  type ServerProcess,
  serverRoot,
  someBytes,
  startPeer,
  startServer,
} from '../programs.testing.ts';

const pieces = 60;
const content = someBytes(pieces * 1024 - 100);

/** A server with some peers and a file of sixty pieces on them. */
async function scene(t: TestContext, ids: readonly string[], config: object) {
  const server = await startServer(t, serverRoot(t, { piece_size: 1024, ...config }));
  const peers = new Map<string, Running>();
  for (const id of ids) peers.set(id, await startPeer(t, server, id));
  const path = join(server.root, 'upload');
  writeFileSync(path, content);
  const { id } = await curlJson<UploadView>('-T', path, `${server.url}/upload/a.bin`);
  return { server, peers, id };
}

const fileInfo = ({ url }: ServerProcess, id: string): Promise<FileDetailView> =>
  curlJson<FileDetailView>(`${url}/file?id=${id}`);

/** Downloads the file, which must be right whatever goes on, until what is known of it `holds`. */
async function downloadUntil(
  server: ServerProcess,
  id: string,
  holds: (file: FileDetailView) => boolean,
): Promise<FileDetailView> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    assert.ok((await curl('-f', `${server.url}/download?file=${id}`)).stdout.equals(content), 'a download in between');
    const file = await fileInfo(server, id);
    if (holds(file)) return file;
    assert.ok(Date.now() < deadline, `still ${JSON.stringify(file)}`);
  }
}

const copiesOf = (file: FileDetailView): Map<string, number> =>
  new Map(file.peers.map(({ id, pieces: held }) => [id, held]));
const everyPieceHas = (copies: number) => (file: FileDetailView) => file.piece_map.every((count) => count === copies);

async function metric({ url }: ServerProcess, name: string): Promise<number> {
  const { stdout } = await curl(`${url}/metrics`);
  return Number(new RegExp(`^${name} ([0-9]+)$`, 'm').exec(stdout.toString())?.[1]);
}

test('a new peer gets a third of all copies, and what was there goes on being served', async (t) => {
  const { server, id } = await scene(t, ['p1', 'p2'], {});
  assert.deepEqual(copiesOf(await fileInfo(server, id)), new Map(Object.entries({ p1: pieces, p2: pieces })));
  await startPeer(t, server, 'p3');
  const settled = await downloadUntil(server, id, (file) => copiesOf(file).get('p3') === 40 && everyPieceHas(2)(file));
  assert.deepEqual(copiesOf(settled), new Map(Object.entries({ p1: 40, p2: 40, p3: 40 })));
  while ((await metric(server, 'rivulet_moved_pieces_total')) < 40); // counted once they are gone for good elsewhere
  assert.equal(await metric(server, 'rivulet_moved_pieces_total'), 40);
  assert.equal(await metric(server, 'rivulet_repaired_pieces_total'), 0);
});

test('the copies of a peer that is killed are made anew; when it returns, what is too much goes', async (t) => {
  const { server, peers, id } = await scene(t, ['p1', 'p2', 'p3'], { repair_delay: 0 });
  await peers.get('p1')?.end('SIGKILL');
  const repaired = await downloadUntil(server, id, (file) => !copiesOf(file).has('p1') && everyPieceHas(2)(file));
  assert.deepEqual(copiesOf(repaired), new Map(Object.entries({ p2: pieces, p3: pieces })));
  assert.equal(await metric(server, 'rivulet_repaired_pieces_total'), 40);
  await startPeer(t, server, 'p1');
  const settled = await downloadUntil(server, id, (file) => file.peers.length === 3 && everyPieceHas(2)(file));
  for (const [peer, held] of copiesOf(settled)) assert.ok(held >= 36 && held <= 44, `${peer} has ${held}`);
});

test('control: with a long delay nothing is copied while a peer is away', async (t) => {
  const { server, peers, id } = await scene(t, ['p1', 'p2', 'p3'], { repair_delay: 86_400 });
  await peers.get('p1')?.end('SIGKILL');
  const other = await startPeer(t, server, 'p4');
  const file = await downloadUntil(server, id, (view) => !copiesOf(view).has('p1'));
  assert.deepEqual(copiesOf(file), new Map(Object.entries({ p2: 40, p3: 40 })));
  await other.end();
  await startPeer(t, server, 'p1');
  await downloadUntil(server, id, everyPieceHas(2));
  assert.equal(await metric(server, 'rivulet_repaired_pieces_total'), 0);
  assert.ok(!readFileSync(join(server.root, 'server.log'), 'utf8').includes('repairing'));
});

test('after a restart of the server nothing is copied before its peers are back', async (t) => {
  const { server, id } = await scene(t, ['p1', 'p2', 'p3'], {});
  await server.end('SIGKILL');
  const { port } = new URL(server.url);
  const again = await startServer(t, server.root, '--port', port);
  await downloadUntilServed(again, id);
  const file = await downloadUntil(again, id, everyPieceHas(2));
  assert.deepEqual(copiesOf(file), new Map(Object.entries({ p1: 40, p2: 40, p3: 40 })));
  assert.equal(await metric(again, 'rivulet_repaired_pieces_total'), 0);
});

/** Until enough peers have registered again. */
async function downloadUntilServed(server: ServerProcess, id: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while ((await fileInfo(server, id)).state !== 'available') {
    assert.ok(Date.now() < deadline);
    await breath();
  }
}
