import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { accepts } from './json-schema.testing.ts';
import type { Fault } from './rules.ts';
import { configSchema, parseConfig } from './shape.ts';

const schemaFile = new URL('../../../docs/config.schema.json', import.meta.url);
const ownConfig = readFileSync(new URL('../../../config.json', import.meta.url), 'utf8');
const schema: unknown = JSON.parse(readFileSync(schemaFile, 'utf8'));

function faultsOf(text: string): Fault[] {
  const faults: Fault[] = [];
  const config = parseConfig(text, faults);
  assert.equal(config === undefined, faults.length > 0, 'a value or faults, never both');
  return faults;
}

test('every key has its default', () => {
  assert.deepEqual(parseConfig('{}', []), {
    $schema: './docs/config.schema.json',
    http: { host: '127.0.0.1', port: 8080, allowed_hosts: [], public_url: null, max_upload_bytes: null },
    udp: { port: 8081 },
    wire: { port: 6881 },
    directory: { port: 8082 },
    tracker: { open: null },
    paths: { temp: 'temp', metadata: 'metadata', init_files: 'server_init_files', static: 'static' },
    peers: [],
    ipc_roots: ['peers'],
    piece_size: 262144,
    replicas: 2,
    scrub_days: 7,
    drop_delay: 86_400,
    repair_delay: 30,
    repair_rate: 67108864,
    logging: { level: 'info', output: 'stdout', format: 'text' },
    concurrency: { io_threads: 4, download_window_bytes: 4194304, upload_window_bytes: 4194304 },
    auth: { token_file: null },
  });
});

test('the config.json of the repository says the defaults', () =>
  assert.deepEqual(parseConfig(ownConfig, []), parseConfig('{}', [])));

test('docs/config.schema.json is what configSchema() gives; write it anew after a change of the table', () =>
  assert.deepEqual(schema, configSchema()));

const good: readonly { name: string; text: string }[] = [
  { name: 'nothing', text: '{}' },
  { name: 'ports at their ends', text: '{"http":{"port":0},"udp":{"port":65535},"wire":{"port":0}}' },
  { name: 'TCP and UDP may share a number', text: '{"http":{"port":8081}}' },
  { name: 'hosts', text: '{"http":{"host":"::1","allowed_hosts":["box.local","10.0.0.1","::ffff:10.0.0.1"]}}' },
  { name: 'the smallest piece', text: '{"piece_size":1024}' },
  { name: 'the largest piece', text: '{"piece_size":16777216}' },
  { name: 'replicas at their ends', text: '{"replicas":16}' },
  { name: 'drops at once', text: '{"drop_delay":0}' },
  { name: 'repair at once, and slowly', text: '{"repair_delay":0,"repair_rate":65536}' },
  { name: 'repair after a day', text: '{"repair_delay":86400}' },
  { name: 'a limit for uploads', text: '{"http":{"max_upload_bytes":9007199254740991}}' },
  { name: 'peers', text: '{"peers":[{"id":"p1","ipc_path":"peers/p1"},{"id":"p-2.x_Y","ipc_path":"/srv/p2"}]}' },
  { name: 'log to a file as JSON', text: '{"logging":{"level":"debug","output":"a.log","format":"json"}}' },
  { name: 'a public URL', text: '{"http":{"public_url":"https://files.example.org:8443/"}}' },
  { name: 'a token file', text: '{"auth":{"token_file":"metadata/token"}}' },
  {
    name: 'windows at their ends',
    text: '{"concurrency":{"download_window_bytes":1024,"upload_window_bytes":1073741824}}',
  },
];

for (const { name, text } of good) {
  test(`good config: ${name}`, () => {
    assert.deepEqual(faultsOf(text), []);
    assert.equal(accepts(schema, JSON.parse(text)), true, 'the schema agrees');
  });
}

