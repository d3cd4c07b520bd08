import assert from 'node:assert/strict';
import { test } from 'node:test';
import { name } from '../protocols/directory/directory.testing.ts';
import { DirectoryError } from '../protocols/directory/errors.ts';
import { Directory } from './directory.ts';

const here = { address: '127.0.0.1', port: 9000 };
const all = { limit: 1000, after: 0, pathBytes: 1000 };

function refusal(code: string) {
  return (error: unknown): boolean => error instanceof DirectoryError && error.code === code;
}

test('users and files come and go, and are counted', () => {
  const directory = new Directory();
  const ada = directory.addUser(name('ada'), here);
  const bob = directory.addUser(name('bob'), here);
  directory.addFiles(ada, ['/a', '/b']);
  directory.addFiles(bob, ['/a']);
  assert.deepEqual([directory.userCount, directory.fileCount], [2, 3]);
  directory.removeFiles(ada, ['/a']);
  assert.deepEqual([[...ada.files], directory.fileCount], [['/b'], 2]);
  directory.removeUser(ada);
  assert.deepEqual([directory.userCount, directory.fileCount, directory.has(name('ada'))], [1, 1, false]);
  assert.notEqual(directory.addUser(name('ada'), here), ada);
});

test('the version rises with every user and file that comes or goes', () => {
  const directory = new Directory();
  const versions = [directory.version];
  const ada = directory.addUser(name('ada'), here);
  versions.push(directory.version);
  directory.addFiles(ada, ['/a', '/b']);
  versions.push(directory.version);
  directory.removeFiles(ada, ['/a']);
  versions.push(directory.version);
  directory.removeUser(ada);
  versions.push(directory.version);
  assert.deepEqual(versions, [0, 1, 2, 3, 4]);
});

test('several files: all or none', () => {
  const directory = new Directory();
  const ada = directory.addUser(name('ada'), here);
  directory.addFiles(ada, ['/a']);
  assert.throws(() => directory.addFiles(ada, ['/b', '/a']), refusal('already-registered'));
  assert.throws(() => directory.removeFiles(ada, ['/a', '/b']), refusal('unknown-file'));
  assert.deepEqual([[...ada.files], directory.fileCount], [['/a'], 1]);
});

test('a name is taken once', () => {
  const directory = new Directory();
  directory.addUser(name('ada'), here);
  assert.throws(() => directory.addUser(name('ada'), here), refusal('name-taken'));
  directory.addUser(name('Ada'), here);
});

test('a user that is gone can change nothing', () => {
  const directory = new Directory();
  const ada = directory.addUser(name('ada'), here);
  directory.removeUser(ada);
  directory.addUser(name('ada'), here);
  assert.throws(() => directory.addFiles(ada, ['/a']), /ada is gone/);
});

const bounds: { bound: string; of: object; fits: string[][]; more: string[] }[] = [
  { bound: 'files of one user', of: { filesPerUser: 2 }, fits: [['/a', '/b'], []], more: ['/c'] },
  { bound: 'bytes of one user', of: { bytesPerUser: 4 }, fits: [['/a', '/b'], []], more: ['/c'] },
  { bound: 'files', of: { files: 3 }, fits: [['/a', '/b'], ['/a']], more: ['/c'] },
  { bound: 'bytes', of: { bytes: 5 }, fits: [['/a', '/ä'], []], more: ['/c'] },
];
for (const { bound, of, fits, more } of bounds) {
  test(`at the bound of ${bound}, and one past it`, () => {
    const directory = new Directory(of);
    const ada = directory.addUser(name('ada'), here);
    const bob = directory.addUser(name('bob'), here);
    directory.addFiles(bob, fits[1] ?? []);
    directory.addFiles(ada, fits[0] ?? []);
    assert.throws(() => directory.addFiles(ada, more), refusal('full'));
    directory.removeFiles(ada, ['/a']);
    directory.addFiles(ada, ['/c']);
  });
}

test('at the bound of users, and one past it', () => {
  const directory = new Directory({ users: 1 });
  const ada = directory.addUser(name('ada'), here);
  assert.throws(() => directory.addUser(name('bob'), here), refusal('full'));
  directory.removeUser(ada);
  directory.addUser(name('bob'), here);
});

test('pages: by number of users, by bytes of paths, from where the last one ended', () => {
  const directory = new Directory();
  const users = ['ada', 'bob', 'cyd'].map((text) => directory.addUser(name(text), here));
  for (const user of users) directory.addFiles(user, ['/123']);
  const names = (query: object): string[] => directory.page({ ...all, ...query }).users.map((user) => user.name);
  assert.deepEqual(directory.page(all), { count: 3, users, more: false });
  assert.deepEqual(directory.page({ ...all, limit: 2 }), { count: 3, users: users.slice(0, 2), more: true });
  assert.deepEqual(names({ after: users[0]?.number }), ['bob', 'cyd']);
  assert.deepEqual(names({ pathBytes: 8 }), ['ada', 'bob']);
  assert.deepEqual(names({ pathBytes: 7 }), ['ada']);
  assert.deepEqual(names({ pathBytes: 0 }), ['ada'], 'one at least');
  directory.removeUser(users[1] as NonNullable<(typeof users)[1]>);
  assert.deepEqual(names({ after: users[1]?.number }), ['cyd'], 'also after one that is gone');
});
