import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FolderTakenError } from '../../io/files/folder-lock.ts';
import { systemError } from '../../io/files/watched-files.ts';
import { storeError } from '../../io/pieces/store-error.ts';
import { startFailure } from './start-failure.ts';

const cases: readonly { readonly name: string; readonly error: unknown; readonly reason: RegExp | undefined }[] = [
  { name: 'a port', error: systemError('EADDRINUSE'), reason: /another program listens there/ },
  { name: 'a folder', error: new FolderTakenError('/srv', 7), reason: /process 7: another server works there/ },
  { name: 'a full disk', error: systemError('ENOSPC'), reason: /ENOSPC/ },
  { name: 'a disk that fails', error: storeError('opening the pieces in /srv', systemError('EIO')), reason: /EIO/ },
  { name: 'a mistake of ours', error: new TypeError('x is undefined'), reason: undefined },
  { name: 'nothing that is an error', error: 'no', reason: undefined },
];

for (const { name, error, reason } of cases) {
  test(`${name}: ${reason === undefined ? 'no reason that a user could mend' : 'told in one line'}`, () => {
    const told = startFailure(error);
    if (reason === undefined) assert.equal(told, undefined);
    else assert.match(String(told), reason);
  });
}
