import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type RequestParts, requestFor } from '../../http/handler.testing.ts';
import type { HttpResponse } from '../../http/handler.ts';
import { silentLog } from '../../io/log.ts';
import { tempFolder } from '../../io/temp-folder.testing.ts';
import type { UploadView } from '../../protocols/api/types.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import { parseTorrent } from '../../protocols/metainfo/read.ts';
import { hybrid, multi, multiV2Layers, single, singleV2, torrentOf } from '../../protocols/metainfo/samples.testing.ts';
import { metainfoLimits } from '../../protocols/metainfo/types.ts';
import { loadConfig } from '../config/config.ts';
import { createSiteOf } from '../context/site.ts';
import { openDomain } from '../wiring/open-domain.ts';
import { createTorrentHandler } from './torrent.ts';

async function scene(t: TestContext, publicUrl: string | null = null) {
  const root = tempFolder(t);
  mkdirSync(join(root, 'peers'));
  const { config } = loadConfig({ root });
  const domain = await openDomain({ config: { ...config, piece_size: 16_384 }, root, log: silentLog });
  t.after(() => domain.close());
  const context = { ...domain, siteOf: createSiteOf(publicUrl, 8081) };
  const { byQuery, post } = createTorrentHandler(context);
  const upload = async (name: string, bytes: Buffer): Promise<string> => {
    const body = (async function* () {
      yield bytes;
    })();
    const [committed] = await domain.intake.commit([await domain.intake.spool(name, body)]);
    return committed?.entry.record.id as string;
  };
  const get = async (query: Record<string, string>) => {
    const { body } = await byQuery(requestFor('GET', '/torrent', { query }));
    return parseTorrent(body as Buffer);
  };
  const postTorrent = (body: Buffer, parts: RequestParts = {}) =>
    post(requestFor('POST', '/torrent', { body, ...parts })) as Promise<HttpResponse>;
  return { domain, upload, get, postTorrent };
}

const viewOf = ({ body }: HttpResponse): UploadView => JSON.parse(body as string) as UploadView;
const hasStatus = (status: number, code: string) => (error: unknown) => {
  assert.ok(error instanceof HttpError, String(error));
  assert.deepEqual([error.answer, error.code], [status, code], error.message);
  return true;
};

test('a torrent names the trackers of the host that the request came to, HTTP first, and a web seed', async (t) => {
  const { upload, get } = await scene(t);
  const file = await upload('a b.txt', Buffer.from('hello'));
  const { info, trackers, webSeeds } = await get({ file });
  assert.equal(info.v1?.infoHash, file);
  assert.deepEqual(trackers, [['http://localhost:8080/announce'], ['udp://localhost:8081/announce']]);
  assert.deepEqual(webSeeds, [`http://localhost:8080/download/${file}/a%20b.txt`]);
});

test('with a public URL it names that', async (t) => {
  const { upload, get } = await scene(t, 'https://files.example.org');
  const { trackers, webSeeds } = await get({ file: await upload('a', Buffer.from('hello')) });
  assert.deepEqual(trackers, [['https://files.example.org/announce'], ['udp://files.example.org:8081/announce']]);
  assert.ok(webSeeds[0]?.startsWith('https://files.example.org/download/'));
});

test('the v2 torrent of a file: its hash leads to the file, and so does posting it', async (t) => {
  const { upload, get, domain, postTorrent } = await scene(t);
  for (const length of [0, 1, 16_384, 16_385, 100_000]) {
    const file = await upload(`${length}`, Buffer.alloc(length, 'x'));
    const torrent = await get({ file, version: '2' });
    const { info } = torrent;
    assert.deepEqual([info.v1, info.name, info.length], [undefined, `${length}`, length]);
    assert.equal(domain.catalog.byInfoHash(info.v2?.infoHash as string)?.record.id, file);
    assert.deepEqual(torrent.webSeeds, [`http://localhost:8080/download/${file}/`]);
    assert.deepEqual(torrent.info, (await get({ file, version: '2' })).info, 'asked again it is the same');
  }
  const file = await upload('hello.txt', Buffer.from('hello world'));
  await get({ file, version: '2' });
  const answer = await postTorrent(torrentOf(singleV2));
  assert.deepEqual([answer.status, viewOf(answer).id], [200, file]);
  assert.match(viewOf(answer).links.magnet_v2 ?? '', /^magnet:\?xt=urn:btmh:1220[0-9a-f]{64}&dn=hello.txt&xl=11&tr=/);
});

