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
  node: false,
  swarm: undefined,
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

test('a node of ours: at the server that the directory is part of, unless it is said where', () => {
  const node = (changes: object) =>
    readOptions('ada', { ...flags, node: true, ...changes }, { HOME: '/home/ada' }).node;
  assert.deepEqual(node({ map: '/m/map' }), { server: 'http://127.0.0.1:8080', directory: '/m/map.node' });
  assert.equal(node({ server: '[::1]:9000' })?.server, 'http://[::1]:8080');
  assert.equal(node({ swarm: 'http://other:81' })?.server, 'http://other:81');
  assert.throws(() => node({ swarm: 'other:81' }), /--swarm needs a URL/);
});
