import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TorrentId } from '../../bytes/ids.ts';
import { requestFor } from '../../http/handler.testing.ts';
import type { HttpResponse, StreamBody } from '../../http/handler.ts';
import { formatHttpDate } from '../../protocols/http/date.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import { Catalog } from '../../storage/catalog/catalog.ts';
import { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { Transfers } from '../../storage/holders/transfers.ts';
import { entryOf, fetchContext, MemoryHolder, someBytes } from '../../storage/swarm.testing.ts';
import type { ServerContext } from '../context/context.ts';
import { createDownloadHandler } from './download.ts';

const createdMs = Date.UTC(2026, 10, 20, 10);
const content = someBytes(10_000);
const entry = entryOf('a.bin', content, 1024, createdMs);
const holder = new MemoryHolder('p1');
holder.fill(entry, content);
const catalog = new Catalog();
catalog.add(entry);
const transfers = new Transfers(() => 0);
const contextOf = (files: Catalog, holders: readonly MemoryHolder[]): ServerContext =>
  ({
    catalog: files,
    fetch: fetchContext(holders),
    registry: { all: () => [] },
    transfers,
  }) as unknown as ServerContext;
const handler = createDownloadHandler(contextOf(catalog, [holder]));
const etag = `"${entry.record.id}"`;

const download = (headers: Record<string, string> = {}, method = 'GET'): HttpResponse =>
  handler.byQuery(requestFor(method, '/download', { query: { name: 'a.bin' }, headers })) as HttpResponse;

async function bodyOf({ body }: HttpResponse): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of (body as StreamBody).chunks) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

const field = ({ headers }: HttpResponse, name: string): string | undefined =>
  headers.find(([candidate]) => candidate === name)?.[1];

const whole = { status: 200, start: 0, end: 9999 };
const bodies: { name: string; headers: Record<string, string>; status: number; start: number; end: number }[] = [
  { name: 'without Range', headers: {}, ...whole },
  { name: 'the first byte', headers: { range: 'bytes=0-0' }, status: 206, start: 0, end: 0 },
  { name: 'across pieces', headers: { range: 'bytes=1000-3000' }, status: 206, start: 1000, end: 3000 },
  { name: 'open at the end', headers: { range: 'bytes=9000-' }, status: 206, start: 9000, end: 9999 },
  { name: 'past the end', headers: { range: 'bytes=9000-99999' }, status: 206, start: 9000, end: 9999 },
  { name: 'the last bytes', headers: { range: 'bytes=-5' }, status: 206, start: 9995, end: 9999 },
  { name: 'two that overlap', headers: { range: 'bytes=0-99,50-199' }, status: 206, start: 0, end: 199 },
  { name: 'two of which one cannot be', headers: { range: 'bytes=5-9,20000-' }, status: 206, start: 5, end: 9 },
  { name: 'another unit', headers: { range: 'pieces=0-1' }, ...whole },
  { name: 'one that runs backwards', headers: { range: 'bytes=9-5' }, ...whole },
  { name: 'If-Range that holds', headers: { range: 'bytes=0-9', 'if-range': etag }, status: 206, start: 0, end: 9 },
  { name: 'If-Range of another file', headers: { range: 'bytes=0-9', 'if-range': '"other"' }, ...whole },
  { name: 'If-Range with a weak tag', headers: { range: 'bytes=0-9', 'if-range': `W/${etag}` }, ...whole },
  { name: 'If-Match that holds', headers: { 'if-match': `"x", ${etag}` }, ...whole },
  { name: 'If-None-Match of another file', headers: { 'if-none-match': '"x"' }, ...whole },
];
for (const { name, headers, status, start, end } of bodies) {
  test(`download, ${name}: ${status}, bytes ${start} to ${end}`, async () => {
    const response = download(headers);
    assert.equal(response.status, status);
    assert.equal(field(response, 'Content-Range'), status === 206 ? `bytes ${start}-${end}/10000` : undefined);
    assert.equal((response.body as StreamBody).length, end - start + 1);
    assert.deepEqual(await bodyOf(response), content.subarray(start, end + 1));
  });
}

test('several ranges come as multipart/byteranges, of exactly the length announced', async () => {
  const response = download({ range: 'bytes=0-1, 2000-2003' });
  const [, boundary] = /^multipart\/byteranges; boundary=(\S+)$/.exec(field(response, 'Content-Type') ?? '') ?? [];
  const body = await bodyOf(response);
  assert.equal(response.status, 206);
  assert.equal((response.body as StreamBody).length, body.length);
  const part = (start: number, end: number): string =>
    `--${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${start}-${end}/10000\r\n\r\n` +
    `${content.subarray(start, end + 1).toString('latin1')}\r\n`;
  assert.equal(body.toString('latin1'), `${part(0, 1)}${part(2000, 2003)}--${boundary}--\r\n`);
});

