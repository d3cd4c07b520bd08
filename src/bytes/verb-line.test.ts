import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeVerbLine, parseDigits, parseVerbLine, VerbLineError } from './verb-line.ts';

const lines = [
  { name: 'a verb alone', line: 'PING', verb: 'PING', values: {} },
  { name: 'numbers and words', line: 'GET part=7 file=ab', verb: 'GET', values: { part: '7', file: 'ab' } },
  { name: 'an empty value', line: 'GET file=', verb: 'GET', values: { file: '' } },
  { name: 'an equals sign in a value', line: 'GET a=b=c', verb: 'GET', values: { a: 'b=c' } },
  { name: 'a path, left readable', line: 'R ipc-path=/srv/p1,x', verb: 'R', values: { 'ipc-path': '/srv/p1,x' } },
  { name: 'a space and a percent sign', line: 'ERR m=5%25%20left', verb: 'ERR', values: { m: '5% left' } },
  { name: 'a line break', line: 'ERR m=a%0Ab', verb: 'ERR', values: { m: 'a\nb' } },
  { name: 'letters beyond ASCII', line: 'ERR m=%C3%A4%F0%9F%8C%8A', verb: 'ERR', values: { m: 'ä🌊' } },
];

for (const { name, line, verb, values } of lines) {
  test(`a line with ${name} is read and written`, () => {
    const parsed = parseVerbLine(line);
    assert.equal(parsed.verb, verb);
    for (const [key, value] of Object.entries(values)) assert.equal(parsed.text(key), value);
    assert.equal(encodeVerbLine(verb, values), line);
  });
}

const faults = [
  { name: 'nothing at all', line: '', code: 'bad-line' },
  { name: 'spaces only', line: '   ', code: 'bad-line' },
  { name: 'a word without a value', line: 'GET file', code: 'bad-line' },
  { name: 'a value without a key', line: 'GET =7', code: 'bad-line' },
  { name: 'a key that comes twice', line: 'GET a=1 a=1', code: 'bad-line' },
  { name: 'a carriage return', line: 'PING\r', code: 'bad-line' },
  { name: 'a NUL', line: 'PI\0NG', code: 'bad-line' },
  { name: 'a tab', line: 'PING\tseq=1', code: 'bad-line' },
  { name: 'a byte over 127', line: 'GET a=\u00e4', code: 'bad-line' },
  { name: 'a lone percent sign', line: 'GET a=5%', code: 'bad-line' },
  { name: 'bytes that are not UTF-8', line: 'GET a=%ff', code: 'bad-line' },
];

for (const { name, line, code } of faults) {
  test(`a line with ${name} is refused`, () => {
    assert.throws(
      () => parseVerbLine(line),
      (error) => error instanceof VerbLineError && error.code === code,
    );
  });
}

test('several spaces count as one', () => {
  const line = parseVerbLine('  GET   a=1  b=2 ');
  assert.deepEqual([line.verb, line.text('a'), line.text('b')], ['GET', '1', '2']);
});

test('a number is read up to its limit, and not one past it', () => {
  assert.equal(parseVerbLine('GET part=100').number('part', 100), 100);
  assert.throws(() => parseVerbLine('GET part=101').number('part', 100), /from 0 to 100, not "101"/);
  assert.throws(() => parseVerbLine('GET').number('part', 100), /GET needs part=/);
});

test('digits are digits alone, and not rounded', () => {
  for (const text of ['', '-1', '+1', '1.0', '1e3', '0x1f', ' 1', '٣', '9007199254740992', '99999999999999999']) {
    assert.equal(parseDigits(text), undefined, text);
  }
  assert.equal(parseDigits('9007199254740991'), Number.MAX_SAFE_INTEGER);
  assert.equal(parseDigits('007'), 7);
});

test('a lone surrogate is written as a replacement character', () => {
  assert.equal(encodeVerbLine('ERR', { m: 'a\ud800b' }), 'ERR m=a%EF%BF%BDb');
});

test('a key whose value is undefined is left out', () => {
  assert.equal(encodeVerbLine('OK', { seq: undefined, size: 0 }), 'OK size=0');
});
