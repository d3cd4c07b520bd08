import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeProblem, problemDetail } from './problem.ts';
import { reasonPhrase } from './status.ts';

test('problem details', () =>
  assert.deepEqual(JSON.parse(encodeProblem({ status: 404, code: 'no-such-file', detail: 'no file is called "x"' })), {
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    detail: 'no file is called "x"',
    code: 'no-such-file',
  }));

test('a status without a reason phrase is a mistake of ours', () => {
  assert.throws(() => reasonPhrase(299), RangeError);
});

const details: readonly { name: string; value: unknown; detail: string | undefined }[] = [
  { name: 'a problem', value: { status: 404, detail: 'no such file' }, detail: 'no such file' },
  { name: 'a problem without a detail', value: { status: 404 }, detail: undefined },
  { name: 'a detail that is no text', value: { detail: 1 }, detail: undefined },
  { name: 'a list', value: [{ detail: 'x' }], detail: undefined },
  { name: 'null', value: null, detail: undefined },
  { name: 'no JSON', value: undefined, detail: undefined },
];
for (const { name, value, detail } of details) {
  test(`the detail of ${name}`, () => assert.equal(problemDetail(value), detail));
}
