import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimsToBe, makePeerId } from './peer-id.ts';

const random = Buffer.from('abcdefghijk');

test('a peer id says which program it is of (BEP 20)', () => {
  assert.equal(makePeerId('server', random).toString(), '-RV0100-sabcdefghijk');
  assert.equal(makePeerId('node', random).length, 20);
  for (const role of ['server', 'node', 'get'] as const)
    for (const other of ['server', 'node', 'get'] as const)
      assert.equal(claimsToBe(makePeerId(role, random), other), role === other);
});

test('the id of another client claims nothing', () => {
  assert.equal(claimsToBe(Buffer.from('-LT2080-sabcdefghijk'), 'server'), false);
  assert.equal(claimsToBe(Buffer.alloc(20), 'node'), false);
});
