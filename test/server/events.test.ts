/** `GET /events` with the real server and real peers, as `curl -N` reads it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { EventView, PiecesView } from '../../src/protocols/api/event-types.ts';
import type { PeerView, UploadView } from '../../src/protocols/api/types.ts';
import { EventStreamReader } from '../../src/protocols/http/content/event-stream.testing.ts';
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
} from '../programs.testing.ts';

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

/** Everything that goes through the directory's door is a line. */
async function tellDirectory(t: TestContext, { directory }: ServerProcess, line: string): Promise<void> {
  const [host = '', port] = directory.split(':');
  const socket = connect(Number(port), host);
  t.after(() => socket.destroy());
  socket.write(`${line}\n`);
  await once(socket, 'data');
}

const pieces = 40;
const content = someBytes(pieces * 1024 - 100);

test('files, peers, pieces and the directory, as they change', async (t) => {
  const server = await startServer(t, serverRoot(t, { piece_size: 1024, repair_delay: 0 }));
  const all = await listen(t, server);
  const isTemp = isPeer('temp', ({ state }) => state === 'online');

  const id = await upload(server, content, 'plan.iso');
  const listed = await all.until(isFile(id));
  assert.deepEqual(listed.event === 'file' && [listed.data.name, listed.data.pieces], ['plan.iso', pieces]);
  await all.until(isPieces(id, 'temp', ({ seed }) => seed));
  await all.until(isTemp);

  const peers = new Map<string, Running>();
  for (const peer of ['p1', 'p2', 'p3']) peers.set(peer, await startPeer(t, server, peer));
  for (const peer of peers.keys()) await all.until(isPieces(id, peer, (held) => held.pieces > 0 && held.parts !== ''));
  await all.until(({ event, data }) => event === 'peer-removed' && data.id === 'temp');
  await all.until(isPieces(id, 'temp', (held) => held.pieces === 0 && held.parts === ''));

  const other = await upload(server, someBytes(1000, 'other'), 'other.bin');
  const one = await listen(t, server, `?file=${id}&topics=files,pieces`);
  await killAndRepair(all, id, peers.get('p1') as Running);
  await one.until(isPieces(id, 'p2', ({ seed }) => seed));

  await tellDirectory(t, server, 'register-user ada 9000');
  const { data: counts } = await all.until(({ event }) => event === 'directory');
  assert.deepEqual(counts, { users: 1, files: 0 });
  assert.equal(await curlStatus('-X', 'DELETE', `${server.url}/file?id=${other}`), 204);
  await all.until(({ event, data }) => event === 'file-removed' && data.id === other);

  const before = performance.now();
  assert.equal(await server.end(), 0);
  assert.ok(performance.now() - before < 5000, 'streams do not hold up the end');
  assert.deepEqual([await all.curl.over(), await one.curl.over()], [0, 0], '18 would be an answer that was cut');
  const [present, ...later] = one.events;
  assert.deepEqual(present?.event, 'file');
  assert.deepEqual(
    later.slice(0, 3).map(({ event }) => event),
    Array(3).fill('pieces'),
  );
  for (const { event, data } of one.events)
    assert.ok(event === 'file' ? data.id === id : event === 'pieces' && data.file === id);
});

/** That a peer is dead is told, of itself and of its pieces; then what their repair brings about. */
async function killAndRepair(all: Listener, id: string, doomed: Running): Promise<void> {
  const from = all.events.length;
  doomed.child.kill('SIGKILL');
  const isOffline = ({ state }: { state: string }): boolean => state === 'offline';
  await all.until(isPeer('p1', isOffline), from);
  await all.until(isPieces(id, 'p1', isOffline), from);
  for (const peer of ['p2', 'p3']) {
    const isWhole = isPieces(id, peer, ({ seed }) => seed);
    await all.until(isWhole, from);
  }
}
