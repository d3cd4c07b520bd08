import assert from 'node:assert/strict';
import { test } from 'node:test';
import { name } from '../protocols/directory/directory.testing.ts';
import { FileList } from './file-list.ts';

function scene(count: number) {
  const list = new FileList();
  const users = Array.from({ length: count }, (_, number) => {
    const user = { name: name(`u${number}`), files: new Set([`/${number}`]) };
    return { ...user, block: list.add(user.name, user.files) };
  });
  const text = () => Array.from(list.blocks(), ({ bytes }) => Buffer.from(bytes).toString()).join('');
  const names = () => [...text().matchAll(/^(\S+) : /gm)].map(([, user]) => user);
  return { list, users, text, names };
}

test('the list has a line for each file, in the order of the users', () => {
  const { users, text, names } = scene(40);
  assert.deepEqual(
    names(),
    users.map((user) => user.name as string),
  );
  assert.match(text(), /^u0 : \/0\nu1 : \/1\n/);
  assert.equal(
    [...scene(40).list.blocks()].reduce((sum, { fileCount }) => sum + fileCount, 0),
    40,
  );
});

test('a change makes one block anew, and leaves the bytes that were given alone', () => {
  const { list, users } = scene(40);
  const before = Array.from(list.blocks(), ({ bytes }) => bytes);
  users[20]?.files.add('/new');
  users[20]?.block.onChange();
  const after = Array.from(list.blocks(), ({ bytes }) => bytes);
  assert.deepEqual(
    before.map((bytes, index) => bytes === after[index]),
    [true, false, true],
  );
  assert.ok(!Buffer.from(before[1] ?? []).includes('/new') && Buffer.from(after[1] ?? []).includes('u20 : /new\n'));
});

test('who goes leaves no line, and nobody else goes', () => {
  const { list, users, names } = scene(40);
  for (const { name, block } of users.slice(0, 35)) list.remove(name, block);
  assert.deepEqual(names(), ['u35', 'u36', 'u37', 'u38', 'u39']);
  for (const { name, block } of users.slice(35)) list.remove(name, block);
  assert.deepEqual([...list.blocks()], []);
  list.add(name('back'), new Set(['/a']));
  assert.deepEqual(names(), ['back']);
});
