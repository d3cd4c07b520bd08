import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../async/clock.testing.ts';
import type { PeerId } from '../../bytes/ids.ts';
import { requestFor } from '../../http/handler.testing.ts';
import type { HttpResponse, StreamBody } from '../../http/handler.ts';
import { silentLog } from '../../io/log.ts';
import type { VerifyLine } from '../../protocols/api/verify-types.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import { Catalog } from '../../storage/catalog/catalog.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { distribute } from '../../storage/replication/distribution.ts';
import { CopyVerifier } from '../../storage/scrub/copy-verifier.ts';
import { entryOf, fetchContext, gate, MemoryHolder, someBytes, unwatched } from '../../storage/swarm.testing.ts';
import type { ServerContext } from '../context/context.ts';
import { createVerifyHandler } from './verify-peers.ts';

const pieceLength = 1024;
const pieces = 5;

/** Two files on two peers; a third peer is away. */
function server() {
  const catalog = new Catalog();
  const holders = ['p1', 'p2'].map((id) => new MemoryHolder(id)) as [MemoryHolder, MemoryHolder];
  const entries = ['a', 'b'].map((name) => {
    const content = someBytes(pieces * pieceLength, name);
    const entry = entryOf(name, content, pieceLength);
    for (const holder of holders) holder.fill(entry, Buffer.from(content));
    catalog.add(entry);
    return entry;
  }) as [TorrentEntry, TorrentEntry];
  const fetch = fetchContext(holders);
  const online = () => holders;
  const distribution = { ...unwatched, log: silentLog, fetch, targets: online, replicas: 2, windowBytes: pieceLength };
  const repair = (entry: TorrentEntry): Promise<void> => distribute(distribution, entry);
  const verifier = new CopyVerifier(catalog, fetch.lostCopies);
  const { windowBytes } = fetch;
  const verification = { catalog, verifier, holders: online, log: silentLog, repair, replicas: 2, windowBytes };
  const verified: PeerId[] = [];
  const stopping = new AbortController();
  const clock = new ManualClock();
  const known = ['p1', 'p2', 'p3'].map((id) => ({ id, online: id !== 'p3' }));
  const context = {
    catalog,
    verification,
    registry: { all: () => known },
    scrubber: { verifiedBySomebody: async (id: PeerId) => void verified.push(id) },
    stopping: stopping.signal,
    clock,
  } as unknown as ServerContext;
  const handler = createVerifyHandler(context);
  const post = (query: Record<string, string> = {}): AsyncIterator<Uint8Array> => {
    const response = handler(requestFor('POST', '/verify_peers', { query })) as HttpResponse;
    assert.deepEqual(response.headers[0], ['Content-Type', 'application/x-ndjson']);
    return (response.body as StreamBody).chunks[Symbol.asyncIterator]();
  };
  return { post, holders, entries, verified, stopping, clock };
}

async function linesOf(body: AsyncIterator<Uint8Array>): Promise<VerifyLine[]> {
  const lines: VerifyLine[] = [];
  for (let next = await body.next(); next.done !== true; next = await body.next()) lines.push(parse(next.value));
  return lines;
}

const parse = (bytes: Uint8Array): VerifyLine => JSON.parse(Buffer.from(bytes).toString()) as VerifyLine;

const failsWith = (status: number, code: string) => (error: unknown) =>
  error instanceof HttpError && error.answer === status && error.code === code;

test('the extent, each finding, its healing, and a summary', async () => {
  const { post, holders, entries, verified } = server();
  holders[0].files.get(entries[0].record.id)?.delete(2);
  const [progress, found, settled, summary, ...more] = await linesOf(post());
  const total = 4 * pieces;
  const bytes = total * pieceLength;
  assert.deepEqual(progress, { progress: { pieces: 0, pieces_total: total, bytes: 0, bytes_total: bytes } });
  const finding = {
    peer: 'p1',
    file: entries[0].record.id,
    name: 'a',
    part: 2,
    problem: 'not-found',
    message: 'p1 has no piece 2',
  };
  assert.deepEqual([found, settled, more], [finding, { ...finding, healed: true }, []]);
  const { seconds, ...figures } = (summary as { summary: { seconds: number } }).summary;
  assert.ok(seconds >= 0);
  assert.deepEqual(figures, {
    ...{ peers: 2, files: 2, pieces: total, bytes, bad: 1, healed: 1, unhealed: 0, unverified: 0 },
    offline: ['p3'],
  });
  assert.deepEqual(verified, ['p1', 'p2']);
});