test('why there is no v2 torrent', async (t) => {
  const { get, postTorrent, domain } = await scene(t);
  const posted = async (torrent: Buffer) => viewOf(await postTorrent(torrent)).id;
  await assert.rejects(get({ file: await posted(torrentOf(multi)), version: '2' }), hasStatus(409, 'no-v2'));
  const odd = torrentOf({ ...single, 'piece length': 20_000 });
  await assert.rejects(get({ file: await posted(odd), version: '2' }), hasStatus(409, 'no-v2'));
  // Nobody has its piece: not now.
  await assert.rejects(get({ file: await posted(torrentOf(single)), version: '2' }), hasStatus(503, 'pieces-missing'));
  assert.equal(domain.catalog.size, 3);
});

test('an unknown version', async (t) => {
  const { upload, get } = await scene(t);
  const file = await upload('a', Buffer.from('hello'));
  await assert.rejects(async () => get({ file, version: '3' }), hasStatus(400, 'bad-version'));
});

test('a torrent that is posted is listed, and given again with its own info dictionary and our trackers', async (t) => {
  const { get, postTorrent } = await scene(t);
  for (const info of [{ ...single, private: 1 }, multi, hybrid]) {
    const others = info === hybrid ? { 'piece layers': multiV2Layers } : { announce: 'http://theirs.example/announce' };
    const answer = await postTorrent(torrentOf(info, others));
    const { id, sha256, state, name } = viewOf(answer);
    assert.deepEqual([answer.status, sha256, state, name], [201, null, 'unavailable', info.name]);
    assert.ok(answer.headers.some(([field, value]) => field === 'Location' && value === `/file?id=${id}`));
    const { info: given, trackers, pieceLayers } = await get({ file: id });
    const theirs = parseTorrent(torrentOf(info, others));
    assert.deepEqual([given, pieceLayers], [theirs.info, theirs.pieceLayers]);
    assert.equal(trackers[0]?.[0], 'http://localhost:8080/announce');
    assert.equal((await postTorrent(torrentOf(info, others))).status, 200, 'known already');
  }
});

test('a hybrid is its own v2 torrent', async (t) => {
  const { get, postTorrent, domain } = await scene(t);
  const { id, links } = viewOf(await postTorrent(torrentOf(hybrid, { 'piece layers': multiV2Layers })));
  const { info } = await get({ file: id, version: '2' });
  assert.equal(domain.catalog.byInfoHash(info.v2?.infoHash as string)?.record.id, id);
  assert.ok(links.magnet.includes(`xt=urn:btih:${id}&xt=urn:btmh:1220${info.v2?.infoHash}`));
});

test('a torrent in a form, in either field; a browser is led to its page', async (t) => {
  const { postTorrent } = await scene(t);
  const form = (field: string, content: Buffer): Buffer =>
    Buffer.concat([
      Buffer.from(`--B\r\nContent-Disposition: form-data; name="${field}"; filename="x.torrent"\r\n\r\n`),
      content,
      Buffer.from('\r\n--B--\r\n'),
    ]);
  const headers = { 'content-type': 'multipart/form-data; boundary=B' };
  assert.equal((await postTorrent(form('torrent', torrentOf(single)), { headers })).status, 201);
  assert.equal((await postTorrent(form('file', torrentOf(single)), { headers })).status, 200);
  const page = await postTorrent(form('torrent', torrentOf(single)), { headers: { ...headers, accept: 'text/html' } });
  assert.equal(page.status, 303);
  await assert.rejects(postTorrent(form('x', torrentOf(single)), { headers }), hasStatus(400, 'wrong-field'));
  await assert.rejects(postTorrent(Buffer.from('--B--\r\n'), { headers }), hasStatus(400, 'no-file'));
  const large = form('torrent', Buffer.alloc(metainfoLimits.torrentBytesMax + 1));
  await assert.rejects(postTorrent(large, { headers }), hasStatus(413, 'too-large'));
});

test('what is refused, and why', async (t) => {
  const { postTorrent, domain } = await scene(t);
  const large = Buffer.alloc(metainfoLimits.torrentBytesMax + 1);
  await assert.rejects(postTorrent(large), hasStatus(413, 'too-large'));
  await assert.rejects(postTorrent(Buffer.from('nonsense')), hasStatus(400, 'bad-bencode'));
  await assert.rejects(postTorrent(torrentOf({ ...single, name: '../x' })), hasStatus(400, 'bad-name'));
  await assert.rejects(postTorrent(torrentOf(singleV2)), hasStatus(400, 'v2-only'));
  assert.equal(domain.catalog.size, 0);
});
