import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeProblem } from './problem.ts';
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
