import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHttpDate, parseHttpDate } from './date.ts';

const example = Date.UTC(1994, 10, 6, 8, 49, 37);
const in2026 = Date.UTC(2026, 5, 1);

test('writes IMF-fixdate', () => {
  assert.equal(formatHttpDate(example), 'Sun, 06 Nov 1994 08:49:37 GMT');
  assert.equal(formatHttpDate(example + 999), 'Sun, 06 Nov 1994 08:49:37 GMT');
  assert.equal(formatHttpDate(0), 'Thu, 01 Jan 1970 00:00:00 GMT');
});

const valid: [name: string, text: string, ms: number][] = [
  ['IMF-fixdate', 'Sun, 06 Nov 1994 08:49:37 GMT', example],
  ['RFC 850', 'Sunday, 06-Nov-94 08:49:37 GMT', example],
  ['asctime', 'Sun Nov  6 08:49:37 1994', example],
  ['asctime, two digits of the day', 'Wed Nov 16 08:49:37 1994', Date.UTC(1994, 10, 16, 8, 49, 37)],
  ['a leap day', 'Thu, 29 Feb 2024 00:00:00 GMT', Date.UTC(2024, 1, 29)],
  ['a leap second', 'Sat, 31 Dec 2016 23:59:60 GMT', Date.UTC(2017, 0, 1)],
  ['another weekday than the calendar says', 'Mon, 06 Nov 1994 08:49:37 GMT', example],
  ['RFC 850, 50 years ahead', 'Monday, 01-Jun-76 00:00:00 GMT', Date.UTC(2076, 5, 1)],
  ['RFC 850, 51 years ahead', 'Wednesday, 01-Jun-77 00:00:00 GMT', Date.UTC(1977, 5, 1)],
];

for (const [name, text, ms] of valid) test(`reads ${name}`, () => assert.equal(parseHttpDate(text, in2026), ms));

test('a two-digit year near the end of a century may be in the next one', () => {
  assert.equal(parseHttpDate('Friday, 01-Jan-10 00:00:00 GMT', Date.UTC(1999, 0)), Date.UTC(2010, 0));
});

const invalid: [fault: string, text: string][] = [
  ['empty', ''],
  ['lower case', 'sun, 06 nov 1994 08:49:37 gmt'],
  ['another zone', 'Sun, 06 Nov 1994 08:49:37 CET'],
  ['no zone', 'Sun, 06 Nov 1994 08:49:37'],
  ['one digit of the day', 'Sun, 6 Nov 1994 08:49:37 GMT'],
  ['day 0', 'Sun, 00 Nov 1994 08:49:37 GMT'],
  ['day 31 in November', 'Sun, 31 Nov 1994 08:49:37 GMT'],
  ['29 February in 2023', 'Wed, 29 Feb 2023 00:00:00 GMT'],
  ['hour 24', 'Sun, 06 Nov 1994 24:00:00 GMT'],
  ['minute 60', 'Sun, 06 Nov 1994 08:60:37 GMT'],
  ['second 61', 'Sun, 06 Nov 1994 08:49:61 GMT'],
  ['a space in front', ' Sun, 06 Nov 1994 08:49:37 GMT'],
  ['two spaces', 'Sun,  06 Nov 1994 08:49:37 GMT'],
  ['ISO 8601', '1994-11-06T08:49:37Z'],
  ['a number', '784111777'],
  ['RFC 850 with four digits of the year', 'Sunday, 06-Nov-1994 08:49:37 GMT'],
  ['a long weekday in IMF-fixdate', 'Sunday, 06 Nov 1994 08:49:37 GMT'],
];

for (const [fault, text] of invalid) test(`refuses ${fault}`, () => assert.equal(parseHttpDate(text), undefined));
