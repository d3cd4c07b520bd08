import assert from 'node:assert/strict';
import test from 'node:test';
import { type HtmlValue, html } from './html.ts';

const rows: readonly { name: string; value: HtmlValue; text: string }[] = [
  { name: 'text', value: 'plain', text: 'plain' },
  { name: 'markup', value: '<script>alert(1)</script>', text: '&lt;script&gt;alert(1)&lt;/script&gt;' },
  { name: 'the end of an attribute', value: "\" onload='x'", text: '&quot; onload=&#39;x&#39;' },
  { name: 'an entity', value: '&lt;', text: '&amp;lt;' },
  { name: 'a number', value: 0, text: '0' },
  { name: 'nothing', value: undefined, text: '' },
  { name: 'what is not so', value: false, text: '' },
  { name: 'HTML', value: html`<b>${'&'}</b>`, text: '<b>&amp;</b>' },
  { name: 'a list', value: ['<', html`<i>x</i>`, [1, 2]], text: '&lt;<i>x</i>12' },
];

for (const { name, value, text } of rows) {
  test(`html: ${name}`, () =>
    assert.equal(String(html`<p title="${value}">${value}</p>`), `<p title="${text}">${text}</p>`));
}
