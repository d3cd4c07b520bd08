import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { ConfigError, loadConfig } from './config.ts';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'rivulet-config-'));
});
after(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string | Uint8Array): string {
  const file = join(folder, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  return file;
}

test('relative paths are relative to the folder of the file', () => {
  const file = write(
    'a/config.json',
    '{"peers":[{"id":"p","ipc_path":"p"}],"logging":{"output":"log"},"auth":{"token_file":"/t"}}',
  );
  const { config, root } = loadConfig({ file });
  assert.equal(root, join(folder, 'a'));
  assert.equal(config.paths.temp, join(folder, 'a/temp'));
  assert.deepEqual(config.ipc_roots, [join(folder, 'a/peers')]);
  assert.equal(config.peers[0]?.ipc_path, join(folder, 'a/p'));
  assert.equal(config.logging.output, join(folder, 'a/log'));
  assert.equal(config.auth.token_file, '/t');
});

test('relative paths are relative to the root when there is one', () => {
  const file = write('b/config.json', '{"paths":{"metadata":"m"}}');
  const { config } = loadConfig({ file, root: join(folder, 'elsewhere') });
  assert.equal(config.paths.metadata, join(folder, 'elsewhere/m'));
  assert.equal(config.logging.output, 'stdout');
});

test('the root has a config.json of its own', () => {
  const file = write('c/config.json', '{"replicas":7}');
  const loaded = loadConfig({ root: join(folder, 'c') });
  assert.deepEqual([loaded.file, loaded.config.replicas], [file, 7]);
});

test('static files: those of the root, else those of the program', () => {
  const file = write('d/config.json', '{}');
  assert.match(loadConfig({ file }).config.paths.static, /static$/);
  assert.notEqual(loadConfig({ file }).config.paths.static, join(folder, 'd/static'));
  mkdirSync(join(folder, 'd/static'));
  assert.equal(loadConfig({ file }).config.paths.static, join(folder, 'd/static'));
});

const faulty: readonly { fault: string; content: string | Uint8Array; message: RegExp }[] = [
  {
    fault: 'a syntax error',
    content: '{\n  "http": {,\n}',
    message: /config\.json:2:12: expected a key in quotes, found ","$/,
  },
  {
    fault: 'one value',
    content: '{"replicas":0}',
    message: /config\.json: 1 fault\n {2}\/replicas: expected a whole number from 1 to 16, found 0$/,
  },
  { fault: 'several', content: '{"replicas":0,"x":1}', message: /config\.json: 2 faults\n {2}.*\n {2}.*$/ },
  { fault: 'a hint', content: '{"replica":1}', message: /; did you mean "replicas"\?$/ },
  { fault: 'the whole file', content: '3', message: /\n {2}the whole file: expected an object .*, found 3$/ },
  { fault: 'not UTF-8', content: Uint8Array.of(0x7b, 0xff, 0x7d), message: /cannot be read: it is not valid UTF-8$/ },
];

for (const { fault, content, message } of faulty) {
  test(`a configuration with a fault is refused: ${fault}`, () => {
    const file = write('faulty/config.json', content);
    assert.throws(
      () => loadConfig({ file }),
      (error) => error instanceof ConfigError && message.test(error.message),
    );
  });
}

test('a file that was asked for must be there', () =>
  assert.throws(() => loadConfig({ file: join(folder, 'none.json') }), {
    name: 'ConfigError',
    message: /none\.json: cannot be read: ENOENT/,
  }));
