import assert from 'node:assert/strict';
import test from 'node:test';
import { HttpError } from '../protocols/http/errors.ts';
import { renderErrorPage } from '../server/pages/error.ts';
import { errorRenderer } from './error-response.ts';
import { requestFor } from './handler.testing.ts';
import type { HttpResponse } from './handler.ts';
import { encodeSafeHead } from './safety-fields.ts';

const renderError = errorRenderer(renderErrorPage);

const error = new HttpError(405, 'method-not-allowed', 'only <GET> works here\u001b[2J', {
  headers: [['Allow', 'GET, HEAD']],
});

function answer(accept?: string): HttpResponse {
  return renderError(error, requestFor('POST', '/files', { headers: accept === undefined ? {} : { accept } }));
}

function field(response: HttpResponse, name: string): string | undefined {
  return response.headers.find(([other]) => other === name)?.[1];
}

const rows: readonly { name: string; accept: string | undefined; type: string; body: RegExp }[] = [
  {
    name: 'no Accept',
    accept: undefined,
    type: 'text/html; charset=utf-8',
    body: /<h1>.*405.*Method Not Allowed<\/h1>\s*<p>only &lt;GET&gt; works/,
  },
  { name: 'curl', accept: '*/*', type: 'text/html; charset=utf-8', body: /^<!doctype html>/ },
  {
    name: 'a browser',
    accept: 'text/html,application/xml;q=0.9,*/*;q=0.8',
    type: 'text/html; charset=utf-8',
    body: /^<!doctype html>/,
  },
  { name: 'JSON', accept: 'application/json', type: 'application/problem+json', body: /"status":405/ },
  {
    name: 'problem details',
    accept: 'application/problem+json',
    type: 'application/problem+json',
    body: /"code":"method-not-allowed"/,
  },
  {
    name: 'JSON before HTML',
    accept: 'text/html;q=0.5, application/json',
    type: 'application/problem+json',
    body: /"title":"Method Not Allowed"/,
  },
  {
    name: 'a terminal',
    accept: 'text/plain',
    type: 'text/plain; charset=utf-8',
    body: /^405 Method Not Allowed: only <GET> works here\\u001b\[2J\n$/,
  },
];

for (const { name, accept, type, body } of rows) {
  test(`error response: ${name}`, () => {
    const response = answer(accept);
    assert.equal(response.status, 405);
    assert.equal(field(response, 'Content-Type'), type);
    assert.equal(field(response, 'Allow'), 'GET, HEAD');
    assert.match(encodeSafeHead(response, '', ''), /^X-Content-Type-Options: nosniff\r$/m);
    assert.match(String(response.body), body);
  });
}

test('error response: a head that could not be read has a page', () => {
  const response = renderError(new HttpError(400, 'bad-field', 'a field line has no colon'), null);
  assert.equal(response.status, 400);
  assert.match(String(response.body), /a field line has no colon/);
  assert.match(field(response, 'Content-Security-Policy') ?? '', /default-src 'none'/);
});

test('error response: every status that the contract names can be told', () => {
  const named = [
    400, 401, 403, 404, 405, 408, 409, 411, 412, 413, 414, 415, 416, 417, 421, 431, 500, 501, 503, 505, 507,
  ];
  for (const status of named) assert.equal(renderError(new HttpError(status, 'x', 'y'), null).status, status);
});

test('error response: a program without pages gives browsers what programs get', () => {
  const response = errorRenderer()(error, requestFor('POST', '/files', { headers: { accept: 'text/html,*/*;q=0.8' } }));
  assert.equal(field(response, 'Content-Type'), 'application/problem+json');
});
