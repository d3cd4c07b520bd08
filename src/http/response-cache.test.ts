import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DateLines } from '../protocols/http/write.ts';
import type { HttpResponse } from './handler.ts';
import { ResponseCache } from './response-cache.ts';

const response = (body: string): HttpResponse => ({ status: 200, headers: [], body });

test('a response that is given again is encoded once a second', () => {
  const cache = new ResponseCache(new DateLines());
  const list = response('list');
  assert.equal(cache.get(list, 0), null);
  const cached = cache.get(list, 0);
  assert.match(Buffer.from(cached?.bytes ?? []).toString(), /^HTTP\/1\.1 200 OK\r\nDate: .*00:00:00 GMT\r\n.*list$/s);
  assert.equal(cache.get(list, 999), cached);
  assert.match(Buffer.from(cache.get(list, 1000)?.bytes ?? []).toString(), /00:00:01 GMT/);
});

test('listeners that give different responses in turn do not disturb each other', () => {
  const [one, other] = [new ResponseCache(new DateLines()), new ResponseCache(new DateLines())];
  const [list, page] = [response('list'), response('page')];
  for (const cached of [false, true, true]) {
    assert.equal(one.get(list, 0) !== null, cached);
    assert.equal(other.get(page, 0) !== null, cached);
  }
});

test('control: on one listener they do', () => {
  const cache = new ResponseCache(new DateLines());
  const [list, page] = [response('list'), response('page')];
  for (const each of [list, page, list, page]) assert.equal(cache.get(each, 0), null);
});
