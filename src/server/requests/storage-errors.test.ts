import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemError } from '../../io/files/watched-files.ts';
import { storeError } from '../../io/pieces/store-error.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import { HolderError } from '../../storage/holders/holder.ts';
import { withStorageErrors } from './storage-errors.ts';

const cases: readonly { readonly code: string; readonly status: number; readonly retryAfter: string | undefined }[] = [
  { code: 'ENOSPC', status: 507, retryAfter: undefined },
  { code: 'EDQUOT', status: 507, retryAfter: undefined },
  { code: 'EMFILE', status: 503, retryAfter: '1' },
  { code: 'ENFILE', status: 503, retryAfter: '1' },
  { code: 'EIO', status: 503, retryAfter: '30' },
  { code: 'EROFS', status: 503, retryAfter: '30' },
  { code: 'EACCES', status: 503, retryAfter: '30' },
  { code: 'EPERM', status: 503, retryAfter: '30' },
];

for (const { code, status, retryAfter } of cases) {
  test(`${code} is a ${status}, however deep it lies`, async () => {
    const bare = systemError(code);
    const ofStore = storeError('writing a piece', bare);
    const ofHolder = new HolderError('io', 'the temp store failed', { cause: ofStore });
    for (const error of [bare, ofStore, ofHolder]) {
      const told = await failureOf(error);
      assert.ok(told instanceof HttpError);
      assert.equal(told.answer, status);
      assert.match(told.message, /; nothing was kept$/);
      assert.equal(new Map(told.headers).get('Retry-After'), retryAfter);
    }
  });
}

test('what is no failure of the disk stays what it is', async () => {
  for (const error of [new TypeError('a mistake of ours'), new HttpError(400, 'bad-name', 'the name is empty')]) {
    assert.equal(await failureOf(error), error);
  }
  assert.equal(await withStorageErrors('nothing was kept', async () => 'done'), 'done');
});

function failureOf(error: unknown): Promise<unknown> {
  const failing = withStorageErrors('nothing was kept', () => Promise.reject(error));
  return failing.then(
    () => assert.fail('it did not fail'),
    (told: unknown) => told,
  );
}
