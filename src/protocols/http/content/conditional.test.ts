import assert from 'node:assert/strict';
import test from 'node:test';
import { type ConditionOutcome, evaluateConditions, ifRangeHolds } from './conditional.ts';

const lastModifiedMs = Date.UTC(2026, 10, 20, 10, 0, 0, 500);
const before = 'Fri, 20 Nov 2026 09:59:59 GMT';
const same = 'Fri, 20 Nov 2026 10:00:00 GMT';
const later = 'Fri, 20 Nov 2026 10:00:01 GMT';

interface Row {
  readonly name: string;
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly etag?: string;
  readonly dated?: boolean;
  readonly want: ConditionOutcome;
}

const rows: readonly Row[] = [
  { name: 'no condition', headers: {}, want: 'proceed' },

  { name: 'If-Match, the tag', headers: { 'if-match': '"a"' }, want: 'proceed' },
  { name: 'If-Match, another', headers: { 'if-match': '"b"' }, want: 'precondition-failed' },
  { name: 'If-Match, in a list', headers: { 'if-match': '"b" ,\t"a"' }, want: 'proceed' },
  { name: 'If-Match, not in a list', headers: { 'if-match': '"b", "c"' }, want: 'precondition-failed' },
  { name: 'If-Match, any', headers: { 'if-match': '*' }, want: 'proceed' },
  { name: 'If-Match compares strongly', headers: { 'if-match': 'W/"a"' }, want: 'precondition-failed' },
  { name: 'If-Match, ours is weak', headers: { 'if-match': 'W/"a"' }, etag: 'W/"a"', want: 'precondition-failed' },
  { name: 'If-Match without quotes', headers: { 'if-match': 'a' }, want: 'precondition-failed' },
  { name: 'If-Match, empty', headers: { 'if-match': '' }, want: 'precondition-failed' },
  { name: 'If-Match also guards changes', method: 'PUT', headers: { 'if-match': '"b"' }, want: 'precondition-failed' },

  { name: 'If-Unmodified-Since, same second', headers: { 'if-unmodified-since': same }, want: 'proceed' },
  { name: 'If-Unmodified-Since, later', headers: { 'if-unmodified-since': later }, want: 'proceed' },
  { name: 'If-Unmodified-Since, before', headers: { 'if-unmodified-since': before }, want: 'precondition-failed' },
  { name: 'If-Unmodified-Since, no date', headers: { 'if-unmodified-since': 'yesterday' }, want: 'proceed' },
  {
    name: 'If-Unmodified-Since, none of ours',
    headers: { 'if-unmodified-since': before },
    dated: false,
    want: 'proceed',
  },
  {
    name: 'If-Match comes before If-Unmodified-Since',
    headers: { 'if-match': '"a"', 'if-unmodified-since': before },
    want: 'proceed',
  },

  { name: 'If-None-Match, the tag', headers: { 'if-none-match': '"a"' }, want: 'not-modified' },
  { name: 'If-None-Match, the tag, HEAD', method: 'HEAD', headers: { 'if-none-match': '"a"' }, want: 'not-modified' },
  {
    name: 'If-None-Match, the tag, PUT',
    method: 'PUT',
    headers: { 'if-none-match': '"a"' },
    want: 'precondition-failed',
  },
  { name: 'If-None-Match, another', headers: { 'if-none-match': '"b"' }, want: 'proceed' },
  { name: 'If-None-Match compares weakly', headers: { 'if-none-match': 'W/"a"' }, want: 'not-modified' },
  { name: 'If-None-Match, ours is weak', headers: { 'if-none-match': '"a"' }, etag: 'W/"a"', want: 'not-modified' },
  { name: 'If-None-Match, in a list', headers: { 'if-none-match': '"b",, W/"a"' }, want: 'not-modified' },
  {
    name: 'If-None-Match, a comma in a tag',
    headers: { 'if-none-match': '"b,c", "a,b"' },
    etag: '"a,b"',
    want: 'not-modified',
  },
  {
    name: 'If-None-Match, obs-text in a tag',
    headers: { 'if-none-match': '"\u00e9"' },
    etag: '"\u00e9"',
    want: 'not-modified',
  },
  { name: 'If-None-Match, any', headers: { 'if-none-match': '*' }, want: 'not-modified' },
  { name: 'If-None-Match, any, PUT', method: 'PUT', headers: { 'if-none-match': '*' }, want: 'precondition-failed' },
  { name: 'If-None-Match without quotes', headers: { 'if-none-match': 'a' }, want: 'proceed' },
  { name: 'If-None-Match, w/ in lower case', headers: { 'if-none-match': 'w/"a"' }, want: 'proceed' },
  { name: 'If-None-Match, no comma', headers: { 'if-none-match': '"b" "a"' }, want: 'proceed' },

  { name: 'If-Modified-Since, same second', headers: { 'if-modified-since': same }, want: 'not-modified' },
  { name: 'If-Modified-Since, later', headers: { 'if-modified-since': later }, want: 'not-modified' },
  { name: 'If-Modified-Since, before', headers: { 'if-modified-since': before }, want: 'proceed' },
  {
    name: 'If-Modified-Since, obsolete form',
    headers: { 'if-modified-since': 'Fri Nov 20 10:00:00 2026' },
    want: 'not-modified',
  },
  { name: 'If-Modified-Since, two dates', headers: { 'if-modified-since': `${same}, ${same}` }, want: 'proceed' },
  { name: 'If-Modified-Since, POST', method: 'POST', headers: { 'if-modified-since': same }, want: 'proceed' },
  { name: 'If-Modified-Since, none of ours', headers: { 'if-modified-since': later }, dated: false, want: 'proceed' },
  {
    name: 'If-None-Match comes before If-Modified-Since',
    headers: { 'if-none-match': '"b"', 'if-modified-since': later },
    want: 'proceed',
  },
  {
    name: 'If-Match fails before If-None-Match is looked at',
    headers: { 'if-match': '"b"', 'if-none-match': '"a"' },
    want: 'precondition-failed',
  },
  {
    name: 'If-Match holds, then If-None-Match',
    headers: { 'if-match': '"a"', 'if-none-match': '"a"' },
    want: 'not-modified',
  },
];

