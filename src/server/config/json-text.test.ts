import assert from 'node:assert/strict';
import test from 'node:test';
import { JsonSyntaxError, type JsonValue, parseJson } from './json-text.ts';

/** Maps back to objects, to compare with `JSON.parse`. */
function plain(value: JsonValue): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, member]) => [key, plain(member)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

const good = [
  '{}',
  ' [ ] ',
  'null',
  'true',
  '"\\u00e9\\n\\"\\\\/ \u00e9"',
  '-0.5e+3',
  '0',
  '{"a":{"b":[1,2,{"c":null}]},"":[],"d":"x"}',
  '\r\n\t{ "a" : 1 ,\n "b" : [ true , false ] }\n',
  '\ufeff{"a":1}',
];

for (const text of good) {
  test(`json: ${JSON.stringify(text)}`, () =>
    assert.deepEqual(plain(parseJson(text)), JSON.parse(text.replace('\ufeff', ''))));
}

test('json: no key is special', () => {
  const value = parseJson('{"__proto__": {"polluted": true}}');
  assert.ok(value instanceof Map);
  assert.ok(value.get('__proto__') instanceof Map);
});

const brokenString = 'expected a string that ends on its line and has only escapes of JSON, found "\\""';

const bad: readonly { fault: string; text: string; line: number; column: number; message: string }[] = [
  { fault: 'empty', text: '', line: 1, column: 1, message: 'expected a value, found the end of the text' },
  { fault: 'cut off', text: '{"a":1', line: 1, column: 7, message: 'expected "," or "}", found the end of the text' },
  { fault: 'comma before }', text: '{"a":1,}', line: 1, column: 8, message: 'expected a key in quotes, found "}"' },
  { fault: 'comma before ]', text: '[1,]', line: 1, column: 4, message: 'expected a value, found "]"' },
  {
    fault: 'comma missing',
    text: '{\n "a": 1\n "b": 2}',
    line: 3,
    column: 2,
    message: 'expected "," or "}", found "\\""',
  },
  { fault: 'colon missing', text: '{"a" 1}', line: 1, column: 6, message: 'expected ":", found "1"' },
  { fault: 'comment', text: '{\r\n // hi\r\n}', line: 2, column: 2, message: 'expected a key in quotes, found "/"' },
  { fault: 'bare word', text: '{"a": yes}', line: 1, column: 7, message: 'expected a value, found "yes"' },
  {
    fault: 'word that begins like a literal',
    text: '[nullx]',
    line: 1,
    column: 2,
    message: 'expected a value, found "nullx"',
  },
  { fault: 'single quotes', text: "{'a': 1}", line: 1, column: 2, message: 'expected a key in quotes, found "\'"' },
  { fault: 'leading zero', text: '[01]', line: 1, column: 3, message: 'expected "," or "]", found "1"' },
  { fault: 'raw line break in a string', text: '"a\nb"', line: 1, column: 1, message: brokenString },
  { fault: 'unknown escape', text: '"\\x"', line: 1, column: 1, message: brokenString },
  {
    fault: 'text after the value',
    text: '{} {}',
    line: 1,
    column: 4,
    message: 'expected the end of the text, found "{"',
  },
  {
    fault: 'a key twice',
    text: '{"a":1,\n"b":2,\n  "a":3}',
    line: 3,
    column: 3,
    message: 'expected each key only once, found "a"',
  },
  {
    fault: 'too deep',
    text: '['.repeat(33),
    line: 1,
    column: 34,
    message: 'expected at most 32 levels, found the end of the text',
  },
];

for (const { fault, text, line, column, message } of bad) {
  test(`json fault: ${fault}`, () =>
    assert.throws(
      () => parseJson(text),
      (error) => {
        assert.ok(error instanceof JsonSyntaxError);
        assert.deepEqual({ line: error.line, column: error.column, message: error.message }, { line, column, message });
        return true;
      },
    ));
}

test('json: the deepest nesting that is read', () =>
  assert.doesNotThrow(() => parseJson(`${'['.repeat(32)}${']'.repeat(32)}`)));
