import assert from 'node:assert/strict';
import test from 'node:test';
import { parseArguments } from './arguments.ts';
import { defineCommand } from './command.ts';
import { exitCode } from './exit.ts';
import { commandHelp } from './help.ts';

const command = defineCommand({
  name: 'demo',
  summary: 'shows how flags work',
  operands: { usage: 'FILE [MORE]', min: 1, max: 2 },
  flags: {
    port: { kind: 'number', placeholder: 'P', min: 0, max: 65535, default: 8080, summary: 'where to listen' },
    dir: { kind: 'text', placeholder: 'DIR', short: 'o', summary: 'where to write' },
    share: { kind: 'list', placeholder: 'FILE', summary: 'what to lend' },
    json: { kind: 'switch', summary: 'as JSON' },
  },
  example: 'rivulet demo a.txt',
  run: async () => exitCode.ok,
});

const defaults = { port: 8080, dir: undefined, share: [], json: false };

const good: readonly { args: readonly string[]; flags?: object; operands?: readonly string[] }[] = [
  { args: ['a'] },
  { args: ['a', 'b'], operands: ['a', 'b'] },
  { args: ['--port', '0', 'a'], flags: { port: 0 } },
  { args: ['--port=65535', 'a'], flags: { port: 65535 } },
  { args: ['a', '--json'], flags: { json: true } },
  { args: ['-o', 'x', 'a'], flags: { dir: 'x' } },
  { args: ['--dir=-x', 'a'], flags: { dir: '-x' } },
  { args: ['--dir', '-', 'a'], flags: { dir: '-' } },
  { args: ['--dir=', 'a'], flags: { dir: '' } },
  { args: ['--dir', 'x', '--dir', 'y', 'a'], flags: { dir: 'y' } },
  { args: ['--share', 'x', 'a', '--share=y'], flags: { share: ['x', 'y'] } },
  { args: ['--', '--json'], operands: ['--json'] },
  { args: ['a', '--', '--help'], operands: ['a', '--help'] },
];

for (const { args, flags = {}, operands = ['a'] } of good) {
  test(`arguments: ${args.join(' ')}`, () =>
    assert.deepEqual(parseArguments(command, args), {
      kind: 'run',
      parsed: { flags: { ...defaults, ...flags }, operands },
    }));
}

const bad: readonly { args: readonly string[]; message: RegExp }[] = [
  { args: [], message: /^missing operand: rivulet demo FILE \[MORE\]$/ },
  { args: ['a', 'b', 'c'], message: /^one operand too many for "rivulet demo": "c"$/ },
  { args: ['a', '--prot', '1'], message: /^--prot is not a flag .* did you mean --port\?$/ },
  { args: ['a', '--colour'], message: /^--colour is not a flag .* see: rivulet demo --help$/ },
  { args: ['a', '--constructor'], message: /^--constructor is not a flag/ },
  { args: ['a', '-x'], message: /^-x is not a flag/ },
  { args: ['a', '--port'], message: /^--port needs a value: --port P$/ },
  { args: ['a', '--port', '--json'], message: /^--port needs a value/ },
  { args: ['a', '--port', '65536'], message: /^--port needs a whole number from 0 to 65535, not "65536"$/ },
  { args: ['a', '--port=-1'], message: /not "-1"$/ },
  { args: ['a', '--port', '0x50'], message: /not "0x50"$/ },
  { args: ['a', '--port='], message: /not ""$/ },
  { args: ['a', '--json=yes'], message: /^--json takes no value$/ },
  { args: ['a', '--no-json'], message: /^--no-json is not a flag/ },
];

for (const { args, message } of bad) {
  test(`wrong arguments: ${args.join(' ')}`, () =>
    assert.throws(() => parseArguments(command, args), { name: 'CommandError', exitCode: exitCode.usage, message }));
}

test('arguments: help and version come before what else is wrong', () => {
  assert.deepEqual(parseArguments(command, ['--help']), { kind: 'help' });
  assert.deepEqual(parseArguments(command, ['-h', 'a', 'b', 'c']), { kind: 'help' });
  assert.deepEqual(parseArguments(command, ['--version', '--nonsense']), { kind: 'version' });
});

test('help: usage, every flag with its default, an example', () =>
  assert.equal(
    commandHelp(command),
    `Usage: rivulet demo [flags] FILE [MORE]

Shows how flags work.

  --port P       where to listen (default: 8080)
  -o, --dir DIR  where to write
  --share FILE   what to lend (may be repeated)
  --json         as JSON
  -h, --help     print this and exit
  --version      print the version and exit

Example:
  rivulet demo a.txt
`,
  ));

const tracing = defineCommand({
  ...command,
  run: async () => exitCode.ok,
  flags: { show: { kind: 'names', names: ['bread', 'tea'], summary: 'what to show' } },
});

const chosen: readonly { args: readonly string[]; show: readonly string[] }[] = [
  { args: ['a'], show: [] },
  { args: ['--show', 'a'], show: ['bread', 'tea'] },
  { args: ['--show=tea', 'a'], show: ['tea'] },
  { args: ['a', '--show=tea,bread'], show: ['tea', 'bread'] },
];
for (const { args, show } of chosen) {
  test(`names: ${args.join(' ')}`, () =>
    assert.deepEqual(parseArguments(tracing, args), { kind: 'run', parsed: { flags: { show }, operands: ['a'] } }));
}

for (const [value, unknown] of [
  ['tea,milk', 'milk'],
  ['', ''],
  ['tea,', ''],
]) {
  const message = `--show knows bread, tea, not "${unknown}"`;
  test(`names: "${value}" are not known`, () =>
    assert.throws(() => parseArguments(tracing, ['a', `--show=${value}`]), { exitCode: exitCode.usage, message }));
}

test('help: names', () => assert.match(commandHelp(tracing), /^ {2}--show\[=NAMES\] {2}what to show$/m));