test('what cannot be healed says why, and pieces that nobody has are named', async () => {
  const { post, holders, entries } = server();
  const [a, b] = entries;
  for (const holder of holders) holder.files.get(a.record.id)?.delete(2);
  for (const { id } of holders) for (const part of [0, 1, 4]) b.removePiece(id, part);
  const lines = await linesOf(post());
  const lost = lines.filter((line) => 'healed' in line && line.healed === false);
  assert.deepEqual(
    lost.map((line) => ('part' in line ? `${line.peer} ${line.part} ${line.message}` : '')).slice(0, 2),
    ['p1', 'p2'].map((id) => `${id} 2 ${id} has no piece 2; nobody online has a good copy`),
  );
  assert.deepEqual(lost.at(-1), {
    ...{ peer: null, file: b.record.id, name: 'b', parts: '0-1,4', problem: 'missing' },
    ...{ message: 'nobody online has a good copy', healed: false },
  });
});

test('of one peer, or one file, only', async () => {
  const { post, holders, entries, verified } = server();
  const asked: string[] = [];
  for (const holder of holders) holder.before = () => void asked.push(holder.id);
  await linesOf(post({ peer: 'p2' }));
  assert.deepEqual([asked, verified], [Array(2 * pieces).fill('p2'), ['p2']]);
  const lines = await linesOf(post({ file: entries[1].record.id }));
  assert.equal((lines.at(-1) as { summary: { files: number; pieces: number } }).summary.pieces, 2 * pieces);
  assert.deepEqual(verified, ['p2'], 'one file is not all that a peer has');
});

const refused: readonly { name: string; query: Record<string, string>; status: number; code: string }[] = [
  { name: 'an unknown peer', query: { peer: 'p9' }, status: 404, code: 'no-such-peer' },
  { name: 'a peer that is away', query: { peer: 'p3' }, status: 503, code: 'peer-offline' },
  { name: 'an unknown file', query: { file: 'f'.repeat(40) }, status: 404, code: 'no-such-file' },
  { name: 'no id', query: { file: 'a' }, status: 400, code: 'bad-id' },
];
for (const { name, query, status, code } of refused) {
  test(`${status} for ${name}`, () => assert.throws(() => server().post(query), failsWith(status, code)));
}

test('a second one at the same time is refused, and a later one is not', async () => {
  const { post, holders } = server();
  const { opened, open } = gate();
  holders[0].before = () => opened;
  const first = post();
  await first.next();
  await assert.rejects(post().next(), failsWith(409, 'verifying'));
  open();
  await linesOf(first);
  assert.ok((await linesOf(post())).length > 0);
});

test('a client that leaves ends the work at once', async () => {
  const { post, holders, verified } = server();
  let asked = 0;
  const { opened, open } = gate();
  for (const holder of holders) {
    holder.before = () => {
      asked += 1;
      return opened;
    };
  }
  const body = post();
  await body.next();
  const pending = body.next();
  await body.return?.();
  assert.equal((await pending).done, true);
  open();
  await new Promise(setImmediate);
  assert.ok(asked <= 8, `${asked} pieces were asked for`);
  assert.deepEqual(verified, []);
  assert.ok((await linesOf(post())).length > 0, 'the next one may come');
});

test('a server that stops cuts the answer', async () => {
  const { post, holders, stopping } = server();
  holders[0].before = () => gate().opened;
  const body = post();
  await body.next();
  stopping.abort();
  await assert.rejects(linesOf(body), failsWith(503, 'draining'));
});

test('progress comes once a second, and not faster than it is read', async () => {
  const { post, holders, clock } = server();
  holders[0].before = () => gate().opened;
  const body = post();
  await body.next();
  await new Promise(setImmediate); // all of p2 has been looked at
  clock.pass(999);
  const pending = body.next();
  clock.pass(5001);
  const progress = { pieces: 2 * pieces, pieces_total: 4 * pieces };
  assert.deepEqual(
    Object.entries((parse((await pending).value) as { progress: object }).progress).slice(0, 2),
    Object.entries(progress),
  );
  assert.equal(await Promise.race([body.next(), new Promise((resolve) => setImmediate(resolve, 'none'))]), 'none');
});
