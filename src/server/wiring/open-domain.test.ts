import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TorrentId } from '../../bytes/ids.ts';
import { silentLog } from '../../io/log.ts';
import { tempFolder } from '../../io/temp-folder.testing.ts';
import { loadConfig } from '../config/config.ts';
import { type Domain, openDomain } from './open-domain.ts';

/** A root, and what a server does there: nobody but the temp store has pieces. */
function scene(t: TestContext) {
  const root = tempFolder(t);
  const { config } = loadConfig({ root });
  const run = async (work: (domain: Domain) => Promise<void>): Promise<void> => {
    const domain = await openDomain({ config, root, log: silentLog });
    await work(domain).finally(() => domain.close());
  };
  return { run, journal: join(config.paths.metadata, 'journal'), pieces: join(config.paths.temp, 'pieces') };
}

async function upload({ intake }: Domain, name: string): Promise<TorrentId> {
  const body = (async function* () {
    yield Buffer.from(`this is ${name}`);
  })();
  const [committed] = await intake.commit([await intake.spool(name, body)]);
  return committed?.entry.record.id as TorrentId;
}

function flipBit(path: string, offset: number): void {
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(offset) ^ 1, offset);
  writeFileSync(path, bytes);
}

test('a bit that flips in the journal costs no pieces: with the bit put right the file is there again', async (t) => {
  const { run, journal, pieces } = scene(t);
  let id = '' as TorrentId;
  await run(async (domain) => {
    id = await upload(domain, 'a');
    await upload(domain, 'b');
  });
  const offset = readFileSync(journal).indexOf('"name":"a"');
  flipBit(journal, offset);
  for (let start = 0; start < 2; start += 1) {
    await run(async ({ catalog }) => assert.equal(catalog.get(id), undefined));
    assert.ok(existsSync(join(pieces, `${id}.data`)), `after start ${start + 1}`);
  }
  flipBit(`${journal}.damaged`, offset);
  writeFileSync(journal, readFileSync(`${journal}.damaged`));
  await run(async ({ catalog }) => assert.equal(catalog.get(id)?.state, 'available'));
});

test('what a server that was killed had removed, or not quite taken in, is cleared away by the next', async (t) => {
  const { run, journal, pieces } = scene(t);
  const ids: TorrentId[] = [];
  await run(async (domain) => {
    ids.push(await upload(domain, 'a'), await upload(domain, 'b'));
    await domain.ledger.removeFile(ids[0] as TorrentId);
  });
  const lines = readFileSync(journal, 'utf8').split('\n');
  const last = lines.findLastIndex((line) => line.includes('"type":"files"'));
  writeFileSync(journal, lines.filter((_, index) => index !== last).join('\n'));
  await run(async ({ catalog }) => assert.equal(catalog.size, 0));
  for (const id of ids) assert.equal(existsSync(join(pieces, `${id}.data`)), false);
});
