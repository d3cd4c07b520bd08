import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recorded } from '../../bytes/trace.testing.ts';
import { observeBencode } from './trace.ts';

const cases: readonly { text: string; fields: readonly string[] }[] = [
  { text: 'i-3e', fields: ['value -3'] },
  {
    text: 'd3:cow3:moo4:spaml1:ai2eee',
    fields: ['value dictionary', 'cow "moo"', 'spam list', 'item "a"', 'item 2', 'end list', 'end dictionary'],
  },
  { text: 'd1:bi1e1:ai2ee', fields: ['value dictionary', 'b 1', 'a 2', 'end dictionary'] },
  { text: 'd1:\x1bi1ee', fields: ['value dictionary', '"\\x1b" 1', 'end dictionary'] },
  { text: 'i1e and more', fields: ['value 1', 'data 9 bytes'] },
  { text: 'd1:ai1e1:bx', fields: ['value dictionary', 'a 1', 'data 4 bytes'] },
  { text: '', fields: [] },
];
for (const { text, fields } of cases) {
  test(`bencode: ${JSON.stringify(text)}`, () => {
    const recorded = new Recorded();
    observeBencode(Buffer.from(text, 'latin1'), recorded.observe);
    assert.deepEqual(recorded.fields, fields);
    assert.equal(recorded.bytes.replace(/\?+$/, ''), text.slice(0, recorded.bytes.replace(/\?+$/, '').length));
    assert.equal(recorded.bytes.length, text.length);
  });
}
