import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CompletionSources, complete } from './completion.ts';

const here = ['plan.txt', 'plan, old.txt', 'photos/', 'my photos/'];
const sources: CompletionSources = {
  users: async () => ['ada', 'bob', 'bert'],
  filesOf: async (user) => (user === 'bob' ? ['/home/bob/x y', '/home/bob/z'] : []),
  own: () => ['/home/ada/a', '/home/ada/b, c'],
  local: async (prefix) => here.filter((name) => name.startsWith(prefix)),
};

const rows: { line: string; candidates: string[]; typed: string }[] = [
  { line: 'do', candidates: ['download '], typed: 'do' },
  { line: 'reg', candidates: ['register '], typed: 'reg' },
  { line: 'list', candidates: ['list-users ', 'list-files '], typed: 'list' },
  { line: 'register pl', candidates: ['"plan.txt"', '"plan, old.txt"'], typed: 'pl' },
  { line: 'register a, ph', candidates: ['photos/'], typed: 'ph' },
  { line: 'register "my', candidates: ['"my photos/'], typed: '"my' },
  { line: 'register "plan, ', candidates: ['"plan, old.txt"'], typed: '"plan, ' },
  { line: 'unregister /home/ada/b', candidates: ['"/home/ada/b, c"'], typed: '/home/ada/b' },
  { line: 'download b', candidates: ['bob ', 'bert '], typed: 'b' },
  { line: 'download -f b', candidates: ['bob ', 'bert '], typed: 'b' },
  { line: 'download bob ', candidates: ['"/home/bob/x y" ', '"/home/bob/z" '], typed: '' },
  { line: 'download bob "/home/bob/x ', candidates: ['"/home/bob/x y" '], typed: '"/home/bob/x ' },
  { line: 'download bob "/home/bob/x y" ph', candidates: ['photos/'], typed: 'ph' },
  { line: 'download bob /a b c', candidates: [], typed: 'c' },
  { line: 'list-users ', candidates: [], typed: '' },
  { line: 'what ', candidates: [], typed: '' },
];
for (const { line, candidates, typed } of rows) {
  test(`Tab after "${line}"`, async () => assert.deepEqual(await complete(line, sources), { candidates, typed }));
}
