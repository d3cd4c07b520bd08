import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeContentDisposition } from './disposition.ts';

const rows: readonly { name: string; value: string }[] = [
  { name: 'plan.txt', value: 'attachment; filename="plan.txt"' },
  { name: 'my plan; (v2), final.txt', value: 'attachment; filename="my plan; (v2), final.txt"' },
  { name: 'na\u00efve.txt', value: `attachment; filename="na_ve.txt"; filename*=UTF-8''na%C3%AFve.txt` },
  { name: '\u{1f4c4}.pdf', value: `attachment; filename="_.pdf"; filename*=UTF-8''%F0%9F%93%84.pdf` },
  { name: 'a"b', value: `attachment; filename="a_b"; filename*=UTF-8''a%22b` },
  { name: 'a\\"b', value: `attachment; filename="a__b"; filename*=UTF-8''a%5C%22b` },
  {
    name: 'a\r\nSet-Cookie: b',
    value: `attachment; filename="a__Set-Cookie: b"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20b`,
  },
  { name: '100%41.txt', value: `attachment; filename="100_41.txt"; filename*=UTF-8''100%2541.txt` },
  { name: '../up', value: `attachment; filename=".._up"; filename*=UTF-8''..%2Fup` },
  { name: "it's*'.txt\u0000", value: `attachment; filename="it's*'.txt_"; filename*=UTF-8''it%27s%2A%27.txt%00` },
  { name: 'lone \ud800', value: `attachment; filename="lone _"; filename*=UTF-8''lone%20%EF%BF%BD` },
];

for (const { name, value } of rows) {
  test(`disposition: ${JSON.stringify(name)}`, () => assert.equal(encodeContentDisposition('attachment', name), value));
}

test('disposition: inline', () => assert.equal(encodeContentDisposition('inline', 'a'), 'inline; filename="a"'));

test('disposition: no name whatsoever leaves the quoted string or the line', () => {
  for (let unit = 0; unit <= 0xffff; unit += 1) {
    const value = encodeContentDisposition('attachment', `a${String.fromCharCode(unit)}b`);
    assert.match(value, /^attachment; filename="[ !#$&-.0-9:-[\]-~]*"(; filename\*=UTF-8''[\w!#$&+\-.^`|~%]*)?$/);
  }
});
