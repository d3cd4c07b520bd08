import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandLineError, parseCommandLine, type ShareCommand } from './command-line.ts';

const rows: { line: string; command: ShareCommand | undefined }[] = [
  { line: '', command: undefined },
  { line: '  # a comment', command: undefined },
  { line: 'list-users', command: { kind: 'list-users' } },
  { line: 'LIST-FILES ada', command: { kind: 'list-files' } },
  { line: 'exit', command: { kind: 'quit' } },
  { line: 'register a', command: { kind: 'register', paths: ['a'] } },
  { line: 'register ada', command: { kind: 'register', paths: ['ada'] } },
  { line: 'register ada, b', command: { kind: 'register', paths: ['ada', 'b'] } },
  { line: 'register ada a b , "c, d"', command: { kind: 'register', paths: ['a b', 'c, d'] } },
  { line: 'register-files ada /a', command: { kind: 'register', paths: ['/a'] } },
  { line: 'unregister adam', command: { kind: 'unregister', paths: ['adam'] } },
  { line: 'unregister-files /a,/b', command: { kind: 'unregister', paths: ['/a', '/b'] } },
  { line: 'download bob /x', command: download('bob', '/x', '.') },
  { line: 'download bob "/x y" "my ""x"""', command: download('bob', '/x y', 'my "x"') },
  { line: 'download -f bob /x y/', command: { ...download('bob', '/x', 'y/'), overwrite: true } },
  { line: 'download ada bob /x y', command: download('bob', '/x', 'y') },
  { line: 'download ada /x /y', command: download('ada', '/x', '/y') },
];

function download(user: string, remote: string, local: string) {
  return { kind: 'download', user, remote, local, overwrite: false } as const;
}

for (const { line, command } of rows) {
  test(`"${line}" is understood`, () => assert.deepEqual(parseCommandLine(line, 'ada'), command));
}

const bad: { line: string; says: RegExp }[] = [
  { line: 'list', says: /no command "list"/ },
  { line: 'donwload bob /x', says: /did you mean download\?/ },
  { line: 'toString', says: /no command/ },
  { line: 'list-users now', says: /takes nothing else/ },
  { line: 'register', says: /a path is missing/ },
  { line: 'register a,', says: /a path is missing/ },
  { line: 'register "a', says: /not closed/ },
  { line: 'download', says: /expected download/ },
  { line: 'download bob', says: /expected download/ },
  { line: 'download bob /my file here now', says: /has a space/ },
  { line: 'download bob "/x', says: /not closed/ },
];
for (const { line, says } of bad) {
  test(`"${line}" is not`, () => {
    assert.throws(() => parseCommandLine(line, 'ada'), says);
  });
}

test('what is wrong is told as a mistake of the person', () => {
  assert.throws(() => parseCommandLine('what', 'ada'), CommandLineError);
});
