/** A node whose server is no Rivulet server, or does not respond. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { TorrentId } from '../bytes/ids.ts';
import { type Answer, openFakeServer } from '../cli/fake-server.testing.ts';
import { HttpError } from '../protocols/http/errors.ts';
import { HomeServer } from './home-server.ts';

const id = createHash('sha1').update('some file').digest('hex') as TorrentId;
const file = { id, name: 'a', length: 1, piece_length: 65536, pieces: 1 };

const answers: readonly { name: string; status: number; body: string; told: number }[] = [
  { name: 'a page', status: 200, body: '<!doctype html><p>Welcome', told: 502 },
  { name: 'nothing', status: 200, body: '', told: 502 },
  { name: 'null', status: 200, body: 'null', told: 502 },
  { name: 'a list', status: 200, body: '[]', told: 502 },
  { name: 'an empty object', status: 200, body: '{}', told: 502 },
  { name: 'numbers for files', status: 200, body: '{"files": [1], "piece_size": "x"}', told: 502 },
  { name: 'a file without an id', status: 200, body: '{"files": [{"name": "a"}], "piece_size": -1}', told: 502 },
  {
    name: 'fractions',
    status: 200,
    body: JSON.stringify({ files: [{ ...file, length: 0.5 }], piece_size: 0.5 }),
    told: 502,
  },
  { name: 'pieces of nothing', status: 200, body: '{"files": 1, "piece_size": 0}', told: 502 },
  { name: 'pieces of a terabyte', status: 200, body: '{"files": {}, "piece_size": 1000000000000}', told: 502 },
  { name: 'a torrent of something else', status: 200, body: 'd4:infod4:name1:aee', told: 502 },
  { name: 'a redirect', status: 302, body: '', told: 502 },
  { name: 'a failure', status: 500, body: '<p>oops', told: 503 },
  { name: 'a failure, as JSON of another shape', status: 500, body: '[{"detail": 1}]', told: 503 },
];

async function against(answer: Answer, ask: (home: HomeServer) => Promise<void>, signal?: AbortSignal) {
  const server = await openFakeServer(answer);
  try {
    await ask(new HomeServer(new URL(server.url), undefined, signal));
  } finally {
    server.close();
  }
}

for (const { name, status, body, told } of answers) {
  test(`a server that answers ${name}: ${told}`, async () => {
    await against(
      (_, response) => response.writeHead(status).end(body),
      async (home) => {
        for (const question of [() => home.files(), () => home.file(id), () => home.pieceLength()])
          await assert.rejects(question(), (error) => error instanceof HttpError && error.answer === told);
      },
    );
  });
}

test('a list without an end', async () => {
  let pages = 0;
  await against(
    (_, response) => response.end(JSON.stringify({ files: [], next: String(pages++) })),
    (home) => assert.rejects(home.files(), /without an end/),
  );
});

test('all pages of a list', async () => {
  await against(
    ({ url }, response) => response.end(JSON.stringify({ files: [file], ...(!/cursor/.test(url) && { next: 'n' }) })),
    async (home) =>
      assert.deepEqual(
        (await home.files()).map(({ hash }) => hash),
        [id, id],
      ),
  );
});

test('a server that says nothing is not waited for when the node stops', async () => {
  const stop = new AbortController();
  const silent: Answer = () => stop.abort(new HttpError(503, 'stopping', 'the node stops'));
  await against(silent, (home) => assert.rejects(home.files(), /the node stops/), stop.signal);
});
