import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { requestFor } from '../../http/handler.testing.ts';
import type { HttpRequest, HttpResponse } from '../../http/handler.ts';
import { silentLog } from '../../io/log.ts';
import { tempFolder } from '../../io/temp-folder.testing.ts';
import type { TransferView } from '../../protocols/api/types.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import { loadConfig } from '../config/config.ts';
import { createSiteOf } from '../context/site.ts';
import { transfersView } from '../views/build-views.ts';
import { openDomain } from '../wiring/open-domain.ts';
import { createUploadHandler } from './upload.ts';

const partHead = (name: string): string =>
  `--x\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n`;

/** Uploads, and what is seen of the transfers whenever a chunk of the body is asked for, and afterwards. */
async function scene(t: TestContext) {
  const root = tempFolder(t);
  const { config } = loadConfig({ root });
  const domain = await openDomain({ config, root, log: silentLog });
  t.after(() => domain.close());
  const { post, put } = createUploadHandler({ ...domain, siteOf: createSiteOf(null, 8081) });
  const seen: TransferView[][] = [];
  const look = (): void => void seen.push([...transfersView(domain).transfers]);
  async function* watched(chunks: Iterable<string>): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) {
      look();
      yield Buffer.from(chunk);
    }
    look();
  }
  const requestOf = (request: HttpRequest, contentLength: number | undefined, chunks: Iterable<string>) => ({
    ...request,
    contentLength,
    body: watched(chunks),
  });
  const upload = async (chunks: Iterable<string>, contentLength?: number): Promise<HttpResponse> =>
    put(requestOf(requestFor('PUT', '/upload/a.bin'), contentLength, chunks));
  const form = async (chunks: Iterable<string>): Promise<HttpResponse> => {
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    return post(requestOf(requestFor('POST', '/upload', { headers }), 999, chunks));
  };
  const bytesSeen = () => seen.map((transfers) => transfers.map(({ name, bytes }) => `${name} ${bytes}`));
  return { upload, form, seen, bytesSeen, over: () => transfersView(domain).count === 0 };
}

for (const { name, length } of [
  { name: 'of known length', length: 12 },
  { name: 'in chunks', length: undefined },
]) {
  test(`a raw upload ${name} is a transfer from its first byte until it is answered`, async (t) => {
    const { upload, seen, bytesSeen, over } = await scene(t);
    assert.equal((await upload(['hello, ', 'world'], length)).status, 201);
    assert.deepEqual(bytesSeen(), [['a.bin 0'], ['a.bin 7'], ['a.bin 12']]);
    const [first] = seen[0] ?? [];
    assert.deepEqual([first?.kind, first?.file, first?.peer], ['upload', null, '127.0.0.1']);
    assert.equal(first?.length, length ?? null);
    assert.ok(over());
  });
}

test('each file of a form is one, until all are safe', async (t) => {
  const { form, seen, bytesSeen, over } = await scene(t);
  const body = [partHead('one'), 'first', `\r\n${partHead('two')}`, 'second', '\r\n--x--\r\n'];
  assert.equal((await form(body)).status, 201);
  const [before, begun, ...later] = bytesSeen();
  assert.deepEqual([before, begun], [[], ['one 0']]);
  assert.deepEqual(later.at(-1), ['one 5', 'two 6'], 'the first one waits for the second');
  assert.ok(seen.flat().every(({ length }) => length === null));
  assert.ok(over());
});

test('an upload that fails is over as well', async (t) => {
  const { upload, form, bytesSeen, over } = await scene(t);
  await assert.rejects(form([`${partHead('a')}hal`]), HttpError);
  assert.ok(over());
  function* leaving(): Generator<string> {
    yield 'half';
    throw new Error('the client left');
  }
  await assert.rejects(upload(leaving()), /the client left/);
  assert.deepEqual(bytesSeen().at(-1), ['a.bin 0'], 'control: it had begun');
  assert.ok(over());
});