test('HEAD ignores Range (RFC 9110 14.2)', () => {
  const response = download({ range: 'bytes=0-9' }, 'HEAD');
  assert.deepEqual([response.status, (response.body as StreamBody).length], [200, 10_000]);
});

test('the fields of a representation', () => {
  const response = download();
  assert.equal(field(response, 'ETag'), etag);
  assert.equal(field(response, 'Last-Modified'), formatHttpDate(createdMs));
  assert.equal(field(response, 'Accept-Ranges'), 'bytes');
  const sha256 = Buffer.from(entry.record.sha256 as string, 'hex').toString('base64');
  assert.equal(field(response, 'Repr-Digest'), `sha-256=:${sha256}:`);
  assert.equal(field(response, 'Content-Disposition'), 'attachment; filename="a.bin"');
});

const unchanged: Record<string, string>[] = [
  { 'if-none-match': etag },
  { 'if-none-match': `"x", W/${etag}` },
  { 'if-none-match': '*' },
  { 'if-modified-since': formatHttpDate(createdMs) },
  { 'if-none-match': etag, 'if-modified-since': formatHttpDate(0), range: 'bytes=0-1' },
];
for (const headers of unchanged) {
  test(`304 without content for ${JSON.stringify(headers)}`, () => {
    const response = download(headers);
    assert.deepEqual([response.status, response.body, field(response, 'ETag')], [304, null, etag]);
  });
}

const refused: { name: string; headers: Record<string, string>; status: number; field?: [string, string] }[] = [
  { name: 'If-Match of another file', headers: { 'if-match': '"other"' }, status: 412 },
  { name: 'If-Match before If-None-Match', headers: { 'if-match': '"other"', 'if-none-match': etag }, status: 412 },
  { name: 'If-Unmodified-Since', headers: { 'if-unmodified-since': formatHttpDate(0) }, status: 412 },
  {
    name: 'a range past the end',
    headers: { range: 'bytes=10000-' },
    status: 416,
    field: ['Content-Range', 'bytes */10000'],
  },
  { name: 'the last no bytes', headers: { range: 'bytes=-0' }, status: 416, field: ['Content-Range', 'bytes */10000'] },
];
for (const { name, headers, status, field: expected } of refused) {
  test(`${status} for ${name}`, () => {
    assert.throws(
      () => download(headers),
      (error) => {
        assert.ok(error instanceof HttpError);
        assert.equal(error.answer, status);
        if (expected !== undefined) assert.deepEqual(error.headers, [expected]);
        return true;
      },
    );
  });
}

test('ranges whose pieces are all there are still served when others are lost', async () => {
  const partial = entryOf('partial.bin', content, 1024);
  const some = new MemoryHolder('p2');
  some.fill(partial, content, [0, 1, 2]);
  const files = new Catalog();
  files.add(partial);
  const { byQuery } = createDownloadHandler(contextOf(files, [some]));
  const ask = (range?: string): HttpResponse => {
    const headers = range === undefined ? {} : { range };
    return byQuery(requestFor('GET', '/download', { query: { name: 'partial.bin' }, headers })) as HttpResponse;
  };
  const there = ask('bytes=100-3000');
  assert.equal(there.status, 206);
  assert.deepEqual(await bodyOf(there), content.subarray(100, 3001));
  for (const range of [undefined, 'bytes=3000-4000']) {
    assert.throws(
      () => ask(range),
      (error) =>
        error instanceof HttpError &&
        error.answer === 503 &&
        /pieces needed: 3/.test(error.message) &&
        error.headers?.some(([name]) => name === 'Retry-After'),
    );
  }
});

const files = [
  { path: ['one'], length: 4000, offset: 0, padding: false },
  { path: ['sub', 'two'], length: 6000, offset: 4000, padding: false },
];
const album = new TorrentEntry({
  ...entry.record,
  id: 'f'.repeat(40) as TorrentId,
  name: 'album',
  files,
  sha256: null,
});
holder.fill(album, content);
catalog.add(album);
const albumAt = (path: string, headers: Record<string, string> = {}): HttpResponse =>
  handler.byPath(requestFor('GET', `/download/${album.record.id}${path}`, { headers })) as HttpResponse;

