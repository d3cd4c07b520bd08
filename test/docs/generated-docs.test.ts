/**
 * The pages of `docs/` that are made from the code say what the code says now, and nothing is left out. After a change
 * that turns this red: `npm run docs`.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { classTexts } from './generator/error-texts.ts';
import { errorClasses, missingTexts } from './generator/errors.ts';
import { evaluate, limitsOf } from './generator/limits.ts';
import { pages } from './generator/pages.ts';
import { asSource, callArguments, readSources, root } from './generator/sources.ts';
import { citationsIn, specRows } from './generator/spec-index.ts';
import { titles } from './generator/spec-titles.ts';

const sources = readSources();

for (const [name, make] of Object.entries(pages)) {
  test(`docs/${name} is what the code says (else: npm run docs)`, () => {
    assert.equal(readFileSync(join(root, 'docs', name), 'utf8'), make(sources));
  });

  test(`docs/${name} follows the code (control)`, () => {
    const added = asSource(
      'src/storage/added.ts',
      "/** RFC 9110 99.9. */\nexport const addedMax = 7; // seven\nthrow new HttpError(418, 'added', 'tea');\n",
    );
    assert.notEqual(make([...sources, added]), make(sources));
  });
}

test('every error code has its text, and every text its code', () => {
  assert.deepEqual(missingTexts(sources, classTexts), []);
});

test('a code without a text, a text without a code and an unexplained code are found (control)', () => {
  const added = asSource(
    'src/added.ts',
    "throw new HttpError(400, 'added', text);\nthrow new HttpError(400, somehow(), text);\n",
  );
  const http = classTexts.HttpError ?? assert.fail();
  const texts = { ...classTexts, HttpError: { ...http, codes: { ...http.codes, old: { means: '', advice: '' } } } };
  const before = missingTexts(sources, classTexts);
  const found = missingTexts([...sources, added], texts).filter((gap) => !before.includes(gap));
  assert.deepEqual(found, [
    "HttpError 'added' has no text in error-texts.ts",
    "HttpError 'old' is not used any more",
    'src/added.ts: nothing says which codes `new HttpError(400, somehow(), …)` may have',
  ]);
});

test('every class with codes is found', () => {
  const names = errorClasses(sources).map(({ name }) => name);
  const declared = sources
    .filter(({ path }) => !/^src\/(drill|bytes\/(coded|protocol)-error)|\.test(ing)?\.ts$/.test(path))
    .flatMap(({ code }) => [...code.matchAll(/class (\w+)[^{]* extends (?:Protocol|Coded)Error\b/g)])
    .map(([, name]) => name);
  assert.deepEqual(names, declared);
  assert.ok(errorClasses(sources).every(({ codes }) => codes.length > 0));
});

test('every specification that a comment cites has its title', () => {
  const without = specRows(sources).filter(({ spec }) => titles[spec] === undefined);
  assert.deepEqual(
    without.map(({ spec, path }) => `${path} cites ${spec}`),
    [],
  );
});

test('what a comment cites', () => {
  const cited = (comment: string): string[] => citationsIn(comment).map(({ spec, section }) => `${spec} ${section}`);
  const rows = [
    ['the end (RFC 9112 6.3)', 'RFC 9112 6.3'],
    ['(RFC 9110 15.5.9, 15.6; RFC 6585 4)', 'RFC 9110 15.5.9', 'RFC 9110 15.6', 'RFC 6585 4'],
    ['RFC 9112 9.3 and 9.6: said when', 'RFC 9112 9.3', 'RFC 9112 9.6'],
    ['RFC 9112 7.1, 3 bytes at a time', 'RFC 9112 7.1'],
    ['as RFC 8259 says', 'RFC 8259 '],
    ['(BEP 3, 7, 15, 23, 48)', 'BEP 3 ', 'BEP 7 ', 'BEP 15 ', 'BEP 23 ', 'BEP 48 '],
    ['(BEP 6, 9, 10 and 52)', 'BEP 6 ', 'BEP 9 ', 'BEP 10 ', 'BEP 52 '],
    ['(BEP 3 "peer protocol")', 'BEP 3 "peer protocol"'],
    ['BEP 15, 98 bytes', 'BEP 15 '],
    ['no specification'],
  ];
  for (const [comment = '', ...expected] of rows) assert.deepEqual(cited(comment), expected, comment);
});

test('limits are found in tables and constants, with their reasons and units', () => {
  const text = `
interface Timeouts {
  /** Without a sign of life. */
  readonly stallMs: number;
}
export const sessionTimeouts: Timeouts = {
  stallMs: 2 * minuteMs,
};
/** Not a limit: no reason is given for those, and none is needed. */
const minuteMs = 60_000;

export const someLimits = {
  /** Of one line. */
  lineBytes: 8 * KiB, // behind the entry
  count: 0xffff,
} as const;
const KiB = 1024;
const namesMax = 12;
const sizeBytes = 20;
`;
  const found = limitsOf(asSource('src/a/b.ts', text)).map(({ name, value, reason }) => [name, value, reason]);
  assert.deepEqual(found, [
    ['sessionTimeouts.stallMs', '2 min', 'Without a sign of life.'],
    ['minuteMs', '1 min', 'Not a limit: no reason is given for those, and none is needed.'],
    ['someLimits.lineBytes', '8 KiB', 'Of one line. behind the entry'],
    ['someLimits.count', '65,535', ''],
    ['namesMax', '12', ''],
  ]);
});

test('a value is computed, or left as it is written', () => {
  assert.equal(evaluate('48 + (512 + 32) * 32', []), 17_456);
  assert.equal(evaluate('2 ** 19', []), 524_288);
  assert.equal(evaluate('others.linesMax', []), undefined);
});

test('the arguments of a call are told apart', () => {
  const template = '`a $' + "{b ? `c, }` : ''}, d`";
  const written = ['404', "'it, (is)'", template, "{ headers: [['Allow', 'GET, HEAD']] }"];
  assert.deepEqual(callArguments(`fail(${written.join(', ')})`, 4), written);
});
