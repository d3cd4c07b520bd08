import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Directory } from '../../directory/directory.ts';
import { name } from '../../protocols/directory/directory.testing.ts';
import { DirectoryChanges } from './directory.ts';
import { begun, told } from './events.testing.ts';

test('the counts, whenever somebody registers or leaves', () => {
  const directory = new Directory();
  const source = begun(new DirectoryChanges(directory));
  const next = (): unknown[] => told(source.changes()).map(({ data }) => data);
  assert.deepEqual(next(), []);
  const ada = directory.addUser(name('ada'), { address: '127.0.0.1', port: 9000 });
  directory.addFiles(ada, ['/a', '/b']);
  assert.deepEqual(next(), [{ users: 1, files: 2 }]);
  assert.deepEqual(next(), []);
  directory.removeUser(ada);
  assert.deepEqual(next(), [{ users: 0, files: 0 }]);
});
