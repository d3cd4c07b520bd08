/** The drills' client: what it takes for a response, for the lack of one, and for a download that must never be. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { bytesOf, type Content, type Outcome, remove, sha256Of, upload } from './client.ts';
import { type DownloadOutcome, download } from './download.ts';

/** A server that gives `answer`, whatever is asked, and closes. */
async function withAnswer(answer: Buffer | string, use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => {}); // clients leave when they have seen enough
    socket.once('data', () => socket.end(answer));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
  }
}

const content: Content = { name: 'a', seed: 's', length: 1000 };
const bytes = bytesOf(content);
const altered = Buffer.from(bytes);
altered.writeUInt8(altered.readUInt8(999) ^ 1, 999);

const answer = (head: string, body: Buffer): Buffer => Buffer.concat([Buffer.from(`HTTP/1.1 ${head}\r\n\r\n`), body]);
const half = bytes.subarray(0, 500);

const downloads: { name: string; answer: Buffer; outcome: Partial<DownloadOutcome> }[] = [
  { name: 'whole', answer: answer('200 OK\r\nContent-Length: 1000', bytes), outcome: { kind: 'whole' } },
  { name: 'cut', answer: answer('200 OK\r\nContent-Length: 1000', half), outcome: { kind: 'cut', receivedBytes: 500 } },
  { name: 'no answer', answer: Buffer.alloc(0), outcome: { kind: 'cut', receivedBytes: 0 } },
  { name: 'refused', answer: answer('503 No\r\nContent-Length: 0', half), outcome: { kind: 'refused', status: 503 } },
  { name: 'a wrong byte', answer: answer('200 OK\r\nContent-Length: 1000', altered), outcome: { kind: 'wrong' } },
  { name: 'a short success', answer: answer('200 OK\r\nContent-Length: 500', half), outcome: { kind: 'wrong' } },
  { name: 'a short success, no length', answer: answer('200 OK', half), outcome: { kind: 'wrong' } },
  { name: 'too much', answer: answer('200 OK', Buffer.concat([bytes, half])), outcome: { kind: 'wrong' } },
];

for (const { name, answer, outcome } of downloads) {
  test(`a download: ${name}`, () =>
    withAnswer(answer, async (url) => {
      const seen = await download(url, '/', content);
      assert.deepEqual({ ...seen, ...outcome }, seen);
    }));
}

test('a download of a range is compared with that range, and must be 206', async () => {
  const span = { first: 100, last: 199 };
  const right = bytes.subarray(100, 200);
  const kinds: string[] = [];
  for (const [head, body] of [
    ['206 Partial', right],
    ['206 Partial', half.subarray(0, 100)],
    ['200 OK', right],
  ] as const)
    await withAnswer(answer(head, body), async (url) => {
      kinds.push((await download(url, '/', content, span)).kind);
    });
  assert.deepEqual(kinds, ['whole', 'wrong', 'refused']);
});

const view = JSON.stringify({ id: 'i', name: 'a', sha256: sha256Of(content) });

const uploads: { name: string; answer: string; kind: Outcome['kind'] }[] = [
  { name: 'done', answer: `HTTP/1.1 201 Created\r\nContent-Length: ${view.length}\r\n\r\n${view}`, kind: 'done' },
  { name: 'refused', answer: 'HTTP/1.1 507 Full\r\nContent-Length: 7\r\n\r\nno room', kind: 'refused' },
  { name: 'half an answer', answer: `HTTP/1.1 201 Created\r\nContent-Length: 999\r\n\r\n${view}`, kind: 'unanswered' },
];

for (const { name, answer, kind } of uploads) {
  test(`an upload: ${name}`, () =>
    withAnswer(answer, async (url) => assert.equal((await upload(url, [content], 'raw')).kind, kind)));
}

test('a delete is done with 204 alone', async () => {
  await withAnswer('HTTP/1.1 204 No Content\r\n\r\n', async (url) => {
    assert.equal((await remove(url, 'i')).kind, 'done');
  });
  await withAnswer('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n', async (url) => {
    assert.equal((await remove(url, 'i')).kind, 'refused');
  });
});
