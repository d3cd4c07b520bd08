import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Directory } from '../../directory/directory.ts';
import { requestFor } from '../../http/handler.testing.ts';
import type { HttpResponse } from '../../http/handler.ts';
import type { DirectoryView } from '../../protocols/api/types.ts';
import { name } from '../../protocols/directory/directory.testing.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import { createDirectoryHandler } from './directory.ts';

function scene() {
  const directory = new Directory();
  const handler = createDirectoryHandler({ directory });
  const get = (query: Record<string, string> = {}, accept = 'application/json') =>
    handler(requestFor('GET', '/directory', { query, headers: { accept } })) as HttpResponse;
  const view = (query?: Record<string, string>): DirectoryView => JSON.parse(get(query).body as string);
  return { directory, get, view };
}

test('GET /directory: everybody with their files, until something changes', () => {
  const { directory, view } = scene();
  assert.deepEqual(view(), { count: 0, file_count: 0, users: [] });
  const ada = directory.addUser(name('ada'), { address: '127.0.0.1', port: 9000 });
  directory.addFiles(ada, ['/b', '/a']);
  const users = [{ name: 'ada', address: '127.0.0.1', port: 9000, files: ['/b', '/a'] }];
  assert.deepEqual(view(), { count: 1, file_count: 2, users });
});

test('GET /directory: page by page', () => {
  const { directory, view } = scene();
  for (const user of ['ada', 'bob', 'cyd']) directory.addUser(name(user), { address: '::1', port: 9000 });
  const first = view({ limit: '2' });
  assert.deepEqual([first.count, first.users.map((user) => user.name)], [3, ['ada', 'bob']]);
  const last = view({ limit: '2', cursor: first.next as string });
  assert.deepEqual([last.count, last.users.map((user) => user.name), last.next], [3, ['cyd'], undefined]);
});

test('GET /directory: what many paths fill is cut between two users', () => {
  const { directory, view } = scene();
  for (const user of ['ada', 'bob']) {
    const added = directory.addUser(name(user), { address: '::1', port: 9000 });
    for (let file = 0; file < 200; file += 1) directory.addFiles(added, [`/${String(file).padStart(3000, 'x')}`]);
  }
  assert.deepEqual(
    view().users.map((user) => [user.name, user.files.length]),
    [['ada', 200]],
  );
});

test('GET /directory: a page and a table as well', () => {
  const { get } = scene();
  assert.match(get({}, 'text/html').body as string, /<h1>Directory<\/h1>/);
  assert.equal(get({}, 'text/plain').body, 'USER  ADDRESS  PATH\n');
});

for (const query of [{ cursor: 'x' }, { cursor: '-1' }, { limit: '0' }]) {
  test(`GET /directory with ${JSON.stringify(query)} is answered with 400`, () => {
    const { get } = scene();
    assert.throws(
      () => get(query as Record<string, string>),
      (error) => error instanceof HttpError && error.answer === 400,
    );
  });
}
