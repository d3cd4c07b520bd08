import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandError } from '../cli/exit.ts';
import { readOptions, type ShareFlags } from './options.ts';

const flags: ShareFlags = {
  server: '127.0.0.1:8082',
  host: undefined,
  port: 0,
  map: undefined,
  refresh: 30,
  history: undefined,
};

test('what is not said is as usual', () => {
  const { directory, mapPath, historyPath, refreshMs } = readOptions('ada', flags, { HOME: '/home/ada' });
  assert.deepEqual(directory, { host: '127.0.0.1', port: 8082 });
  assert.equal(mapPath, '/home/ada/.local/state/rivulet/share/ada@127.0.0.1:8082.map');
  assert.equal(historyPath, '/home/ada/.local/state/rivulet/share/ada.history');
  assert.equal(refreshMs, 30_000);
  assert.match(readOptions('ada', flags, { XDG_STATE_HOME: '/s' }).mapPath, /^\/s\/rivulet\/share\//);
});

const servers = [
  { text: 'example.org', directory: { host: 'example.org', port: 8082 } },
  { text: 'example.org:9', directory: { host: 'example.org', port: 9 } },
  { text: '[::1]:9', directory: { host: '::1', port: 9 } },
];
for (const { text, directory } of servers) {
  test(`--server ${text}`, () =>
    assert.deepEqual(readOptions('ada', { ...flags, server: text }, {}).directory, directory));
}

for (const server of ['', ':9', 'a:b', 'a:0', 'a:99999', 'http://a', 'a/b', 'a b']) {
  test(`--server "${server}" is a mistake`, () => {
    assert.throws(() => readOptions('ada', { ...flags, server }, {}), CommandError);
  });
}

for (const name of ['', 'a b', '../a', 'OK']) {
  test(`a user cannot be called "${name}"`, () => assert.throws(() => readOptions(name, flags, {}), CommandError));
}
