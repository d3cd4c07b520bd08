import assert from 'node:assert/strict';
import test from 'node:test';
import { preferredLanguage } from './accept-language.ts';

const cases: readonly { name: string; field: string | undefined; language: string }[] = [
  { name: 'no field: the server chooses', field: undefined, language: 'en' },
  { name: 'an empty field', field: '', language: 'en' },
  { name: 'one language', field: 'ru', language: 'ru' },
  { name: 'a region falls back to its language', field: 'bg-BG', language: 'bg' },
  { name: 'Chromium in Bulgarian', field: 'bg-BG,bg;q=0.9,en-US;q=0.8,en;q=0.7', language: 'bg' },
  { name: 'case does not matter', field: 'RU-ru', language: 'ru' },
  { name: 'the order does not matter, the quality does', field: 'en;q=0.2, bg;q=0.8, ru;q=0.5', language: 'bg' },
  { name: 'equals: the first that was named', field: 'ru, bg', language: 'ru' },
  { name: 'what we do not have is passed over', field: 'de, fr;q=0.9, ru;q=0.1', language: 'ru' },
  { name: 'only what we do not have', field: 'de, fr', language: 'en' },
  { name: 'a wildcard', field: '*', language: 'en' },
  { name: 'a wildcard and a refusal', field: 'en;q=0, *', language: 'ru' },
  { name: 'everything refused', field: 'en;q=0, ru;q=0, bg;q=0', language: 'en' },
  { name: 'white space as in RFC 9110 12.5.4', field: 'da,  ru ; q=0.8 ,en;q=0.7', language: 'ru' },
  { name: 'a quality that is none', field: 'ru;q=2, bg;q=0.5', language: 'bg' },
  { name: 'an unknown parameter', field: 'ru;x=1, bg;q=0.5', language: 'bg' },
  { name: 'no language at all', field: '; , ,ru_RU,\u0001,bg', language: 'bg' },
  { name: 'a single letter goes with what follows it (RFC 4647 3.4)', field: 'ru-x-private', language: 'ru' },
  { name: 'more than anybody speaks', field: `${'de,'.repeat(32)}ru`, language: 'en' },
  { name: 'as many as are looked at', field: `${'de,'.repeat(31)}ru`, language: 'ru' },
];

for (const { name, field, language } of cases) {
  test(`language: ${name}`, () => assert.equal(preferredLanguage(field, ['en', 'ru', 'bg']), language));
}
