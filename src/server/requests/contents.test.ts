import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TorrentRecord } from '../../storage/catalog/torrent-entry.ts';
import { recordOf, someBytes } from '../../storage/swarm.testing.ts';
import { type Content, completeContent, contentAt, extentOf, type Span, spanBytes, spansWithin } from './contents.ts';

const bytes = someBytes(3000);
/** Four files and a padding in 3000 bytes. */
const album: TorrentRecord = {
  ...recordOf('album', bytes, 1024, 1_700_000_000_000),
  files: [
    { path: ['one'], length: 1000, offset: 0, padding: false },
    { path: ['.pad', '24'], length: 24, offset: 1000, padding: true },
    { path: ['sub', 'empty'], length: 0, offset: 1024, padding: false },
    { path: ['sub', 'two'], length: 1976, offset: 1024, padding: false },
  ],
};

/** The bytes from `start` on, in chunks of `size`, each gone as soon as the next is asked for. */
async function* chunksFrom(start: number, size: number): AsyncGenerator<Uint8Array> {
  const lent = Buffer.alloc(size);
  for (let at = start; at < bytes.length; at += size) {
    const length = bytes.copy(lent, 0, at, at + size);
    yield lent.subarray(0, length);
    lent.fill('?');
  }
}

async function read(spans: readonly Span[], size = 700): Promise<Buffer> {
  const parts: Buffer[] = [];
  const chunks = chunksFrom(extentOf(spans)?.start ?? 0, size);
  for await (const part of spanBytes(spans, chunks)) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

const places: { path: string[]; name?: string; content?: Buffer }[] = [
  { path: ['album', 'one'], name: 'one', content: bytes.subarray(0, 1000) },
  { path: ['album', 'sub', 'empty'], name: 'empty', content: Buffer.alloc(0) },
  { path: ['album', 'sub', 'two'], name: 'two', content: bytes.subarray(1024) },
  { path: ['album', 'sub'] },
  { path: ['album'] },
  { path: ['other', 'one'] },
  { path: ['one'] },
  { path: ['album', '.pad', '24'] },
  { path: ['album', 'one', 'two'] },
];
for (const { path, name, content } of places) {
  test(`${path.join('/')} is ${name ?? 'nothing'}`, async () => {
    const found = contentAt(album, path);
    assert.deepEqual([found?.name, found?.length], [name, content?.length]);
    if (found !== undefined) assert.deepEqual(await read(found.spans), content);
  });
}

test('of one file there is only that, under its name or none', () => {
  const record = recordOf('plain', bytes, 1024);
  assert.deepEqual(contentAt(record, []), completeContent(record));
  assert.deepEqual(contentAt(record, ['plain']), completeContent(record));
  assert.deepEqual([contentAt(record, ['plain.tar']), contentAt(record, ['plain', 'x'])], [undefined, undefined]);
});

test('of several files the whole is an archive, without the paddings', async () => {
  const whole = completeContent(album);
  assert.deepEqual([contentAt(album, []), contentAt(album, ['album.tar'])].map(outline), Array(2).fill(outline(whole)));
  const tar = await read(whole.spans);
  assert.equal(tar.length, whole.length);
  assert.equal(tar.length, 512 + 1024 + 512 + 512 + 2048 + 1024);
  assert.equal(tar.toString('latin1', 0, 9), 'album/one');
  assert.deepEqual(tar.subarray(512, 1512), bytes.subarray(0, 1000));
  assert.equal(tar.toString('latin1', 1536, 1551), 'album/sub/empty');
  assert.deepEqual(tar.subarray(2560, 2560 + 1976), bytes.subarray(1024));
});

const outline = (content: Content | undefined) => [content?.name, content?.length, content?.etag, content?.mediaType];

test('every range of an archive is what the whole has there, however the bytes come', async () => {
  const { spans, length } = completeContent(album);
  const whole = await read(spans);
  for (let start = 0; start < length; start += 97) {
    for (const end of [start, start + 1, start + 511, start + 3000, length - 1].filter((last) => last < length)) {
      const within = spansWithin(spans, start, end);
      assert.deepEqual(await read(within, 1 + (start % 1500)), whole.subarray(start, end + 1), `${start}-${end}`);
    }
  }
});

test('what is touched of the torrent runs from the first byte to the last', () => {
  assert.deepEqual(extentOf(completeContent(album).spans), { start: 0, end: 2999 });
  assert.deepEqual(extentOf(spansWithin(completeContent(album).spans, 0, 511)), undefined);
  assert.deepEqual(extentOf(spansWithin(completeContent(album).spans, 600, 700)), { start: 88, end: 188 });
  assert.equal(extentOf([{ start: 5, length: 0 }]), undefined);
});

test('bytes that end early are a failure of ours, not a short answer', async () => {
  const short = (async function* () {
    yield bytes.subarray(0, 10);
  })();
  await assert.rejects(async () => {
    for await (const _ of spanBytes([{ start: 0, length: 11 }], short));
  }, /ended early/);
});

test('who leaves early lets go of what the bytes come from', async () => {
  let closed = false;
  const chunks = (async function* () {
    try {
      for (;;) yield bytes;
    } finally {
      closed = true;
    }
  })();
  for await (const _ of spanBytes([{ start: 0, length: 10 }], chunks)) break;
  assert.ok(closed);
});
