import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Log, silentLog } from '../io/log.ts';
import { HttpError } from '../protocols/http/errors.ts';
import type { Handler } from './handler.ts';
import { plainError, talk, text, withListener } from './raw-client.testing.ts';

const get = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n';
const last = 'GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';

/** Keeps what is logged, one string a line. */
function keepingLog(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  const keep =
    (level: string) =>
    (topic: string, message: string, fields: object = {}, cause?: unknown): void => {
      lines.push(`${level} ${topic} ${message} ${JSON.stringify(fields)} ${cause ?? ''}`);
    };
  const log = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
  return { log: { ...log, enabled: () => true }, lines };
}

const failures: [name: string, handle: Handler][] = [
  [
    'throws',
    () => {
      throw new Error('secret');
    },
  ],
  ['rejects', async () => Promise.reject(new TypeError('secret'))],
  ['throws what is no error', () => Promise.reject('secret')],
  ['sends a field with a line break', () => ({ status: 200, headers: [['A', 'secret\r\nB: c']], body: null })],
  ['sends a status that has no name', () => ({ status: 299, headers: [], body: 'secret' })],
];

for (const [name, handle] of failures) {
  test(`a handler that ${name} is 500, of which the client learns nothing and the log all`, async () => {
    const { log, lines } = keepingLog();
    await withListener(
      handle,
      async (listener) => {
        const responses = await talk(listener, get + last);
        assert.deepEqual(
          responses.map(({ status }) => status),
          [500, 500],
        );
        assert.doesNotMatch(responses[0]?.body ?? '', /secret/);
      },
      { log },
    );
    assert.ok(lines.some((line) => /^error http .*"path":"\/".*(secret|299)/.test(line)));
  });
}

test('a handler that throws a HttpError is answered with it, and the connection goes on', () =>
  withListener(
    () => {
      throw new HttpError(405, 'method', 'GET only', { headers: [['Allow', 'GET']] });
    },
    async (listener) => {
      const responses = await talk(listener, get + last);
      assert.deepEqual(
        responses.map(({ status, body }) => `${status} ${body}`),
        Array(2).fill('405 method: GET only'),
      );
      assert.equal(responses[0]?.fields.get('allow'), 'GET');
    },
  ));

test('when an error cannot be rendered, the connection is cut', async () => {
  const { log, lines } = keepingLog();
  const renderError = () => {
    throw new Error('no page');
  };
  const handle = () => {
    throw new HttpError(404, 'none', 'none');
  };
  await withListener(
    handle,
    async (listener) => {
      for (const bytes of [get + last, 'nonsense\r\n\r\n']) assert.deepEqual(await talk(listener, bytes), []);
    },
    { log, renderError },
  );
  assert.equal(lines.filter((line) => /^error http an error could not be answered.*no page/.test(line)).length, 2);
});

test('the error page sees the request', () =>
  withListener(
    () => {
      throw new HttpError(404, 'none', 'none');
    },
    async (listener) => {
      const [answer] = await talk(listener, last);
      assert.equal(answer?.body, 'for /last');
    },
    { renderError: (error, request) => ({ ...plainError(error, request), body: `for ${request?.path}` }) },
  ));

test('every request is logged, at info', async () => {
  const { log, lines } = keepingLog();
  let nowMs = 0;
  const handle = () => {
    nowMs += 7;
    return text('hello');
  };
  await withListener(handle, async (listener) => void (await talk(listener, last)), { log, now: () => nowMs });
  const fields = '{"method":"GET","path":"/last","remote":"127.0.0.1","status":200,"bytes":5,"ms":7}';
  assert.deepEqual(lines, [`info http request ${fields} `]);
});

test('what is not logged is not put together', async () => {
  const log = { ...silentLog, info: () => assert.fail('info is not enabled') };
  await withListener(
    () => text('hello'),
    async (listener) => void (await talk(listener, last)),
    { log },
  );
});

test('a trace shows both sides of a connection', async () => {
  const lines: string[] = [];
  const trace = (line: string) => void lines.push(line);
  await withListener(
    () => text('hello'),
    async (listener) => void (await talk(listener, get + last)),
    { trace },
  );
  for (const line of ['> 000004  request-target  "/"', '> 000031  request-target  "/last"'])
    assert.ok(lines.includes(line), line);
  assert.equal(lines.filter((line) => /^< .* content +"hello"$/.test(line)).length, 2);
});
