import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fields, parseFieldLine, parseList, trimOws } from './fields.ts';

function parse(line: string): [string, string][] {
  const fields = new Fields();
  parseFieldLine(line, fields, undefined);
  return [...fields].map(([name, value]) => [name, value]);
}

const valid: [line: string, name: string, value: string][] = [
  ['Host: localhost', 'host', 'localhost'],
  ['Host:localhost', 'host', 'localhost'],
  ['Host: \t localhost\t ', 'host', 'localhost'],
  ['X-Empty:', 'x-empty', ''],
  ['X-Empty: \t ', 'x-empty', ''],
  ['X: a \t b', 'x', 'a \t b'],
  ['X: a:b: c', 'x', 'a:b: c'],
  ['X: \xa0caf\xe9\xa0', 'x', '\xa0caf\xe9\xa0'],
  ["!#$%&'*+-.^_`|~09azAZ: a", "!#$%&'*+-.^_`|~09azaz", 'a'],
];

for (const [line, name, value] of valid) {
  test(`reads ${JSON.stringify(line)}`, () => assert.deepEqual(parse(line), [[name, value]]));
}

const invalid: [fault: string, line: string][] = [
  ['no colon', 'Host localhost'],
  ['no name', ': localhost'],
  ['a space before the colon', 'Host : localhost'],
  ['a tab before the colon', 'Host\t: localhost'],
  ['a space within the name', 'Ho st: localhost'],
  ['a line that is folded', ' Host: localhost'],
  ['a line that is folded by a tab', '\tHost: localhost'],
  ['a parenthesis in the name', 'Host(a): localhost'],
  ['a byte above 0x7f in the name', 'H\xf6st: localhost'],
  ['NUL in the name', 'Ho\0st: localhost'],
  ['NUL in the value', 'Host: local\0host'],
  ['CR in the value', 'Host: a\rb'],
  ['LF in the value', 'Host: a\nTransfer-Encoding: chunked'],
  ['DEL in the value', 'Host: a\x7f'],
  ['VT around the value', 'Transfer-Encoding: \x0bchunked'],
  ['FF around the value', 'Transfer-Encoding: chunked\x0c'],
];

for (const [fault, line] of invalid) {
  test(`refuses ${fault}`, () => assert.throws(() => parse(line), { answer: 400, code: 'bad-field-line' }));
}

test('repeated fields are joined, and can be had one by one', () => {
  const fields = new Fields();
  for (const line of ['Accept: a', 'Host: h', 'accept: b', 'ACCEPT: ']) parseFieldLine(line, fields, undefined);
  assert.equal(fields.get('accept'), 'a, b, ');
  assert.deepEqual(fields.all('accept'), ['a', 'b', '']);
  assert.deepEqual(fields.all('none'), []);
  assert.equal(fields.get('none'), undefined);
  assert.deepEqual([fields.has('host'), fields.has('none'), fields.count], [true, false, 4]);
});

test('lists', () => {
  assert.deepEqual(parseList('a,b ,\tc,, ,d'), ['a', 'b', 'c', 'd']);
  assert.deepEqual(parseList(''), []);
});

test('trimming takes time in proportion to the length', () => {
  const value = `${' '.repeat(200_000)}a${' '.repeat(200_000)}b`;
  assert.equal(trimOws(value).length, 200_002); // a regular expression for this tries each space as a beginning
});

test('what was read can be observed piece by piece', () => {
  const pieces: string[] = [];
  parseFieldLine('Host: \tlocal host ', new Fields(), (field, bytes) => pieces.push(`${field}=${bytes}`));
  assert.deepEqual(pieces, ['field-name=Host', '":" OWS=: \t', 'field-value=local host', 'OWS CRLF= \r\n']);
});
