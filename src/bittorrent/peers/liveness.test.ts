import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionTimeouts, Liveness } from './liveness.ts';

const { handshakeMs, silenceMs, keepAliveMs } = connectionTimeouts;

test('the handshake has its time, whatever else comes', () => {
  const liveness = new Liveness();
  liveness.heard();
  assert.equal(liveness.tick(handshakeMs - 1, false), undefined);
  assert.equal(liveness.tick(1, false), 'handshake');
});

test('a peer that is silent is given up, one that was heard is not', () => {
  const liveness = new Liveness();
  liveness.said();
  assert.notEqual(liveness.tick(silenceMs - 1, true), 'bytes');
  liveness.heard();
  assert.notEqual(liveness.tick(silenceMs - 1, true), 'bytes');
  assert.equal(liveness.tick(1, true), 'bytes');
});

test('who has said nothing for long should', () => {
  const liveness = new Liveness();
  assert.equal(liveness.tick(keepAliveMs - 1, true), undefined);
  liveness.heard();
  assert.equal(liveness.tick(1, true), 'keep-alive');
  liveness.said();
  assert.equal(liveness.tick(1, true), undefined);
});
