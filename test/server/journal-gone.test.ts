/** The journal is removed or moved away under a running server: nothing is acknowledged that a restart would not know. */
import assert from 'node:assert/strict';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { FilesView } from '../../src/protocols/api/types.ts';
import { curl, curlJson, curlStatus, serverRoot, startServer } from '../programs.testing.ts';

const takers: { name: string; take: (metadata: string) => void; giveBack?: (metadata: string) => void }[] = [
  { name: 'rm metadata/journal', take: (metadata) => rmSync(join(metadata, 'journal')) },
  { name: 'rm -r metadata', take: (metadata) => rmSync(metadata, { recursive: true }) },
  {
    name: 'mv metadata',
    take: (metadata) => renameSync(metadata, `${metadata}.away`),
    giveBack: (metadata) => renameSync(`${metadata}.away`, metadata),
  },
];

for (const { name, take, giveBack } of takers) {
  test(`after ${name} uploads, deletes and /readyz are 503${giveBack === undefined ? '' : ', until it is back'}`, async (t) => {
    const root = serverRoot(t);
    const { url } = await startServer(t, root);
    const path = join(root, 'upload');
    writeFileSync(path, 'something');
    assert.equal(await curlStatus('-T', path, `${url}/upload/before.txt`), 201);
    assert.equal(await curlStatus(`${url}/readyz`), 200, 'control');
    const { files } = await curlJson<FilesView>(`${url}/files`);
    take(join(root, 'metadata'));
    const refused = await curl('-T', path, `${url}/upload/after.txt`, '-H', 'Accept: application/json');
    assert.match(refused.stdout.toString(), /"status":503.*the journal .* is not there any more/);
    assert.equal(await curlStatus('-X', 'DELETE', `${url}/file?id=${files[0]?.id}`), 503);
    assert.equal(await curlStatus(`${url}/readyz`), 503);
    const { count } = await curlJson<FilesView>(`${url}/files`);
    assert.equal(count, 1, 'what was refused is not listed, what was there still is');
    if (giveBack === undefined) return;
    giveBack(join(root, 'metadata'));
    assert.equal(await curlStatus(`${url}/readyz`), 200);
    assert.equal(await curlStatus('-T', path, `${url}/upload/after.txt`), 201);
  });
}
