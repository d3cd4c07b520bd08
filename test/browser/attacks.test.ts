/**
 * What a hostile page tries against a server on localhost, each once against the server as it is, where it must fail, and
 * once with that one defence taken out, where it must succeed: else the test would not know an attack from a typing error.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../src/async/clock.ts';
import { createDispatcher } from '../../src/http/dispatcher.ts';
import { errorRenderer } from '../../src/http/error-response.ts';
import type { Handler, HttpResponse } from '../../src/http/handler.ts';
import { openHttpListener } from '../../src/http/listener.ts';
import { policyCheck } from '../../src/http/policy.ts';
import { silentLog } from '../../src/io/log.ts';
import { loadConfig } from '../../src/server/config/config.ts';
import { createSiteOf } from '../../src/server/context/site.ts';
import { renderErrorPage } from '../../src/server/pages/error.ts';
import { createRoutes } from '../../src/server/routes.ts';
import { openDomain } from '../../src/server/wiring/open-domain.ts';
import { curl, serverRoot } from '../programs.testing.ts';
import { foreignPage, openPage, skip } from './browser.testing.ts';

/** Puts one defence out of order: changes a response, or leaves the policy out. */
interface Weakness {
  readonly withoutPolicy?: boolean;
  readonly change?: (response: HttpResponse) => HttpResponse;
}

/** The server's own parts in this process, all of them but for the weakness. */
async function openServer(t: TestContext, { withoutPolicy = false, change = (response) => response }: Weakness = {}) {
  const root = serverRoot(t);
  mkdirSync(join(root, 'metadata'));
  const { config } = loadConfig({ root });
  const domain = await openDomain({ config, root, log: silentLog });
  const dispatch = createDispatcher(
    createRoutes(
      { ...domain, siteOf: createSiteOf(null, 0), clock: systemClock, trusts: () => true },
      { phase: 'ready' },
      config.paths.static,
    ),
  );
  const check = policyCheck({ allowedHosts: [], token: null });
  const handle: Handler = async (request) => {
    if (!withoutPolicy) check(request);
    return change(await dispatch(request));
  };
  const listener = await openHttpListener({
    host: '127.0.0.1',
    port: 0,
    handle,
    renderError: errorRenderer(renderErrorPage),
    log: silentLog,
  });
  t.after(async () => {
    await listener.close({ deadlineMs: 0 });
    await domain.close();
  });
  return { url: `http://127.0.0.1:${listener.port}`, port: listener.port, files: () => domain.catalog.size };
}

/** The same response without some fields, or with others in their place. */
function withFields(
  response: HttpResponse,
  drop: readonly string[],
  add: readonly (readonly [string, string])[] = [],
): HttpResponse {
  return { ...response, headers: [...response.headers.filter(([name]) => !drop.includes(name)), ...add] };
}

const requests: { name: string; args: (port: number) => string[]; refused: string; otherwise: string }[] = [
  {
    name: 'DNS rebinding: a name of the attacker that leads to us, reading',
    args: (port) => ['-H', 'Host: evil.example', `http://127.0.0.1:${port}/files`],
    refused: '421',
    otherwise: '200',
  },
  {
    name: 'DNS rebinding by the absolute form of the target',
    args: (port) => [`http://127.0.0.1:${port}/`, '--request-target', 'http://evil.example/files'],
    refused: '421',
    otherwise: '200',
  },
  ...['http://evil.example', 'null', 'http://localhost:1', 'https://127.0.0.1'].map((origin) => ({
    name: `a form of another origin (${origin}), uploading`,
    args: (port: number) => ['-H', `Origin: ${origin}`, '-d', 'x', `http://127.0.0.1:${port}/upload?name=evil`],
    refused: '403',
    otherwise: '201',
  })),
  ...['cross-site', 'same-site'].map((site) => ({
    name: `a script of another site (${site}), uploading`,
    args: (port: number) => [
      '-H',
      `Sec-Fetch-Site: ${site}`,
      '-T',
      '/dev/null',
      `http://127.0.0.1:${port}/upload/evil`,
    ],
    refused: '403',
    otherwise: '201',
  })),
];

