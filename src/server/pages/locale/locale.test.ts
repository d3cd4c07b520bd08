import assert from 'node:assert/strict';
import test from 'node:test';
import { html } from '../html.ts';
import { localeOf, locales } from './locale.ts';

/** Keys whose text may be the same in two languages. */
const sharedTexts = new Set(['BitTorrent', 'B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']);
/** Every status with which a request of a browser may be refused. */
const statuses = [
  400, 401, 403, 404, 405, 408, 409, 411, 412, 413, 414, 415, 416, 417, 421, 431, 500, 501, 503, 505, 507,
];

/** Every text by its path; of a function the texts for 1 and 22. */
function textsOf(value: unknown, path = ''): [path: string, text: string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') {
    const said = [1, 22].map((count) => String(value(count, html`…`, '…')));
    return said.map((text, index) => [`${path}(${index})`, text]);
  }
  return Object.entries(value as object).flatMap(([key, inner]) => textsOf(inner, `${path}/${key}`));
}

for (const { language, messages } of [locales.ru, locales.bg]) {
  test(`${language}: every text of the pages is translated`, () => {
    const english = new Map(textsOf(locales.en.messages));
    const same = textsOf(messages).filter(([path, text]) => english.get(path) === text && !sharedTexts.has(text));
    assert.deepEqual(same, []);
  });

  test(`${language}: every error that a browser may meet has its message`, () => {
    assert.deepEqual(Object.keys(messages.errors).map(Number), statuses);
  });

  test(`${language}: no Latin letter got into a Cyrillic word, nor the other way round`, () => {
    const mixed = textsOf(messages).filter(([, text]) => /[а-яё][a-z]|[a-z][а-яё]/i.test(text));
    assert.deepEqual(mixed, []);
  });
}

test('counts take the form that the language wants', () => {
  const said = (language: keyof typeof locales) =>
    [0, 1, 2, 5, 11, 21, 1234].map((count) => locales[language].messages.files.newestFirst(count).split(',')[0]);
  assert.deepEqual(said('ru'), [
    '0 файлов',
    '1 файл',
    '2 файла',
    '5 файлов',
    '11 файлов',
    '21 файл',
    '1\u00a0234 файла',
  ]);
  assert.deepEqual(said('bg'), ['0 файла', '1 файл', '2 файла', '5 файла', '11 файла', '21 файла', '1234 файла']);
  assert.deepEqual(said('en').slice(0, 3), ['0 files', '1 file', '2 files']);
});

const sizes: readonly (readonly [bytes: number, en: string, ru: string])[] = [
  [0, '0 B', '0 Б'],
  [1023, '1,023 B', '1\u00a0023 Б'],
  [1024, '1.0 KiB', '1,0 КиБ'],
  [1536, '1.5 KiB', '1,5 КиБ'],
  [102_348, '99.9 KiB', '99,9 КиБ'],
  [102_349, '100 KiB', '100 КиБ'],
  [1_048_524, '1,024 KiB', '1\u00a0024 КиБ'],
  [1_048_525, '1.0 MiB', '1,0 МиБ'],
  [5 * 1024 ** 5, '5.0 PiB', '5,0 ПиБ'],
  [5000 * 1024 ** 5, '5,000 PiB', '5\u00a0000 ПиБ'],
];

for (const [bytes, en, ru] of sizes) {
  test(`size of ${bytes} bytes`, () => {
    assert.equal(locales.en.size(bytes), en.replace(' ', '\u00a0'));
    assert.equal(locales.ru.size(bytes), ru.replace(' ', '\u00a0'));
  });
}

test('a share is 100 % only at the end', () => {
  assert.equal(locales.en.percent(0.9999), '99%');
  assert.equal(locales.en.percent(1), '100%');
});

test('the language is what the browser says, English for everybody else', () => {
  assert.equal(localeOf('ru-RU,ru;q=0.9,en;q=0.8').language, 'ru');
  assert.equal(localeOf('de').language, 'en');
  assert.equal(localeOf(undefined).language, 'en');
});
