import assert from 'node:assert/strict';
import { test } from 'node:test';
import { name } from './directory.testing.ts';
import { DirectoryError } from './errors.ts';
import { commandOf, parseFileLine, parseOutcome, parseRequest, parseUserLine } from './read.ts';
import { type DirectoryRequest, directoryLimits } from './types.ts';
import { encodeErr, encodeFileLine, encodeOk, encodeRequest, encodeUserLine, helpLines } from './write.ts';

const ada = name('ada');
const requests: { line: string; request: DirectoryRequest }[] = [
  { line: 'register-user ada 9000', request: { kind: 'register-user', name: ada, port: 9000 } },
  { line: 'register-user 7.x_-Y 65535', request: { kind: 'register-user', name: name('7.x_-Y'), port: 65535 } },
  { line: 'register-files ada /a', request: { kind: 'register-files', name: ada, paths: ['/a'] } },
  {
    line: 'register-files ada /a, "/b, c", "/say ""hi""", "/d e"',
    request: { kind: 'register-files', name: ada, paths: ['/a', '/b, c', '/say "hi"', '/d e'] },
  },
  { line: 'unregister-files ada /ä/漢', request: { kind: 'unregister-files', name: ada, paths: ['/ä/漢'] } },
  { line: 'unregister-user ada', request: { kind: 'unregister-user', name: ada } },
  { line: 'list-files', request: { kind: 'list-files' } },
  { line: 'list-users', request: { kind: 'list-users' } },
  { line: 'help', request: { kind: 'help' } },
  { line: 'quit', request: { kind: 'quit' } },
];

for (const { line, request } of requests) {
  test(`${line} is read and written`, () => {
    assert.deepEqual(parseRequest(line), request);
    assert.equal(encodeRequest(request), line);
    assert.equal(commandOf(line), request.kind);
  });
}

const otherSpellings: { line: string; paths: string[]; kind?: string }[] = [
  { line: 'register ada /a,/b', paths: ['/a', '/b'] },
  { line: '  REGISTER  ada   /a b  ,  /c  ', paths: ['/a b', '/c'] },
  { line: 'register ada /a "b"', paths: ['/a "b"'] },
  { line: 'unregister ada "/a" , "/b"', paths: ['/a', '/b'], kind: 'unregister-files' },
];

for (const { line, paths, kind = 'register-files' } of otherSpellings) {
  test(`${line} is ${kind}`, () => assert.deepEqual(parseRequest(line), { kind, name: ada, paths }));
}

test('an empty line asks nothing', () => {
  assert.equal(parseRequest(''), undefined);
  assert.equal(parseRequest('   '), undefined);
});

const longestPath = `/${'x'.repeat(directoryLimits.pathBytesMax - 1)}`;
const refused: { fault: string; line: string; code: string }[] = [
  { fault: 'an unknown command', line: 'list-everything', code: 'unknown-command' },
  { fault: 'a command of another kind of object', line: 'constructor', code: 'unknown-command' },
  { fault: 'no port', line: 'register-user ada', code: 'bad-request' },
  { fault: 'a word too many', line: 'register-user ada 9000 now', code: 'bad-request' },
  { fault: 'an operand where none belongs', line: 'list-files ada', code: 'bad-request' },
  { fault: 'no files', line: 'register-files ada', code: 'bad-request' },
  { fault: 'no name', line: 'unregister-user', code: 'bad-request' },
  { fault: 'a path for a name', line: 'register-files /a, /b', code: 'bad-name' },
  { fault: 'a name with a slash', line: 'register-user a/b 9000', code: 'bad-name' },
  { fault: 'a name that begins with a dot', line: 'register-user .a 9000', code: 'bad-name' },
  { fault: 'a name of 65 letters', line: `register-user ${'a'.repeat(65)} 9000`, code: 'bad-name' },
  { fault: 'a name like the end of a list', line: 'register-user OK 9000', code: 'bad-name' },
  { fault: 'a name like an error', line: 'register-user err 9000', code: 'bad-name' },
  { fault: 'port 0', line: 'register-user ada 0', code: 'bad-port' },
  { fault: 'port 65536', line: 'register-user ada 65536', code: 'bad-port' },
  { fault: 'a negative port', line: 'register-user ada -1', code: 'bad-port' },
  { fault: 'a port in hex', line: 'register-user ada 0x50', code: 'bad-port' },
  { fault: 'a relative path', line: 'register-files ada a', code: 'bad-path' },
  { fault: 'the root', line: 'register-files ada /', code: 'bad-path' },
  { fault: 'a folder', line: 'register-files ada /a/', code: 'bad-path' },
  { fault: 'two slashes', line: 'register-files ada /a//b', code: 'bad-path' },
  { fault: 'a dot segment', line: 'register-files ada /a/./b', code: 'bad-path' },
  { fault: 'a way up', line: 'register-files ada /a/../b', code: 'bad-path' },
  { fault: 'a line break in a path', line: 'register-files ada /a\nquit', code: 'bad-path' },
  { fault: 'one bad path among good ones', line: 'register-files ada /a, b', code: 'bad-path' },
  { fault: 'a path twice', line: 'register-files ada /a, /a', code: 'bad-request' },
  { fault: 'a comma at the end', line: 'register-files ada /a,', code: 'bad-request' },
  { fault: 'nothing between commas', line: 'register-files ada /a, , /b', code: 'bad-request' },
  { fault: 'an open quote', line: 'register-files ada "/a', code: 'bad-request' },
  { fault: 'text after a quote', line: 'register-files ada "/a" b', code: 'bad-request' },
  { fault: 'empty quotes', line: 'register-files ada ""', code: 'bad-request' },
  { fault: 'a path of one byte too many', line: `register-files ada ${longestPath}x`, code: 'too-long' },
  { fault: 'the first line of HTTP', line: 'POST / HTTP/1.1', code: 'http' },
  { fault: 'a field of HTTP', line: 'Host: 127.0.0.1:8082', code: 'http' },
];

