/** The line editor without a terminal: keys go in, and what a terminal would get comes out. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { Prompt } from './prompt.ts';

const keys = { tab: '\t', up: '\u001b[A', left: '\u001b[D', ctrlC: '\u0003', ctrlD: '\u0004', enter: '\r' };

function openPrompt(t: TestContext, history: readonly string[] = []) {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  let shown = '';
  for (const stream of [stdout, stderr]) stream.on('data', (bytes) => (shown += bytes));
  let interrupts = 0;
  const stop = new AbortController();
  const prompt = new Prompt({
    io: { stdin, stdout, stderr, env: {} },
    prompt: 'ada> ',
    complete: async (line) => ({ candidates: ['download '].filter((word) => word.startsWith(line)), typed: line }),
    history,
    onInterrupt: () => (interrupts += 1),
    signal: stop.signal,
  });
  t.after(() => prompt.close());
  const lines = prompt.lines();
  return {
    prompt,
    stop,
    /** Each by itself: what comes in one chunk is pasted, and readline does not complete it. */
    type(...presses: string[]) {
      for (const press of presses) stdin.write(press);
    },
    next: async () => (await lines.next()).value,
    /** Settles once `form` has been written. */
    async sees(form: RegExp) {
      while (!form.test(shown)) await new Promise(setImmediate);
      shown = '';
    },
    interrupts: () => interrupts,
  };
}

test('a line is edited, and comes when Enter is pressed', async (t) => {
  const { type, next, sees } = openPrompt(t);
  const line = next();
  await sees(/ada> /);
  type('lst-users', ...Array<string>(8).fill(keys.left), 'i', keys.enter);
  assert.equal(await line, 'list-users');
});

test('Tab completes', async (t) => {
  const { type, next, sees } = openPrompt(t);
  const line = next();
  type('do', keys.tab);
  await sees(/download /);
  type(`bob${keys.enter}`);
  assert.equal(await line, 'download bob');
});

test('the history: of the last time, and of this one', async (t) => {
  const { prompt, type, next } = openPrompt(t, ['second', 'first']);
  const line = next();
  type(keys.up, keys.up, keys.enter);
  assert.equal(await line, 'first');
  assert.deepEqual(prompt.history, ['first', 'second']);
});

test('what is written meanwhile stands above the line that is being typed', async (t) => {
  const { prompt, type, next, sees } = openPrompt(t);
  const line = next();
  type('half');
  await sees(/half/);
  prompt.write('ada: the directory is back\n', 'stderr');
  await sees(/\r\u001b\[J[\s\S]*ada: the directory is back\n[\s\S]*ada> half/);
  type(` a line${keys.enter}`);
  assert.equal(await line, 'half a line');
});

test('Ctrl-C takes the line away; while a command runs it interrupts that', async (t) => {
  const { type, next, sees, interrupts } = openPrompt(t);
  const line = next();
  type('nonsense');
  await sees(/nonsense/);
  type(keys.ctrlC, 'help', keys.enter);
  assert.equal(await line, 'help');
  assert.equal(interrupts(), 0);
  type(keys.ctrlC);
  while (interrupts() === 0) await new Promise(setImmediate);
});

test('lines that were typed too early are kept', async (t) => {
  const { type, next } = openPrompt(t);
  const first = next();
  type('one', keys.enter, 'two', keys.enter);
  assert.equal(await first, 'one');
  assert.equal(await next(), 'two');
});

test('Ctrl-D ends the lines, and so does the signal', async (t) => {
  const { type, next } = openPrompt(t);
  const line = next();
  type(keys.ctrlD);
  assert.equal(await line, undefined);
  const other = openPrompt(t);
  const never = other.next();
  other.stop.abort();
  assert.equal(await never, undefined);
});
