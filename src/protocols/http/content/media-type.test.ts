import assert from 'node:assert/strict';
import test from 'node:test';
import { parseMediaType } from './media-type.ts';

const good: readonly { text: string; essence: string; parameters?: Record<string, string> }[] = [
  { text: 'text/html', essence: 'text/html' },
  { text: 'Text/HTML', essence: 'text/html' },
  { text: 'application/problem+json', essence: 'application/problem+json' },
  { text: 'text/html;charset=utf-8', essence: 'text/html', parameters: { charset: 'utf-8' } },
  { text: 'text/html \t; \tCharset="UTF-8"', essence: 'text/html', parameters: { charset: 'UTF-8' } },
  { text: 'text/html;', essence: 'text/html' },
  { text: 'text/html; ;a=b;', essence: 'text/html', parameters: { a: 'b' } },
  { text: 'a/b; c="x;y=\\"z\\" \\\\"', essence: 'a/b', parameters: { c: 'x;y="z" \\' } },
  { text: 'a/b; c=""', essence: 'a/b', parameters: { c: '' } },
  { text: 'a/b; c="\u00e9\t"', essence: 'a/b', parameters: { c: '\u00e9\t' } },
];

for (const { text, essence, parameters = {} } of good) {
  test(`media type: ${text}`, () => {
    const type = parseMediaType(text);
    assert.equal(type?.essence, essence);
    assert.deepEqual(Object.fromEntries(type?.parameters ?? []), parameters);
  });
}

const bad: readonly { fault: string; text: string }[] = [
  { fault: 'empty', text: '' },
  { fault: 'no subtype', text: 'text' },
  { fault: 'an empty subtype', text: 'text/' },
  { fault: 'white space around the slash', text: 'text / html' },
  { fault: 'a leading space', text: ' text/html' },
  { fault: 'two types', text: 'text/html, text/plain' },
  { fault: 'a parameter without value', text: 'a/b; c' },
  { fault: 'an empty value', text: 'a/b; c=' },
  { fault: 'white space around the equals sign', text: 'a/b; c = d' },
  { fault: 'no semicolon', text: 'a/b c=d' },
  { fault: 'quotes that do not close', text: 'a/b; c="d' },
  { fault: 'text after the quotes', text: 'a/b; c="d"e' },
  { fault: 'a control character in quotes', text: 'a/b; c="d\u0001"' },
  { fault: 'a line break in quotes', text: 'a/b; c="d\r\n"' },
  { fault: 'a parameter twice', text: 'a/b; c=d; C=e' },
];

for (const { fault, text } of bad) {
  test(`no media type: ${fault}`, () => assert.equal(parseMediaType(text), undefined));
}
