import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Sample, singleSample } from '../../io/downloads/downloads.testing.ts';
import { type Log, silentLog } from '../../io/log.ts';
import { tempFolder } from '../../io/temp-folder.testing.ts';
import { DownloadRun } from './download-run.ts';
import { SwarmClient } from './swarm-client.ts';

async function openClient(t: TestContext): Promise<SwarmClient> {
  const where = { host: '127.0.0.1', port: 0, role: 'get' } as const;
  const client = await SwarmClient.open({ ...where, log: silentLog, random: Math.random });
  t.after(() => client.close());
  return client;
}

const options = ({ file }: Sample, directory: string, log: Log, signal?: AbortSignal) => ({
  file: { ...file, sha256: null, createdMs: 0 },
  directory,
  tiers: [],
  overwrite: false,
  log,
  ...(signal && { signal }),
});

test('stopped as soon as its folder is open, it has not begun, and can be taken up', async (t) => {
  const [client, directory, sample] = [await openClient(t), tempFolder(t), singleSample()];
  const stop = new AbortController();
  const log: Log = { ...silentLog, info: () => stop.abort(new Error('stopped')) };
  await assert.rejects(DownloadRun.start(client, options(sample, directory, log, stop.signal)), /stopped/);
  const run = await DownloadRun.start(client, options(sample, directory, silentLog));
  assert.ok(run.torrent);
  await run.stop();
});
