import assert from 'node:assert/strict';
import test from 'node:test';
import { preferred } from './accept.ts';

const rows: readonly { name: string; accept: string | undefined; want: string }[] = [
  { name: 'absent', accept: undefined, want: 'application/json' },
  { name: 'empty', accept: '', want: 'application/json' },
  { name: 'curl', accept: '*/*', want: 'application/json' },
  {
    name: 'a browser',
    accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
    want: 'text/html',
  },
  { name: 'a script', accept: 'application/json, text/plain, */*', want: 'application/json' },
  { name: 'exactly one', accept: 'text/plain', want: 'text/plain' },
  { name: 'in another case', accept: 'Text/Plain', want: 'text/plain' },
  { name: 'higher quality', accept: 'application/json;q=0.4, text/html;q=0.5, text/plain;q=0.45', want: 'text/html' },
  { name: 'equal: the server chooses', accept: 'text/plain, text/html, application/json', want: 'application/json' },
  { name: 'equal: the more exact range wins', accept: '*/*, text/html', want: 'text/html' },
  { name: 'a type of any kind', accept: 'text/*', want: 'text/html' },
  { name: 'the exact range overrides the general one', accept: 'text/*, text/html;q=0.1', want: 'text/plain' },
  { name: 'quality 0 is a refusal', accept: 'application/json;q=0, */*;q=0.1', want: 'text/html' },
  { name: 'all refused: the first', accept: '*/*;q=0', want: 'application/json' },
  { name: 'nothing of ours: the first', accept: 'image/png', want: 'application/json' },
  { name: 'white space of both kinds', accept: 'image/png\t,\t text/html \t; \tq=0.5', want: 'text/html' },
  { name: 'q in upper case', accept: 'application/json;Q=0.1, text/html;q=0.2', want: 'text/html' },
  { name: 'another parameter', accept: 'text/html;charset=utf-8', want: 'text/html' },
  { name: 'a comma in quotes', accept: 'text/html;x="a,application/json", text/plain;q=0.5', want: 'text/html' },
  { name: 'a broken element is passed over', accept: 'text/, text/plain', want: 'text/plain' },
  {
    name: 'a broken quality is passed over',
    accept: 'text/html;q=1.5, text/html;q=.9, text/plain;q=0.001',
    want: 'text/plain',
  },
  { name: 'quotes that do not close', accept: 'text/plain, text/html;x="', want: 'text/plain' },
];

for (const { name, accept, want } of rows) {
  test(`Accept: ${name}`, () => assert.equal(preferred(accept, ['application/json', 'text/html', 'text/plain']), want));
}
