/** Rules that have one home: what is written a second time is found here. Time and chance are among them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sources, tests, withoutComments } from './sources.testing.ts';

/** A rule that has its home in one file, and how it looks when it is written again. */
const owners: readonly {
  readonly rule: string;
  readonly form: RegExp;
  readonly home: string;
  readonly sample: string;
}[] = [
  { rule: 'an IPv4 address as an IPv6 socket shows it', form: /::ffff:/i, home: 'bytes/ip.ts', sample: "'::ffff:'" },
  {
    rule: 'which addresses are this machine',
    form: /startsWith\('127|=== '(127\.0\.0\.1|::1)'/,
    home: 'bytes/ip.ts',
    sample: "host.startsWith('127.')",
  },
  {
    rule: 'the text of an unknown error',
    form: /(\w+) instanceof Error \? \1\.message : (String|`)/,
    home: 'bytes/coded-error.ts',
    sample: 'error instanceof Error ? error.message : String(error)',
  },
  {
    rule: 'pauses that double',
    form: /Math\.min\([^()]*(ms|delay|wait)\w* \* 2\b/i,
    home: 'async/backoff.ts',
    sample: 'Math.min(this.#delayMs * 2, maxMs)',
  },
  {
    rule: 'an address and a port as text and as a key',
    form: /`\[?\$\{[\w.#]*address\}\]?[ :]\$\{[\w.#]*port\}`/i,
    home: 'bytes/endpoint.ts',
    sample: ['`$', '{remote.address} $', '{remote.port}`'].join(''),
  },
  {
    rule: 'the end of a chunked body',
    form: /['`]0\\r\\n\\r\\n['`]/,
    home: 'protocols/http/write.ts',
    sample: String.raw`'0\r\n\r\n'`,
  },
  {
    rule: 'shuffling',
    form: /andom\(\) \* \(/,
    home: 'bytes/shuffle.ts',
    sample: 'Math.floor(random() * (index + 1))',
  },
];

describe('one owner', () => {
  for (const { rule, form, home, sample } of owners) {
    test(`${rule}: ${home}`, () => {
      assert.match(sample, form, 'the control');
      assert.ok(
        sources.some(({ path, text }) => path === home && form.test(text)),
        'it is at home',
      );
      const others = sources.filter(({ path, text }) => path !== home && form.test(withoutComments(text)));
      assert.deepEqual(
        others.map(({ path }) => path),
        [],
      );
    });
  }
});

/** Where something may be used, as the beginning of a path, and why. */
type Exceptions = Readonly<Record<string, string>>;

/** The files that match `form` but for exceptions, and exceptions that nothing needs any more. */
function faultsOf(form: RegExp, exceptions: Exceptions, files: readonly { path: string; text: string }[]): string[] {
  const using = files.filter(({ text }) => form.test(withoutComments(text))).map(({ path }) => path);
  const allowed = Object.keys(exceptions);
  return [
    ...using.filter((path) => !allowed.some((one) => path.startsWith(one))),
    ...allowed
      .filter((one) => !using.some((path) => path.startsWith(one)))
      .map((one) => `${one} is an exception that nothing needs`),
  ];
}

describe('time and chance', () => {
  const drills = 'drills wait for real processes, and say how long they took';
  const programs = 'it hands them to all others';
  const calendar = 'a date or an age by the calendar, which a clock does not know';

  test('timers are those of a clock', () => {
    const form = /(?<!\.)\bset(Timeout|Interval)\(|\bnode:timers\b/;
    assert.match("import { setTimeout as wait } from 'node:timers/promises'; setInterval(f, 1)", form, 'the control');
    assert.doesNotMatch('socket.setTimeout(1000)', form, 'the time of a socket is its own');
    assert.deepEqual(faultsOf(form, { 'async/': 'the clock is made of them', 'drill/': drills }, sources), []);
  });

  test('what the time is, and chance, come from who starts everything', () => {
    const form = /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bMath\.random\b/;
    for (const sample of ['Date.now()', 'random: Math.random', '() => performance.now()']) assert.match(sample, form);
    const exceptions: Exceptions = {
      'async/clock.ts': 'the clock is made of it',
      'drill/': drills,
      'server/program.ts': programs,
      'server/wiring/': programs,
      'node/program.ts': programs,
      'get/program.ts': programs,
      'peer/program.ts': programs,
      'get/report.ts': 'how often a person at a terminal is told',
      'get/wanted.ts': calendar,
      'http/listener.ts': `the field Date: ${calendar}`,
      'node/home-server.ts': calendar,
      'node/node-files.ts': calendar,
      'server/events/open-feed.ts': calendar,
      'server/handlers/info.ts': calendar,
      'server/handlers/register-peer.ts': calendar,
      'server/handlers/verify-peers.ts': calendar,
    };
    assert.deepEqual(faultsOf(form, exceptions, sources), []);
  });
});

/** A wait of fixed length, but where one asks again and again. */
function sleepsOf(text: string): string[] {
  const code = withoutComments(text);
  const timers = code.match(
    /\bnew Promise\([^;]{0,60}?\bsetTimeout\(|\bsetTimeout\b[^;]*\bnode:timers|\bdelay\(systemClock/g,
  );
  const breaths = code.split('\n').filter((line, at, lines) => /\bbreath\(/.test(line) && !isInLoop(lines, at));
  return [...(timers ?? []), ...breaths.map((line) => line.trim())];
}

/** Whether line `at` is the body of a loop, or in a block that is. */
function isInLoop(lines: readonly string[], at: number): boolean {
  const loop = /\b(while|for) \(/;
  const line = lines[at] ?? '';
  if (loop.test(line)) return true;
  const indent = line.search(/\S/);
  const outer = lines.slice(0, at).findLast((one) => one.trim() !== '' && one.search(/\S/) < indent);
  return outer !== undefined && loop.test(outer);
}

test('no test sleeps: it waits for an event, asks until something holds, or lets a clock pass', () => {
  const home = 'src/async/breath.testing.ts';
  const own = 'test/tidy/owners.test.ts';
  const faults = tests
    .filter(({ path }) => path !== home && path !== own)
    .flatMap(({ path, text }) => sleepsOf(text).map((sleep) => `${path}: ${sleep}`));
  assert.deepEqual(faults, []);
  const sleeps = [
    'await new Promise((resolve) => setTimeout(resolve, 100));',
    "import { setTimeout as wait } from 'node:timers/promises';",
    'await delay(systemClock, 100);',
    'f();\n  await breath(100);',
  ];
  for (const text of sleeps) assert.equal(sleepsOf(text).length, 1, `the control: ${text}`);
  const others = [
    'while (!here()) await breath();',
    'for (;;) {\n  if (here()) break;\n  await breath(5);\n}',
    'setTimeout(cut, 9)',
  ];
  for (const text of others) assert.deepEqual(sleepsOf(text), []);
});
