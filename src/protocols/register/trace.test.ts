import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recorded } from '../../bytes/trace.testing.ts';
import { observeRegister, observeRegisterReply } from './trace.ts';
import { registerLimits } from './types.ts';

const cases: readonly { name: string; observe: typeof observeRegister; text: string; fields: readonly string[] }[] = [
  {
    name: 'a request',
    observe: observeRegister,
    text: 'REGISTER peer-id=p1  ipc-path=/srv/a%20b\r\n',
    fields: ['verb REGISTER', 'peer-id p1', 'ipc-path "/srv/a b"', 'line end "\\r\\n"'],
  },
  {
    name: 'a refused request',
    observe: observeRegister,
    text: 'REGISTER peer-id',
    fields: ['line "REGISTER peer-id"'],
  },
  {
    name: 'a reply',
    observe: observeRegisterReply,
    text: 'OK peer-id=p1 files=3 pieces=412',
    fields: ['verb OK', 'peer-id p1', 'files 3', 'pieces 412'],
  },
];
for (const { name, observe, text, fields } of cases) {
  test(name, () => {
    const recorded = new Recorded();
    observe(Buffer.from(text), recorded.observe);
    assert.deepEqual(recorded.fields, fields);
    assert.equal(recorded.bytes, text);
  });
}

test('of a datagram that is too long the length', () => {
  const recorded = new Recorded();
  observeRegister(Buffer.from(`REGISTER ${'x'.repeat(registerLimits.requestBytesMax)}`), recorded.observe);
  assert.deepEqual(recorded.fields, ['datagram 8201 bytes']);
});
