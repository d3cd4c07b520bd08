import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RequestParts, requestFor } from '../../http/handler.testing.ts';
import type { HttpResponse } from '../../http/handler.ts';
import { encodeSafeHead } from '../../http/safety-fields.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import { encodeQr } from '../../protocols/qr/write.ts';
import { Catalog } from '../../storage/catalog/catalog.ts';
import { entryOf, someBytes } from '../../storage/swarm.testing.ts';
import { createSiteOf } from '../context/site.ts';
import { renderQrSvg, renderQrText } from '../pages/qr.ts';
import { createQrHandler } from './qr.ts';

function scene(publicUrl: string | null = null) {
  const catalog = new Catalog();
  const entry = entryOf('holiday.mp4', someBytes(1000), 1024);
  catalog.add(entry);
  const handler = createQrHandler({ catalog, siteOf: createSiteOf(publicUrl, 8081) });
  const file: string = entry.record.id;
  const get = (parts: RequestParts = {}) =>
    handler(requestFor('GET', '/qr', { query: { file }, authority: '192.168.1.5:8080', ...parts })) as HttpResponse;
  return { file, get };
}

const headerOf = ({ headers }: HttpResponse, name: string) => headers.find(([key]) => key === name)?.[1];

test("GET /qr: the address of the file's page, at the host that the request came to, as an image", () => {
  const { file, get } = scene();
  const url = `http://192.168.1.5:8080/file?id=${file}`;
  const response = get();
  assert.equal(response.status, 200);
  assert.equal(response.body, renderQrSvg(encodeQr(url), url));
  assert.equal(headerOf(response, 'Content-Type'), 'image/svg+xml');
  assert.equal(headerOf(response, 'Content-Security-Policy'), "default-src 'none'; sandbox");
  assert.match(encodeSafeHead(response, '', ''), /^X-Content-Type-Options: nosniff\r$/m);
  assert.equal(headerOf(response, 'Cache-Control'), 'no-store');
  assert.deepEqual(get({ query: { name: 'holiday.mp4' } }), response, 'by name as well');
});

test('GET /qr: at the public URL where there is one', () => {
  const { file, get } = scene('https://files.example.org/');
  const url = `https://files.example.org/file?id=${file}`;
  assert.equal(get().body, renderQrSvg(encodeQr(url), url));
});

for (const [name, accept, type] of [
  ['a browser, for its address bar', 'text/html,application/xhtml+xml,*/*;q=0.8', 'image/svg+xml'],
  ['a browser, for an image', 'image/avif,image/webp,image/svg+xml,image/*;q=0.8', 'image/svg+xml'],
  ['curl', '*/*', 'image/svg+xml'],
  ['a terminal', 'text/plain', 'text/plain; charset=utf-8'],
] as const) {
  test(`GET /qr for ${name}: ${type}`, () => {
    assert.equal(headerOf(scene().get({ headers: { accept } }), 'Content-Type'), type);
  });
}

test('GET /qr as text: the symbol, and the address below it', () => {
  const { file, get } = scene();
  const url = `http://192.168.1.5:8080/file?id=${file}`;
  assert.equal(get({ headers: { accept: 'text/plain' } }).body, `${renderQrText(encodeQr(url))}${url}\n`);
});

for (const [status, code, parts] of [
  [400, 'which-file', { query: {} }],
  [400, 'bad-id', { query: { file: 'x' } }],
  [404, 'no-such-file', { query: { file: 'a'.repeat(40) } }],
  [404, 'no-such-file', { query: { name: 'nothing.mp4' } }],
  [400, 'no-host', { authority: '' }],
  [400, 'too-long-for-qr', { authority: `192.168.1.5:${'0'.repeat(2300)}` }],
] as const) {
  test(`GET /qr is answered with ${status} ${code}`, () => {
    assert.throws(
      () => scene().get(parts),
      (error) => error instanceof HttpError && error.answer === status && error.code === code,
    );
  });
}
