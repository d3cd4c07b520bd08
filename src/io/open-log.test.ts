import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import test, { after, before } from 'node:test';
import type { Log } from './log.ts';
import { type LogSettings, openLog } from './open-log.ts';

const time = '2026-11-20T10:00:00.000Z';
const now = () => Date.parse(time);

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'rivulet-log-'));
});
after(() => rmSync(folder, { recursive: true }));

/** The output of `work` on stdout, write by write. */
async function written(settings: Partial<LogSettings>, work: (log: Log) => void): Promise<string[]> {
  const writes: string[] = [];
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      writes.push(String(chunk));
      done();
    },
  });
  const log = openLog({ level: 'info', output: 'stdout', format: 'text', ...settings }, { stdout, now });
  work(log);
  await log.close();
  return writes.filter((text) => text !== '');
}

const lines: readonly { name: string; work: (log: Log) => void; text: string }[] = [
  { name: 'no fields', work: (log) => log.info('server', 'ready'), text: 'info server ready' },
  {
    name: 'fields',
    work: (log) =>
      log.warn('http', 'request', { method: 'GET', path: '/files?q=a', status: 200, ms: 1.2, again: true }),
    text: 'warn http request method=GET path="/files?q=a" status=200 ms=1.2 again=true',
  },
  { name: 'an absent field', work: (log) => log.info('http', 'x', { a: undefined, b: 1 }), text: 'info http x b=1' },
  { name: 'blanks', work: (log) => log.info('http', 'x', { path: '/a b=c' }), text: 'info http x path="/a b=c"' },
  { name: 'empty', work: (log) => log.info('http', 'x', { path: '' }), text: 'info http x path=""' },
  {
    name: 'quotes and backslashes',
    work: (log) => log.info('http', 'x', { agent: 'a "b" \\c' }),
    text: 'info http x agent="a \\"b\\" \\\\c"',
  },
  {
    name: 'a forged line in a field',
    work: (log) => log.info('http', 'x', { path: `/\n${time} error server hacked` }),
    text: `info http x path="/\\n${time} error server hacked"`,
  },
  { name: 'a forged line in a message', work: (log) => log.info('http', 'a\r\nb'), text: 'info http a\\r\\nb' },
  {
    name: 'escape sequences',
    work: (log) => log.info('http', '\u001b[2J', { path: '\u009b2J' }),
    text: 'info http \\u001b[2J path="\\u009b2J"',
  },
];

for (const { name, work, text } of lines) {
  test(`log as text: ${name}`, async () => assert.deepEqual(await written({}, work), [`${time} ${text}\n`]));
}

test('log as JSON: one object a line, whatever is in it', async () => {
  const [line = ''] = await written({ format: 'json' }, (log) =>
    log.info('http', 'a\nb\u009b', { message: '\u2028"\\', status: 200, absent: undefined }),
  );
  assert.match(line, /^[\x20-\x7e]+\n$/);
  assert.deepEqual(JSON.parse(line), {
    time,
    level: 'info',
    topic: 'http',
    message: 'a\nb\u009b',
    fields: { message: '\u2028"\\', status: 200 },
  });
});

test('log: an error comes with its stack and its cause, and cannot forge a line either', async () => {
  const cause = new Error('the disk\n2026 error server hacked');
  const [text = ''] = await written({}, (log) => log.error('http', 'failed', { id: 1 }, new Error('no', { cause })));
  const [first, ...rest] = text.trimEnd().split('\n');
  assert.equal(first, `${time} error http failed id=1`);
  assert.ok(rest.some((row) => row.includes('Error: no')));
  assert.ok(rest.some((row) => row.includes('[cause]: Error: the disk')));
  assert.ok(rest.every((row) => row.startsWith('    ')));
  const [json = ''] = await written({ format: 'json' }, (log) => log.error('http', 'failed', {}, cause));
  assert.match(String((JSON.parse(json) as { error: string }).error), /^Error: the disk\n/);
});

test('log: only lines of the level and above', async () => {
  const all = (log: Log) => {
    log.debug('ipc', 'd');
    log.info('ipc', 'i');
    log.warn('ipc', 'w');
    log.error('ipc', 'e');
  };
  const levels = async (level: LogSettings['level']) =>
    (await written({ level }, all))
      .join('')
      .split('\n')
      .flatMap((line) => line.split(' ')[1] ?? []);
  assert.deepEqual(await levels('debug'), ['debug', 'info', 'warn', 'error']);
  assert.deepEqual(await levels('warn'), ['warn', 'error']);
  await written({ level: 'warn' }, (log) =>
    assert.deepEqual([log.enabled('info'), log.enabled('warn')], [false, true]),
  );
});

test('log: lines of one turn are one write', async () => {
  const writes = await written({}, (log) => {
    for (let line = 0; line < 100; line += 1) log.info('http', `${line}`);
  });
  assert.deepEqual(
    writes.map((text) => text.split('\n').length),
    [101],
  );
});

test('log: a line is written without waiting for the next', async () => {
  await new Promise<void>((resolve) => {
    const stdout = new Writable({ write: () => resolve() });
    openLog({ level: 'info', output: 'stdout', format: 'text' }, { stdout, now }).info('http', 'x');
  });
});

test('log to a file: appended, in a folder that is made, begun anew when asked', async () => {
  const output = join(folder, 'logs/rivulet.log');
  const settings = { level: 'info', output, format: 'text' } as const;
  const read = (file: string) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[3] ?? '');
  const surroundings = { stdout: process.stdout, now };

  const first = openLog(settings, surroundings);
  first.info('http', 'one');
  await first.close();
  const second = openLog(settings, surroundings);
  second.info('http', 'two');
  renameSync(output, `${output}.1`);
  second.reopen();
  second.info('http', 'three');
  await second.close();
  assert.deepEqual(read(`${output}.1`), ['one', 'two', '']);
  assert.deepEqual(read(output), ['three', '']);
});

test('log to a file: one that cannot be opened is an error at once', () =>
  assert.throws(() => openLog({ level: 'info', output: folder, format: 'text' }, { stdout: process.stdout, now }), {
    code: 'EISDIR',
  }));

test('log to a file: a full disk does not end the program', async () => {
  const log = openLog({ level: 'info', output: '/dev/full', format: 'text' }, { stdout: process.stdout, now });
  log.info('http', 'lost');
  await log.close();
});