for (const { name, args, refused, otherwise } of requests) {
  test(name, async (t) => {
    const status = async (port: number): Promise<string> =>
      (await curl('-o', '/dev/null', '-w', '%{http_code}', ...args(port))).stdout.toString();
    const guarded = await openServer(t);
    assert.equal(await status(guarded.port), refused);
    assert.equal(guarded.files(), 0);
    assert.equal(await status((await openServer(t, { withoutPolicy: true })).port), otherwise, 'control: no policy');
  });
}

const names = ['a\r\nX-Injected: yes', 'a\nb', 'a\u0000b', '\u009b31m', 'a\u2028b'];
test('a file name cannot carry a line break or a control character into an answer', async (t) => {
  const { url, files } = await openServer(t);
  const put = async (name: string): Promise<string> => {
    const target = `${url}/upload?name=${encodeURIComponent(name)}`;
    return (await curl('-o', '/dev/null', '-w', '%{http_code}', '-d', 'x', target)).stdout.toString();
  };
  for (const name of names) assert.equal(await put(name), '400', JSON.stringify(name));
  assert.equal(files(), 0);
  const odd = 'a"; filename=b.html; x="';
  assert.equal(await put(odd), '201', 'control: only odd');
  const { stdout } = await curl('-I', `${url}/download?name=${encodeURIComponent(odd)}`);
  const [, disposition] = /^Content-Disposition: (.*?)\r$/m.exec(stdout.toString()) ?? [];
  const encoded = "filename*=UTF-8''a%22%3B%20filename%3Db.html%3B%20x%3D%22";
  assert.equal(disposition, `attachment; filename="a_; filename=b.html; x=_"; ${encoded}`);
});

test('our page in a frame of another site', { skip }, async (t) => {
  const framed = async (url: string): Promise<number> => {
    const page = await openPage(t);
    await page.goto(await foreignPage(t, `<iframe src="${url}"></iframe>`));
    const frame = page.frames().find((candidate) => candidate !== page.mainFrame());
    return (await frame?.locator('#upload').count()) ?? 0;
  };
  const { url } = await openServer(t);
  assert.equal(await framed(`${url}/files`), 0);
  // No handler can leave those fields out, so the control is the same page from a server that does not know them.
  const { stdout } = await curl('-H', 'Accept: text/html', `${url}/files`);
  const bare = await foreignPage(t, stdout.toString().replace(/[^\n -~]/g, '?'));
  assert.equal(await framed(bare), 1, 'control: without those fields');
});

test('a script in an uploaded page, opened from here', { skip }, async (t) => {
  const title = async (change?: Weakness['change']): Promise<string> => {
    const { url } = await openServer(t, { ...(change && { change }) });
    await curl(
      '--data-binary',
      '<title>calm</title><script>document.title = "ran"</script>',
      `${url}/upload?name=x.html`,
    );
    const page = await openPage(t);
    await page.goto(`${url}/download?name=x.html`).catch(() => {}); // becomes a download: there is no page then
    return page.title();
  };
  assert.equal(await title(), '');
  const drop = ['Content-Type', 'Content-Disposition', 'X-Content-Type-Options', 'Content-Security-Policy'];
  const naive = (response: HttpResponse): HttpResponse => withFields(response, drop, [['Content-Type', 'text/html']]);
  assert.equal(await title(naive), 'ran', 'control: served as what it says it is');
});

test('a script in a file name, on the list', { skip }, async (t) => {
  const name = '<img src=x onerror="document.title=\'ran\'">';
  const title = async (change?: Weakness['change']): Promise<string> => {
    const { url } = await openServer(t, { ...(change && { change }) });
    assert.match((await curl('-d', 'x', `${url}/upload?name=${encodeURIComponent(name)}`)).stdout.toString(), /"id"/);
    const page = await openPage(t);
    await page.goto(`${url}/files`, { waitUntil: 'networkidle' });
    return page.title();
  };
  assert.equal(await title(), 'Files - Rivulet');
  const unescaped = (response: HttpResponse): HttpResponse => {
    const { body } = response;
    if (typeof body !== 'string' || !body.startsWith('<!doctype')) return response;
    const raw = body.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'");
    return withFields({ ...response, body: raw }, ['Content-Security-Policy']);
  };
  assert.equal(await title(unescaped), 'ran', 'control: neither escaped nor under the policy');
});
