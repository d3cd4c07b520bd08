import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError, errorText } from './coded-error.ts';

class FridgeError extends CodedError<'empty' | 'warm'> {}

test('an error says its class, its code and its cause', () => {
  const cause = new Error('the door');
  const error = new FridgeError('warm', 'it is warm', { cause });
  assert.ok(error instanceof FridgeError);
  assert.deepEqual(
    [error.name, error.code, error.message, error.cause, String(error)],
    ['FridgeError', 'warm', 'it is warm', cause, 'FridgeError: it is warm'],
  );
});

const thrown: { name: string; error: unknown; text: string }[] = [
  { name: 'an Error', error: new Error('no milk'), text: 'no milk' },
  { name: 'a string', error: 'no milk', text: 'no milk' },
  { name: 'nothing', error: undefined, text: 'undefined' },
];
for (const { name, error, text } of thrown) {
  test(`the text of ${name} that was thrown`, () => assert.equal(errorText(error), text));
}
