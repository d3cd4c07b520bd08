import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpError } from '../protocols/http/errors.ts';
import { createDispatcher, rawQueryPaths } from './dispatcher.ts';
import { requestFor } from './handler.testing.ts';
import type { Handler, HttpResponse } from './handler.ts';

const says =
  (text: string): Handler =>
  () => ({ status: 200, headers: [], body: text });

const dispatch = createDispatcher([
  { path: '/files', methods: { GET: says('files') } },
  { path: '/upload', methods: { POST: says('upload') } },
  { path: '/upload/*', methods: { PUT: says('put') } },
]);

const answers: { method: string; path: string; body: string }[] = [
  { method: 'GET', path: '/files', body: 'files' },
  { method: 'HEAD', path: '/files', body: 'files' },
  { method: 'POST', path: '/upload', body: 'upload' },
  { method: 'PUT', path: '/upload/a.txt', body: 'put' },
];
for (const { method, path, body } of answers) {
  test(`${method} ${path} is answered`, async () => {
    assert.equal((await dispatch(requestFor(method, path))).body, body);
  });
}

const refusals: { name: string; method: string; path: string; status: number; allow?: string }[] = [
  { name: 'an unknown path', method: 'GET', path: '/nothing', status: 404 },
  { name: 'a path below one that has no folder', method: 'GET', path: '/files/x', status: 404 },
  {
    name: 'a known method that does not fit',
    method: 'DELETE',
    path: '/files',
    status: 405,
    allow: 'GET, HEAD, OPTIONS',
  },
  { name: 'HEAD where GET is not', method: 'HEAD', path: '/upload', status: 405, allow: 'POST, OPTIONS' },
  { name: 'an unknown method', method: 'BREW', path: '/files', status: 501 },
  { name: 'an unknown method that every object has', method: 'toString', path: '/files', status: 501 },
  { name: 'an unknown method on an unknown path', method: 'BREW', path: '/nothing', status: 501 },
  { name: 'a method in lower case', method: 'get', path: '/files', status: 501 },
];
for (const { name, method, path, status, allow } of refusals) {
  test(`${name}: ${status}`, () => {
    assert.throws(
      () => dispatch(requestFor(method, path)),
      (error) => {
        assert.ok(error instanceof HttpError);
        assert.equal(error.answer, status);
        assert.deepEqual(error.headers, allow === undefined ? [] : [['Allow', allow]]);
        return true;
      },
    );
  });
}

test('OPTIONS tells the methods of one path and of the server', () => {
  const allow = (path: string) => (dispatch(requestFor('OPTIONS', path)) as HttpResponse).headers;
  assert.deepEqual(allow('/files'), [['Allow', 'GET, HEAD, OPTIONS']]);
  assert.deepEqual(allow('*'), [['Allow', 'GET, POST, PUT, HEAD, OPTIONS']]);
});

test('only routes that say so take a raw query', () => {
  const get = { GET: says('') };
  const takes = rawQueryPaths([
    { path: '/announce', methods: get, takesRawQuery: true },
    { path: '/files', methods: get },
  ]);
  assert.deepEqual(['/announce', '/files', '/announce/'].map(takes), [true, false, false]);
});
