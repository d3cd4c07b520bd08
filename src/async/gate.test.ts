import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gate } from './gate.ts';

test('a gate is shut once everybody is out, also those whose work failed', async () => {
  const gate = new Gate();
  const out: string[] = [];
  const work = async (name: string): Promise<void> => {
    await Promise.resolve();
    out.push(name);
    if (name === 'second') throw new Error('its work failed');
  };
  const first = gate.run(() => work('first'));
  const second = assert.rejects(
    gate.run(() => work('second')),
    /its work failed/,
  );
  await gate.shut();
  assert.deepEqual(out, ['first', 'second']);
  await Promise.all([first, second]);
});

test('nobody gets in any more', async () => {
  const gate = new Gate();
  await gate.shut();
  await assert.rejects(
    gate.run(async () => assert.fail('got in')),
    /after it was closed/,
  );
});