test('one file of several, and a range of it', async () => {
  const whole = albumAt('/album/sub/two');
  assert.deepEqual([whole.status, field(whole, 'Content-Disposition')], [200, 'attachment; filename="two"']);
  assert.equal(field(whole, 'Repr-Digest'), undefined, 'nobody has hashed it by itself');
  assert.deepEqual(await bodyOf(whole), content.subarray(4000));
  const some = albumAt('/album/sub/two', { range: 'bytes=100-3000' });
  assert.equal(field(some, 'Content-Range'), 'bytes 100-3000/6000');
  assert.deepEqual(await bodyOf(some), content.subarray(4100, 7001));
});

test('all of them in an archive, and a range of that', async () => {
  const whole = albumAt('');
  assert.deepEqual([whole.status, field(whole, 'Content-Type')], [200, 'application/x-tar']);
  assert.notEqual(field(whole, 'ETag'), field(albumAt('/album/one'), 'ETag'));
  const tar = await bodyOf(whole);
  assert.equal((whole.body as StreamBody).length, tar.length);
  assert.deepEqual(tar.subarray(512, 4512), content.subarray(0, 4000));
  const some = albumAt('/album.tar', { range: 'bytes=500-6000' });
  assert.deepEqual(await bodyOf(some), tar.subarray(500, 6001));
  const several = await bodyOf(albumAt('', { range: 'bytes=0-1,5000-5999' }));
  assert.ok(several.includes(tar.subarray(5000, 6000)));
});

test('a path that is not in it', () => {
  assert.throws(
    () => albumAt('/album/three'),
    (error) => error instanceof HttpError && error.answer === 404,
  );
});

test('only the pieces of the file that is asked for need to be there', async () => {
  album.removePiece(holder.id, 9);
  assert.equal(albumAt('/album/one').status, 200);
  for (const path of ['/album/sub/two', '']) {
    assert.throws(
      () => albumAt(path),
      (error) => error instanceof HttpError && error.answer === 503,
    );
  }
});

const underWay = () => [...transfers.all()];
const chunksOf = ({ body }: HttpResponse): AsyncIterator<Uint8Array> =>
  (body as StreamBody).chunks[Symbol.asyncIterator]();

for (const headers of [{}, { range: 'bytes=1000-3000' }]) {
  test(`a download with ${JSON.stringify(headers)} is a transfer while its bytes are asked for`, async () => {
    const response = download(headers);
    const { length } = response.body as StreamBody;
    const chunks = chunksOf(response);
    assert.deepEqual(underWay(), [], 'for HEAD nobody asks');
    let sent = 0;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
      const [transfer, ...others] = underWay();
      assert.deepEqual([transfer?.bytes, transfer?.length, others], [sent, length, []]);
      assert.deepEqual(
        [transfer?.kind, transfer?.file, transfer?.name, transfer?.peer],
        ['download', entry.record.id, 'a.bin', '127.0.0.1'],
      );
      sent += next.value.length;
    }
    assert.deepEqual([sent, underWay()], [length, []]);
  });
}

test('several ranges are one transfer, with what stands between them', async () => {
  const response = download({ range: 'bytes=0-1, 2000-2003' });
  const chunks = chunksOf(response);
  for (let parts = 0; parts < 4; parts += 1) await chunks.next();
  const [transfer, ...others] = underWay();
  assert.deepEqual([transfer?.length, others], [(response.body as StreamBody).length, []]);
  assert.ok((transfer?.bytes ?? 0) > 100, 'the heads too');
  await chunks.return?.();
  assert.deepEqual(underWay(), []);
});

test('a download of which a piece is lost meanwhile is over', async () => {
  const partial = entryOf('partial.bin', content, 1024);
  const some = new MemoryHolder('p2');
  some.fill(partial, content);
  some.files.get(partial.record.id)?.delete(9);
  const files = new Catalog();
  files.add(partial);
  const { byQuery } = createDownloadHandler(contextOf(files, [some]));
  const response = byQuery(requestFor('GET', '/download', { query: { name: 'partial.bin' } })) as HttpResponse;
  await assert.rejects(bodyOf(response), HttpError);
  assert.deepEqual(underWay(), []);
});

test('a large piece is counted as it goes', async () => {
  const large = someBytes(600_000);
  const one = entryOf('large.bin', large, 1 << 20);
  const its = new MemoryHolder('p3');
  its.fill(one, large);
  const files = new Catalog();
  files.add(one);
  const { byQuery } = createDownloadHandler(contextOf(files, [its]));
  const response = byQuery(requestFor('GET', '/download', { query: { name: 'large.bin' } })) as HttpResponse;
  const counts: (number | undefined)[] = [];
  for await (const _ of (response.body as StreamBody).chunks) counts.push(underWay()[0]?.bytes);
  assert.deepEqual(counts, [0, 262_144, 524_288]);
});
