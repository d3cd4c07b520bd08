import assert from 'node:assert/strict';
import test from 'node:test';
import { HttpError } from '../errors.ts';
import { formFieldsMax, parseForm } from './form.ts';

const good: readonly { text: string; values: Record<string, readonly string[]> }[] = [
  { text: '', values: {} },
  { text: 'a=b', values: { a: ['b'] } },
  { text: 'peer-id=p1&ipc-path=peers%2Fp1', values: { 'peer-id': ['p1'], 'ipc-path': ['peers/p1'] } },
  { text: 'a=1&b=2&a=3', values: { a: ['1', '3'], b: ['2'] } },
  { text: 'q=a+b%2Bc', values: { q: ['a b+c'] } },
  { text: 'n=%C3%A9%e2%82%ac', values: { n: ['\u00e9\u20ac'] } },
  { text: 'n=\u00c3\u00a9', values: { n: ['\u00e9'] } },
  { text: 'a&b=&=c&&', values: { a: [''], b: [''], '': ['c'] } },
  { text: 'a=b=c', values: { a: ['b=c'] } },
  { text: 'a=%2541', values: { a: ['%41'] } },
  { text: 'a=%EF%BB%BFb', values: { a: ['\ufeffb'] } },
  { text: '__proto__=x', values: { ['__proto__']: ['x'] } },
];

for (const { text, values } of good) {
  test(`form: ${text}`, () => {
    const form = parseForm(text);
    assert.deepEqual(form.names, Object.keys(values));
    for (const [name, all] of Object.entries(values)) {
      assert.deepEqual(form.all(name), all);
      assert.equal(form.get(name), all[0]);
    }
    assert.equal(form.get('absent'), undefined);
    assert.deepEqual(form.all('absent'), []);
  });
}

const bad: readonly { fault: string; text: string; code: string }[] = [
  { fault: 'a percent at the end', text: 'a=100%', code: 'form-percent' },
  { fault: 'one hex digit', text: 'a=%4', code: 'form-percent' },
  { fault: 'no hex digits', text: 'a=%zz', code: 'form-percent' },
  { fault: 'in a name', text: '%=a', code: 'form-percent' },
  { fault: 'bytes that are no UTF-8', text: 'a=%ff', code: 'form-utf8' },
  { fault: 'overlong UTF-8', text: 'a=%c0%af', code: 'form-utf8' },
  { fault: 'UTF-8 of a surrogate', text: 'a=%ed%a0%80', code: 'form-utf8' },
];

for (const { fault, text, code } of bad) {
  test(`bad form: ${fault}`, () =>
    assert.throws(
      () => parseForm(text),
      (error) => error instanceof HttpError && error.answer === 400 && error.code === code,
    ));
}

test('form: as many fields as the limit, and one more', () => {
  const fields = (count: number) => Array.from({ length: count }, (_, index) => `f${index}=1`).join('&');
  assert.equal(parseForm(fields(formFieldsMax)).names.length, formFieldsMax);
  assert.throws(() => parseForm(fields(formFieldsMax + 1)), { code: 'form-fields', answer: 413 });
});
