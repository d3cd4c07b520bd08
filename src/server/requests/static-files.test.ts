import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { requestFor } from '../../http/handler.testing.ts';
import type { HttpResponse } from '../../http/handler.ts';
import { serveStaticFiles } from './static-files.ts';

let outer = '';
let folder = '';
before(() => {
  outer = mkdtempSync(join(tmpdir(), 'rivulet-static-'));
  folder = join(outer, 'static');
  mkdirSync(join(folder, 'icons'), { recursive: true });
  writeFileSync(join(outer, 'secret.txt'), 'secret');
  writeFileSync(join(folder, 'style.css'), 'body {}');
  writeFileSync(join(folder, '.hidden'), 'hidden');
  writeFileSync(join(folder, 'unknown.bin2'), 'x');
  writeFileSync(join(folder, 'large.txt'), 'x'.repeat(300_000));
  writeFileSync(join(folder, 'icons/a b.svg'), '<svg/>');
  symlinkSync('../secret.txt', join(folder, 'out.txt'));
  symlinkSync('style.css', join(folder, 'within.css'));
  symlinkSync('loop', join(folder, 'loop'));
});
after(() => rmSync(outer, { recursive: true }));

async function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<HttpResponse> {
  return serveStaticFiles(folder)(requestFor(method, path, { headers }));
}

function field(response: HttpResponse, name: string): string {
  return response.headers.find(([other]) => other === name)?.[1] ?? assert.fail(`no ${name}`);
}

test('static: a file, with its type and validators', async () => {
  const response = await get('/static/style.css');
  assert.equal(response.status, 200);
  assert.equal(Buffer.from(response.body as Uint8Array).toString(), 'body {}');
  assert.equal(field(response, 'Content-Type'), 'text/css; charset=utf-8');
  assert.match(field(response, 'Content-Security-Policy'), /default-src 'none'/);
  assert.match(field(response, 'ETag'), /^"[0-9a-z]+-7"$/);
});

test('static: a file in a folder, and a link that stays within', async () => {
  assert.equal(field(await get('/static/icons/a b.svg'), 'Content-Type'), 'image/svg+xml; charset=utf-8');
  assert.equal(field(await get('/static/within.css'), 'Content-Type'), 'text/css; charset=utf-8');
});

test('static: an unknown type is bytes', async () =>
  assert.equal(field(await get('/static/unknown.bin2'), 'Content-Type'), 'application/octet-stream'));

const absent: readonly { name: string; path: string }[] = [
  { name: 'no such file', path: '/static/none.css' },
  { name: 'the folder itself', path: '/static/' },
  { name: 'a folder', path: '/static/icons' },
  { name: 'a file as a folder', path: '/static/style.css/x' },
  { name: 'a dot file', path: '/static/.hidden' },
  { name: 'the folder above', path: '/static/../secret.txt' },
  { name: 'the folder above, from below', path: '/static/icons/../../secret.txt' },
  { name: 'a link that leads out', path: '/static/out.txt' },
  { name: 'a link to itself', path: '/static/loop' },
  { name: 'a backslash', path: '/static/..\\secret.txt' },
  { name: 'NUL', path: '/static/style.css\0.txt' },
  { name: 'an absolute path', path: '/static//etc/hostname' },
];

for (const { name, path } of absent) {
  test(`static: not served: ${name}`, () => assert.rejects(get(path), { name: 'HttpError', answer: 404 }));
}

test('static: 304 when the client has it, 412 when it insists on another', async () => {
  const etag = field(await get('/static/style.css'), 'ETag');
  const again = await get('/static/style.css', { 'if-none-match': etag });
  assert.deepEqual([again.status, again.body, field(again, 'ETag')], [304, null, etag]);
  await assert.rejects(get('/static/style.css', { 'if-match': '"other"' }), { answer: 412 });
});

test('static: a changed file is read again', async () => {
  const handler = serveStaticFiles(folder);
  const read = async () =>
    Buffer.from((await handler(requestFor('GET', '/static/changing.js'))).body as Uint8Array).toString();
  writeFileSync(join(folder, 'changing.js'), 'one');
  assert.equal(await read(), 'one');
  writeFileSync(join(folder, 'changing.js'), 'two');
  utimesSync(join(folder, 'changing.js'), 1, 1);
  assert.equal(await read(), 'two');
});

test('static: a large file is streamed', async () => {
  const { body } = await get('/static/large.txt');
  assert.ok(body !== null && typeof body === 'object' && 'chunks' in body);
  let length = 0;
  for await (const chunk of body.chunks) length += chunk.length;
  assert.deepEqual([body.length, length], [300_000, 300_000]);
});