const bad: readonly { fault: string; text: string; pointer: string; found: string; hint?: string }[] = [
  { fault: 'not an object', text: '[]', pointer: '', found: 'a list' },
  {
    fault: 'unknown key',
    text: '{"pice_size":1024}',
    pointer: '/pice_size',
    found: 'the key "pice_size"',
    hint: 'did you mean "piece_size"?',
  },
  {
    fault: 'unknown key inside',
    text: '{"http":{"prot":1}}',
    pointer: '/http/prot',
    found: 'the key "prot"',
    hint: 'did you mean "port"?',
  },
  { fault: 'unknown key like no other', text: '{"colour":1}', pointer: '/colour', found: 'the key "colour"' },
  { fault: 'a key of every object', text: '{"__proto__":{}}', pointer: '/__proto__', found: 'the key "__proto__"' },
  { fault: 'a key with a slash', text: '{"a/b~":1}', pointer: '/a~1b~0', found: 'the key "a/b~"' },
  {
    fault: 'a public URL with a path',
    text: '{"http":{"public_url":"http://h/x"}}',
    pointer: '/http/public_url',
    found: '"http://h/x"',
  },
  { fault: 'a port in quotes', text: '{"http":{"port":"80"}}', pointer: '/http/port', found: '"80"' },
  { fault: 'a port below 0', text: '{"udp":{"port":-1}}', pointer: '/udp/port', found: '-1' },
  { fault: 'a port above 65535', text: '{"wire":{"port":65536}}', pointer: '/wire/port', found: '65536' },
  { fault: 'half a port', text: '{"http":{"port":80.5}}', pointer: '/http/port', found: '80.5' },
  { fault: 'an object where a list should be', text: '{"peers":{}}', pointer: '/peers', found: 'an object' },
  { fault: 'a value where an object should be', text: '{"http":8080}', pointer: '/http', found: '8080' },
  { fault: 'null where it means nothing', text: '{"replicas":null}', pointer: '/replicas', found: 'null' },
  { fault: 'no replica', text: '{"replicas":0}', pointer: '/replicas', found: '0' },
  { fault: 'too many replicas', text: '{"replicas":17}', pointer: '/replicas', found: '17' },
  { fault: 'a drop put off for ever', text: '{"drop_delay":31536001}', pointer: '/drop_delay', found: '31536001' },
  { fault: 'a negative delay', text: '{"repair_delay":-1}', pointer: '/repair_delay', found: '-1' },
  { fault: 'more than a day of delay', text: '{"repair_delay":86401}', pointer: '/repair_delay', found: '86401' },
  { fault: 'half a second', text: '{"repair_delay":0.5}', pointer: '/repair_delay', found: '0.5' },
  { fault: 'a rate too low', text: '{"repair_rate":65535}', pointer: '/repair_rate', found: '65535' },
  { fault: 'a piece size that is no power of two', text: '{"piece_size":1500}', pointer: '/piece_size', found: '1500' },
  { fault: 'a piece size too small', text: '{"piece_size":512}', pointer: '/piece_size', found: '512' },
  { fault: 'a piece size too large', text: '{"piece_size":33554432}', pointer: '/piece_size', found: '33554432' },
  { fault: 'a level that is none', text: '{"logging":{"level":"loud"}}', pointer: '/logging/level', found: '"loud"' },
  {
    fault: 'a host with a port',
    text: '{"http":{"host":"localhost:80"}}',
    pointer: '/http/host',
    found: '"localhost:80"',
  },
  {
    fault: 'a URL for a host',
    text: '{"http":{"allowed_hosts":["http://x"]}}',
    pointer: '/http/allowed_hosts/0',
    found: '"http://x"',
  },
  { fault: 'an empty path', text: '{"paths":{"temp":""}}', pointer: '/paths/temp', found: '""' },
  { fault: 'NUL in a path', text: '{"ipc_roots":["a\\u0000b"]}', pointer: '/ipc_roots/0', found: '"a\\u0000b"' },
  { fault: 'a peer without a path', text: '{"peers":[{"id":"p1"}]}', pointer: '/peers/0/ipc_path', found: 'nothing' },
  {
    fault: 'a peer id with a slash',
    text: '{"peers":[{"id":"../p","ipc_path":"x"}]}',
    pointer: '/peers/0/id',
    found: '"../p"',
  },
  {
    fault: 'a negative limit',
    text: '{"http":{"max_upload_bytes":-1}}',
    pointer: '/http/max_upload_bytes',
    found: '-1',
  },
  {
    fault: 'a limit past 2^53',
    text: '{"http":{"max_upload_bytes":9007199254740993}}',
    pointer: '/http/max_upload_bytes',
    found: '9007199254740992',
  },
  { fault: 'no thread', text: '{"concurrency":{"io_threads":0}}', pointer: '/concurrency/io_threads', found: '0' },
  {
    fault: 'a window below the smallest',
    text: '{"concurrency":{"upload_window_bytes":1023}}',
    pointer: '/concurrency/upload_window_bytes',
    found: '1023',
  },
];

for (const { fault, text, pointer, found, hint } of bad) {
  test(`bad config: ${fault}`, () => {
    const [first, ...others] = faultsOf(text);
    assert.deepEqual({ pointer: first?.pointer, found: first?.found, hint: first?.hint }, { pointer, found, hint });
    assert.deepEqual(others, []);
    assert.equal(accepts(schema, JSON.parse(text)), false, 'the schema agrees');
  });
}

// A schema cannot say these.
const contradictory: readonly { fault: string; text: string; pointer: string }[] = [
  { fault: 'two doors on one port', text: '{"http":{"port":6881}}', pointer: '/wire/port' },
  {
    fault: 'two peers of one name',
    text: '{"peers":[{"id":"a","ipc_path":"x"},{"id":"a","ipc_path":"y"}]}',
    pointer: '/peers/1/id',
  },
];

for (const { fault, text, pointer } of contradictory) {
  test(`bad config: ${fault}`, () =>
    assert.deepEqual(
      faultsOf(text).map((found) => found.pointer),
      [pointer],
    ));
}

test('every fault is told, not only the first', () => {
  const text = '{"http":{"port":"x","hots":1},"replicas":99,"peers":[{"id":1}],"logging":[]}';
  const pointers = faultsOf(text).map(({ pointer }) => pointer);
  assert.deepEqual(pointers.sort(), [
    '/http/hots',
    '/http/port',
    '/logging',
    '/peers/0/id',
    '/peers/0/ipc_path',
    '/replicas',
  ]);
});

test('a fault says what was expected', () => {
  assert.equal(faultsOf('{"http":{"port":true}}')[0]?.expected, 'a whole number from 0 to 65535');
  assert.equal(faultsOf('{"logging":{"format":1}}')[0]?.expected, 'one of "text", "json"');
  assert.equal(faultsOf('{"auth":{"token_file":1}}')[0]?.expected, 'a path, or null');
});
