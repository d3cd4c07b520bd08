import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { defineCommand } from './command.ts';
import { CommandError, exitCode } from './exit.ts';
import { recordingIo } from './io.testing.ts';
import { type LoadProgram, runCommandLine } from './run.ts';

/** A command that does what `work` does. */
function program(name: string, work: () => number): LoadProgram {
  const command = defineCommand({
    name,
    summary: `the command ${name}`,
    operands: { usage: '', min: 0, max: 0 },
    flags: {},
    example: `rivulet ${name}`,
    async run(_parsed, io) {
      io.stdout.write(`${name} runs\n`);
      return work();
    },
  });
  return async () => ({ command });
}

const programs = new Map<string, LoadProgram>([
  ['good', program('good', () => exitCode.ok)],
  [
    'refused',
    program('refused', () => {
      throw new CommandError(exitCode.badConfig, 'config.json: 1 fault');
    }),
  ],
  [
    'broken',
    program('broken', () => {
      throw new TypeError('a fault of ours');
    }),
  ],
]);

const rows: readonly { args: readonly string[]; code: number; stdout?: RegExp; stderr?: RegExp }[] = [
  { args: ['good'], code: 0, stdout: /^good runs\n$/ },
  { args: ['good', '--help'], code: 0, stdout: /^Usage: rivulet good \[flags\]\n/ },
  { args: ['good', '--version'], code: 0, stdout: /^rivulet 1\.2\.3\n$/ },
  { args: ['good', 'x'], code: 2, stderr: /^rivulet: one operand too many/ },
  { args: ['refused'], code: 78, stdout: /runs/, stderr: /^rivulet: config\.json: 1 fault\n$/ },
  { args: ['broken'], code: 1, stdout: /runs/, stderr: /^rivulet: TypeError: a fault of ours\n {4}at / },
  { args: [], code: 2, stderr: /^Usage: rivulet COMMAND.*good {5}the command good/s },
  { args: ['--help'], code: 0, stdout: /^Usage: rivulet COMMAND/ },
  { args: ['help'], code: 0, stdout: /^Usage: rivulet COMMAND/ },
  { args: ['help', 'good'], code: 0, stdout: /^Usage: rivulet good/ },
  { args: ['--version'], code: 0, stdout: /^rivulet 1\.2\.3\n$/ },
  { args: ['god'], code: 2, stderr: /^rivulet: there is no command "god"; did you mean "good"\?\n$/ },
  { args: ['toString'], code: 2, stderr: /^rivulet: there is no command "toString"; see: rivulet --help\n$/ },
  { args: ['--port', '1'], code: 2, stderr: /^rivulet: there is no command "--port"/ },
];

for (const { args, code, stdout = /^$/, stderr = /^$/ } of rows) {
  test(`command line: rivulet ${args.join(' ')}`, async () => {
    const io = recordingIo();
    assert.equal(await runCommandLine({ args, programs, version: '1.2.3' }, io), code);
    assert.match(io.written.stdout, stdout);
    assert.match(io.written.stderr, stderr);
  });
}

test('the process: a closed pipe is no failure, and leaves no stack', () => {
  const main = fileURLToPath(new URL('../main.js', import.meta.url));
  // The reader ends before the writer has begun.
  const script = '{ "$0" "$1" --help; echo "code $?" >&2; } | true';
  const { stderr } = spawnSync('/bin/sh', ['-c', script, process.execPath, main], { encoding: 'utf8' });
  assert.equal(stderr, 'code 0\n');
});

test('a program that cannot be loaded for want of descriptors says so; any other fault of loading has its stack', async () => {
  const failing = (error: Error): Promise<never> => Promise.reject(error);
  const others = new Map<string, LoadProgram>([
    ['starved', () => failing(Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' }))],
    ['broken', () => failing(new Error('no such module'))],
  ]);
  const run = async (...args: string[]) => {
    const io = recordingIo();
    const code = await runCommandLine({ args, programs: others, version: '1.2.3' }, io);
    return [code, io.written.stderr];
  };
  const words = 'rivulet: too few files may be open at once (EMFILE): allow more, as with "ulimit -n 1024"\n';
  assert.deepEqual(await run('starved'), [69, words]);
  assert.deepEqual(await run('--help'), [69, words]);
  assert.match(String((await run('broken'))[1]), /^rivulet: Error: no such module\n {4}at /);
});
