/** `GET /events` with the real server and real peers, as `curl -N` reads it. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { EventStreamReader } from '../src/protocols/http/content/event-stream.testing.ts';
import type { EventView, PiecesView } from '../src/server/event-views.ts';
import type { PeerView, UploadView } from '../src/server/views.ts';
import {
  curlJson,
  curlStatus,
  type Running,
  type ServerProcess,
  serverRoot,
  someBytes,
  startPeer,
  startProgram,
  startServer,
} from './programs.testing.ts';

/** `curl -N` on `/events`, and what it has read. */
class Listener {
  readonly curl: Running;
  readonly #stream = new EventStreamReader();

  constructor(running: Running) {
    this.curl = running;
    running.child.stdout?.on('data', (chunk: Buffer) => this.#stream.receive(chunk));
  }

  /** Everything that came so far, the latest last. */
  get events(): EventView[] {
    return this.#stream.events.map(({ event, data }) => ({ event, data: JSON.parse(data) }) as EventView);
  }

  /** Settles with the first event that `fits`, of those that came after the first `from`. */
  async until(fits: (event: EventView) => boolean, from = 0): Promise<EventView> {
    for (;;) {
      const found = this.events.slice(from).find(fits);
      if (found !== undefined) return found;
      await this.#change();
    }
  }

  /** Settles once it is subscribed. */
  async begun(): Promise<this> {
    while (this.#stream.retryMs === undefined) await this.#change();
    return this;
  }

  #change(): Promise<void> {
    if (this.curl.ended) throw new Error(`curl has ended after ${JSON.stringify(this.events)}`);
    return this.curl.change();
  }
}

function listen(t: TestContext, { url }: ServerProcess, query = ''): Promise<Listener> {
  return new Listener(startProgram(t, 'curl', ['-sSN', `${url}/events${query}`])).begun();
}

async function upload({ root, url }: ServerProcess, content: Uint8Array, name: string): Promise<string> {
  const path = join(root, 'upload');
  writeFileSync(path, content);
  return (await curlJson<UploadView>('-T', path, `${url}/upload/${name}`)).id;
}

const isPieces =
  (file: string, peer: string, fits: (pieces: PiecesView) => boolean) =>
  ({ event, data }: EventView): boolean =>
    event === 'pieces' && data.file === file && data.peer === peer && fits(data);
const isPeer =
  (id: string, fits: (peer: PeerView) => boolean) =>
  ({ event, data }: EventView): boolean =>
    event === 'peer' && data.id === id && fits(data);
const isFile =
  (id: string) =>
  ({ event, data }: EventView): boolean =>
    event === 'file' && data.id === id;

const pieces = 40;
const content = someBytes(pieces * 1024 - 100);

test('a file that comes, a peer that is killed, its pieces copied to others, the end', async (t) => {
  const server = await startServer(t, serverRoot(t, { piece_size: 1024, repair_delay: 0 }));
  const doomed = await startPeer(t, server, 'p1');
  for (const id of ['p2', 'p3']) await startPeer(t, server, id);
  const other = await upload(server, someBytes(1000, 'other'), 'other.bin');
  const all = await listen(t, server);

  const id = await upload(server, content, 'plan.iso');
  const listed = await all.until(isFile(id));
  assert.ok(listed.event === 'file');
  assert.deepEqual([listed.data.name, listed.data.pieces], ['plan.iso', pieces]);
  const held = new Map<string, number>();
  for (const peer of ['p1', 'p2', 'p3']) {
    const event = await all.until(isPieces(id, peer, ({ state }) => state === 'online'));
    if (event.event === 'pieces') held.set(peer, event.data.pieces);
  }
  assert.equal(
    [...held.values()].reduce((sum, count) => sum + count),
    2 * pieces,
  );

  const one = await listen(t, server, `?file=${id}&topics=files,pieces`);
  const killed = performance.now();
  doomed.child.kill('SIGKILL');
  const gone = all.until(isPeer('p1', ({ state }) => state === 'offline')).then(() => performance.now());
  const without = all.until(isPieces(id, 'p1', ({ state }) => state === 'offline')).then(() => performance.now());
  const [peerMs, piecesMs] = [(await gone) - killed, (await without) - killed];
  assert.ok(peerMs < 500 && piecesMs < 500, `seen after ${peerMs} and ${piecesMs} ms`);

  for (const peer of ['p2', 'p3']) await all.until(isPieces(id, peer, ({ seed }) => seed));
  await one.until(isPieces(id, 'p3', ({ seed }) => seed));
  assert.equal(await curlStatus('-X', 'DELETE', `${server.url}/file?id=${other}`), 204);
  await all.until(({ event, data }) => event === 'file-removed' && data.id === other);

  const before = performance.now();
  assert.equal(await server.end(), 0);
  assert.ok(performance.now() - before < 5000, 'streams do not hold up the end');
  // 18 would be an answer that was cut.
  assert.deepEqual([await all.curl.over(), await one.curl.over()], [0, 0]);
  assert.deepEqual(
    one.events.filter(({ data }) => ('file' in data ? data.file : 'id' in data && data.id) !== id),
    [],
    'nothing of another file',
  );
  assert.deepEqual(
    [one.events[0]?.event, one.events.slice(1, 4).every(({ event }) => event === 'pieces')],
    ['file', true],
  );
  assert.ok(one.events.every(({ event }) => event === 'file' || event === 'pieces'));
});
