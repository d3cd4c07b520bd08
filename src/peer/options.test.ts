import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { CommandError, exitCode } from '../cli/exit.ts';
import { type PeerFlags, readOptions } from './options.ts';

const defaults: PeerFlags = { dir: undefined, server: 'http://127.0.0.1:8080', udp: undefined, share: [] };

test('by default a peer lives in peers/ID', () => {
  const options = readOptions(['p1'], defaults);
  assert.equal(options.directory, resolve('peers/p1'));
  assert.equal(options.server.origin, 'http://127.0.0.1:8080');
  assert.deepEqual(options.shared, []);
});

test('a server may be named without http://', () => {
  assert.equal(readOptions(['p1'], { ...defaults, server: 'localhost:9000' }).server.origin, 'http://localhost:9000');
});

test('several files can be shared, by several flags or by one', () => {
  assert.deepEqual(readOptions(['p1', 'c', 'd'], { ...defaults, share: ['a', 'b'] }).shared, ['a', 'b', 'c', 'd']);
});

const faults = [
  { name: 'an id that is a path', operands: ['../p1'], flags: defaults },
  { name: 'no id', operands: [''], flags: defaults },
  { name: 'two ids', operands: ['p1', 'p2'], flags: defaults },
  { name: 'https', operands: ['p1'], flags: { ...defaults, server: 'https://127.0.0.1' } },
  { name: 'no URL', operands: ['p1'], flags: { ...defaults, server: 'http://' } },
  { name: 'a port only', operands: ['p1'], flags: { ...defaults, udp: ':8081' } },
  { name: 'a host only', operands: ['p1'], flags: { ...defaults, udp: '127.0.0.1' } },
  { name: 'a port too high', operands: ['p1'], flags: { ...defaults, udp: '127.0.0.1:65536' } },
];
for (const { name, operands, flags } of faults) {
  test(`wrong usage: ${name}`, () => {
    assert.throws(
      () => readOptions(operands, flags),
      (error) => error instanceof CommandError && error.exitCode === exitCode.usage,
    );
  });
}
