import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHttpResponse } from '../../src/protocols/tracker/http/read-response.ts';
import { fuzz } from './tracker-replies.ts';

test('whatever a tracker says, it is refused, or what was read can be used', () => {
  const { taken, refused } = fuzz(1, 10_000);
  assert.ok(taken > 1_000 && refused > 1_000, `${taken} taken, ${refused} refused: both must come up`);
});

test('a reader that takes peers without a port is found out', () => {
  const careless: typeof parseHttpResponse = (body, status) => {
    const reply = parseHttpResponse(body, status);
    return reply.kind === 'peers' ? { ...reply, peers: [...reply.peers, { address: '10.0.0.1', port: 0 }] } : reply;
  };
  assert.throws(() => fuzz(2, 100, careless), /^Error: seed 2, round \d+/);
});

test('a reader that fails otherwise than it says is found out', () => {
  const careless: typeof parseHttpResponse = (body, status) => {
    if (Buffer.from(body).includes('never')) throw new TypeError('not thought of');
    return parseHttpResponse(body, status);
  };
  assert.throws(() => fuzz(3, 1_000, careless), /^Error: seed 3, round \d+/);
});
