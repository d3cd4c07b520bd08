import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BencodeError } from './errors.ts';
import { type Bencode, Dictionary, parseBencode, parseBencodePrefix } from './read.ts';
import { bencodeLimits } from './types.ts';

/** In a form that deepEqual can compare: bytes as text, dictionaries as objects. */
function plain(value: Bencode): unknown {
  if (value instanceof Uint8Array) return value.toString('latin1');
  if (value instanceof Dictionary) {
    return Object.fromEntries([...value.keys()].map((key) => [key, plain(value.get(key) as Bencode)]));
  }
  return Array.isArray(value) ? value.map(plain) : value;
}

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

const good: { name: string; bytes: string; value: unknown }[] = [
  { name: 'zero', bytes: 'i0e', value: 0 },
  { name: 'a negative integer', bytes: 'i-42e', value: -42 },
  { name: 'the largest safe integer', bytes: 'i9007199254740991e', value: Number.MAX_SAFE_INTEGER },
  { name: 'one more, exactly', bytes: 'i9007199254740993e', value: 9007199254740993n },
  { name: '64 bits', bytes: 'i-9223372036854775808e', value: -(2n ** 63n) },
  { name: 'an empty string', bytes: '0:', value: '' },
  { name: 'a string of any bytes', bytes: '4:\xff\x00e:', value: '\xff\x00e:' },
  { name: 'an empty list', bytes: 'le', value: [] },
  { name: 'lists in lists', bytes: 'l4:spamli1elee4:eggse', value: ['spam', [1, []], 'eggs'] },
  { name: 'an empty dictionary', bytes: 'de', value: {} },
  { name: 'a dictionary', bytes: 'd3:cow3:moo4:spaml1:ai2eee', value: { cow: 'moo', spam: ['a', 2] } },
  {
    name: 'keys of any bytes, sorted as bytes',
    bytes: 'd0:i0e1:ai1e2:aai2e1:bi3e1:\xffi4ee',
    value: { '': 0, a: 1, aa: 2, b: 3, '\xff': 4 },
  },
  { name: 'a key that every object has', bytes: 'd9:__proto__i1ee', value: JSON.parse('{"__proto__":1}') },
  {
    name: 'nesting at the limit',
    bytes: 'l'.repeat(65) + 'e'.repeat(65),
    value: Array.from({ length: 64 }).reduce((inner) => [inner], [] as unknown),
  },
];

for (const { name, bytes, value } of good) {
  test(`reads ${name}`, () => {
    assert.deepEqual(plain(parseBencode(latin1(bytes))), value);
    const prefix = parseBencodePrefix(latin1(`${bytes}more`));
    assert.deepEqual([plain(prefix.value), prefix.end], [value, bytes.length]);
    assert.throws(() => parseBencode(latin1(`${bytes}e`)), { code: 'trailing-bytes' });
    for (let length = 0; length < bytes.length; length += 1) {
      assert.throws(() => parseBencode(latin1(bytes.slice(0, length))), BencodeError, `cut to ${length} bytes`);
    }
  });
}

const bad: { name: string; bytes: string; code: string }[] = [
  { name: 'nothing', bytes: '', code: 'cut-short' },
  { name: 'an unknown kind', bytes: 'x', code: 'bad-value' },
  { name: 'a closing without an opening', bytes: 'e', code: 'bad-value' },
  { name: 'a negative length', bytes: '-1:a', code: 'bad-value' },
  { name: 'negative zero', bytes: 'i-0e', code: 'bad-integer' },
  { name: 'a leading zero', bytes: 'i03e', code: 'bad-integer' },
  { name: 'a leading zero after the sign', bytes: 'i-03e', code: 'bad-integer' },
  { name: 'two zeros', bytes: 'i00e', code: 'bad-integer' },
  { name: 'an integer without digits', bytes: 'ie', code: 'bad-integer' },
  { name: 'only a sign', bytes: 'i-e', code: 'bad-integer' },
  { name: 'a plus', bytes: 'i+1e', code: 'bad-integer' },
  { name: 'a space in an integer', bytes: 'i 1e', code: 'bad-integer' },
  { name: 'a fraction', bytes: 'i1.5e', code: 'bad-integer' },
  { name: 'an exponent', bytes: 'i1e3e', code: 'trailing-bytes' },
  { name: 'hexadecimal', bytes: 'i0x1e', code: 'bad-integer' },
  { name: 'an integer of a million digits', bytes: `i${'9'.repeat(1_000_000)}e`, code: 'bad-integer' },
  { name: 'an integer that does not end', bytes: 'i1', code: 'cut-short' },
  { name: 'a length with a leading zero', bytes: '01:a', code: 'bad-length' },
  { name: 'a length without its colon', bytes: '1a', code: 'bad-length' },
  { name: 'a length with a space', bytes: '1 :a', code: 'bad-length' },
  { name: 'a string longer than the rest', bytes: '5:spam', code: 'cut-short' },
  { name: 'a length beyond 2^64', bytes: '99999999999999999999:a', code: 'cut-short' },
  { name: 'a key that is an integer', bytes: 'di1ei2ee', code: 'bad-key' },
  { name: 'a key that is a list', bytes: 'dlei2ee', code: 'bad-key' },
  { name: 'keys out of order', bytes: 'd1:bi1e1:ai2ee', code: 'bad-key' },
  { name: 'keys sorted as numbers, not as bytes', bytes: 'd1:ai1e1:Bi2ee', code: 'bad-key' },
  { name: 'a key twice', bytes: 'd1:ai1e1:ai2ee', code: 'bad-key' },
  { name: 'a key without a value', bytes: 'd1:ae', code: 'bad-value' },
  { name: 'nesting past the limit', bytes: 'l'.repeat(66) + 'e'.repeat(66), code: 'too-deep' },
  { name: 'a hundred thousand lists in each other', bytes: 'l'.repeat(100_000), code: 'too-deep' },
  { name: 'too many values', bytes: `l${'le'.repeat(bencodeLimits.valuesMax)}e`, code: 'too-many' },
];

for (const { name, bytes, code } of bad) {
  test(`refuses ${name}`, () => {
    assert.throws(
      () => parseBencode(latin1(bytes)),
      (error) => error instanceof BencodeError && error.code === code && / \(at byte \d+\)$/.test(error.message),
    );
  });
}

test('keys in any order, where that is let through; twice they may not come', () => {
  const read = (bytes: string) => plain(parseBencodePrefix(latin1(bytes), { unsortedKeys: true }).value);
  assert.deepEqual(read('d1:bd2:aai1e1:ai2ee1:ai3ee'), { b: { aa: 1, a: 2 }, a: 3 });
  assert.throws(() => read('d1:bi1e1:ai2e1:bi3ee'), { code: 'bad-key' });
});

test('tells the very bytes of a value, which a hash is taken over', () => {
  const dictionary = parseBencode(latin1('d1:ai1e4:infod1:xl1:yee1:zi2ee')) as Dictionary;
  assert.equal(dictionary.raw('info')?.toString(), 'd1:xl1:yee');
  assert.equal(dictionary.raw('nothing'), undefined);
});

test('does not copy: a string is a view of the input', () => {
  const bytes = latin1('4:spam');
  const value = parseBencode(bytes) as Buffer;
  bytes.write('ham!', 2);
  assert.equal(value.toString(), 'ham!');
});