for (const { fault, line, code } of refused) {
  test(`${fault} is refused: ERR ${code}`, () => {
    assert.throws(
      () => parseRequest(line),
      (error) => error instanceof DirectoryError && error.answer === code && error.fatal === (code === 'http'),
    );
  });
}

test('the longest path is read, and its request fits on a line', () => {
  const line = `unregister-files ${'n'.repeat(64)} "${longestPath}"`;
  assert.deepEqual(parseRequest(line), { kind: 'unregister-files', name: 'n'.repeat(64), paths: [longestPath] });
  assert.ok(line.length <= directoryLimits.lineBytesMax);
});

test('a mistyped command is told which was meant', () => {
  assert.throws(() => parseRequest('list-flies'), /did you mean list-files\?/);
  assert.equal(commandOf('list-flies'), undefined);
});

test('a line of a path that ends like HTTP is a path', () => {
  assert.deepEqual(parseRequest('register ada /a HTTP/1.1')?.kind, 'register-files');
});

const users = [
  { line: 'ada – 127.0.0.1:9000', user: { name: ada, address: '127.0.0.1', port: 9000 } },
  { line: 'bob – [2001:db8::1]:1', user: { name: name('bob'), address: '2001:db8::1', port: 1 } },
];
for (const { line, user } of users) {
  test(`${line} is read and written`, () => {
    assert.deepEqual(parseUserLine(line), user);
    assert.equal(encodeUserLine(user), line);
  });
}

const noUsers = [
  ...[
    '',
    'ada',
    'ada - 127.0.0.1:9000',
    'ada – localhost:9000',
    'ada – 127.0.0.1',
    'ada – 127.0.0.1:0',
    'a/b – 1.2.3.4:5',
  ],
  ...['ada – ::1:9000', 'ada – [::1]', 'ada – 127.0.0.1:70000', 'OK – 127.0.0.1:9000', 'ada – 127.0.0.1:9000 '],
];
for (const line of noUsers) test(`"${line}" is no user`, () => assert.equal(parseUserLine(line), undefined));

test('a file of a list is read and written, whatever its name', () => {
  for (const path of ['/a', '/a : b', '/a, b', '/ends with a space ', '/ü – x']) {
    assert.deepEqual(parseFileLine(encodeFileLine('ada', path)), { name: ada, path });
  }
  for (const line of ['', 'ada :', 'ada : a', ': /a', 'OK 3 files']) assert.equal(parseFileLine(line), undefined);
});

test('how an answer ends is read and written', () => {
  assert.deepEqual(parseOutcome(encodeOk('')), { kind: 'ok', text: '' });
  assert.deepEqual(parseOutcome(encodeOk('2 files')), { kind: 'ok', text: '2 files' });
  const err = { kind: 'err', code: 'name-taken', message: 'ada is taken' };
  assert.deepEqual(parseOutcome(encodeErr('name-taken', 'ada is taken')), err);
  assert.deepEqual(parseOutcome('ERR tired'), { kind: 'err', code: 'bad-request', message: 'tired' });
  for (const line of ['ada : /a', 'OKAY', 'ERR', 'OKra – 1.2.3.4:5']) assert.equal(parseOutcome(line), undefined);
});

test('no line of the help is the end of it', () => {
  for (const line of helpLines) assert.equal(parseOutcome(line), undefined);
});