for (const { name, method = 'GET', headers, etag = '"a"', dated = true, want } of rows) {
  test(`condition: ${name}`, () => {
    const current = { etag, ...(dated ? { lastModifiedMs } : {}) };
    assert.equal(evaluateConditions(method, new Map(Object.entries(headers)), current), want);
  });
}

const ifRangeRows: readonly {
  name: string;
  value: string | undefined;
  etag?: string;
  dated?: boolean;
  holds: boolean;
}[] = [
  { name: 'absent', value: undefined, holds: true },
  { name: 'the tag', value: '"a"', holds: true },
  { name: 'another tag', value: '"b"', holds: false },
  { name: 'a weak tag', value: 'W/"a"', holds: false },
  { name: 'a weak tag, and ours is that', value: 'W/"a"', etag: 'W/"a"', holds: false },
  { name: 'a list, which it may not be', value: '"a", "b"', holds: false },
  { name: 'any, which it may not be', value: '*', holds: false },
  { name: 'the date', value: same, holds: true },
  { name: 'an earlier date', value: before, holds: false },
  { name: 'a later date', value: later, holds: false },
  { name: 'the date, but we have none', value: same, dated: false, holds: false },
  { name: 'neither', value: 'yesterday', holds: false },
  { name: 'neither, and we have no date', value: 'yesterday', dated: false, holds: false },
  { name: 'empty', value: '', holds: false },
];

for (const { name, value, etag = '"a"', dated = true, holds } of ifRangeRows) {
  test(`If-Range: ${name}`, () =>
    assert.equal(ifRangeHolds(value, { etag, ...(dated ? { lastModifiedMs } : {}) }), holds));
}
