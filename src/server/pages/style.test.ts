/** The contrasts that the style sheet claims (WCAG 2.2, success criteria 1.4.3 and 1.4.11). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

const css = readFileSync(new URL('../../../static/style.css', import.meta.url), 'utf8');

/** The colours of a `:root` rule by name. */
function palette(rule: string): Record<string, string> {
  return Object.fromEntries(
    [...rule.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, colour]) => [name, colour]),
  );
}

/** WCAG 2.2, "relative luminance". */
function luminance(colour: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
  const [red = 0, green = 0, blue = 0] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const pairs: readonly { over: string; under: readonly string[]; least: number }[] = [
  { over: 'text', under: ['page', 'card'], least: 4.5 },
  { over: 'faint', under: ['page', 'card'], least: 4.5 },
  { over: 'accent', under: ['page', 'card'], least: 4.5 },
  { over: 'accent-text', under: ['accent'], least: 4.5 },
  { over: 'good', under: ['card'], least: 4.5 },
  { over: 'fair', under: ['card'], least: 4.5 },
  { over: 'bad', under: ['page', 'card'], least: 4.5 },
  { over: 'field-line', under: ['page', 'card'], least: 3 },
  { over: 'copies-1', under: ['card', 'page'], least: 3 },
  { over: 'copies-2', under: ['card', 'page'], least: 3 },
  { over: 'copies-3', under: ['card', 'page'], least: 3 },
];

const [light = '', dark = ''] = [...css.matchAll(/:root \{[^}]*\}/g)].map(([rule]) => rule);
for (const [scheme, rule] of Object.entries({ light, dark })) {
  const colours = palette(rule);
  for (const { over, under, least } of pairs) {
    for (const name of under) {
      test(`contrast, ${scheme}: ${over} on ${name}`, () => {
        const ratio = contrast(colours[over] ?? assert.fail(over), colours[name] ?? assert.fail(name));
        assert.ok(ratio >= least, `${ratio.toFixed(2)} to 1, at least ${least} is needed`);
      });
    }
  }
}

test('contrast: black on white is 21 to 1', () => assert.equal(Math.round(contrast('#000000', '#ffffff')), 21));

const sheets = ['style.css', 'swarm.css'].map((name) =>
  readFileSync(new URL(`../../../static/${name}`, import.meta.url), 'utf8'),
);
const rules = sheets.join('\n');

test('the style sheets fetch nothing', () => assert.ok(!/url\(|@import/.test(rules)));

test('no colour is made paler than it was checked', () => {
  const lasting = rules.replace(/@keyframes[^}]*\}[^}]*\}\s*\}/g, '');
  assert.deepEqual(
    [...lasting.matchAll(/([^{}]*)\{[^}]*\bopacity: 0/g)].map(([, selector]) => selector?.trim()),
    ['button:disabled'], // WCAG 1.4.3 asks nothing of what cannot be used
  );
});
