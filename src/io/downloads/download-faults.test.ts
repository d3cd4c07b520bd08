/** Every call to the disk fails once: it is told as what it is, and what follows goes on as if nothing had been. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type FileCalls, nodeFiles } from '../files/calls.ts';
import { type FileCall, systemError, watchedFiles } from '../files/watched-files.ts';
import { silentLog } from '../log.ts';
import { tempFolder } from '../temp-folder.testing.ts';
import type { Download } from './download.ts';
import { DownloadError } from './download-error.ts';
import { assertComplete, assertReads, pieceOf, type Sample, singleSample, treeSample } from './downloads.testing.ts';
import { openDownload } from './open-download.ts';

/**
 * Calls that do not wait for the disk, which saves most of the time: nothing here depends on what survives a power
 * loss.
 */
const hasty: FileCalls = {
  ...nodeFiles,
  open: async (path, flags, mode) =>
    Object.assign(await nodeFiles.open(path, flags, mode), { sync: async () => {}, datasync: async () => {} }),
};

/** A disk whose `nth` call fails; how many there were, and of how many files the descriptors are open. */
function faultyDisk(nth: number, code: string) {
  const disk = { count: 0, open: 0, struck: undefined as FileCall | undefined };
  const strike = (call: FileCall): void => {
    disk.count += 1;
    if (disk.count !== nth) return;
    disk.struck = call;
    throw systemError(code);
  };
  const calls = watchedFiles(
    (call) => {
      if (call.name === 'close') disk.open -= 1;
      else strike(call);
    },
    (call) => {
      if (call.name === 'open') disk.open += 1;
      // What fails to close is closed nevertheless (close(2)).
      if (call.name === 'close') strike(call);
    },
    hasty,
  );
  return { disk, calls };
}

/** Does `step` until it succeeds; every failure must be one that a user can read. */
async function insist<Result>(step: () => Promise<Result>): Promise<Result> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await step();
    } catch (error) {
      assert.ok(error instanceof DownloadError, `${error instanceof Error ? error.stack : error}`);
      assert.ok(['io', 'no-space'].includes(error.code), error.message);
      assert.ok(failures < 3, `it goes on failing: ${error.message}`);
    }
  }
}

class Story {
  readonly #sample: Sample;
  readonly #directory: string;
  readonly #calls: FileCalls;

  constructor(sample: Sample, directory: string, calls: FileCalls) {
    this.#sample = sample;
    this.#directory = directory;
    this.#calls = calls;
  }

  /** Downloads in two sittings. The first leaves pieces that are not synced when its `close` fails. */
  async play(): Promise<void> {
    const first = await this.#open();
    if (first === undefined) return;
    for (const pieceIndex of [3, 0]) await this.#write(first, pieceIndex);
    await insist(() => first.sync());
    await this.#write(first, 1);
    await insist(() => assertReads(first, this.#sample));
    await first.close().catch((error: unknown) => assert.ok(error instanceof DownloadError, String(error)));
    const second = await this.#open();
    if (second === undefined) return;
    for (const pieceIndex of second.unsure) await insist(() => second.recheck(pieceIndex));
    await insist(() => assertReads(second, this.#sample));
    for (let pieceIndex = 0; pieceIndex < second.have.size; pieceIndex += 1) await this.#write(second, pieceIndex);
    const { path } = await insist(() => second.finish());
    assertComplete(path, this.#sample);
  }

  async #open(): Promise<Download | undefined> {
    const { file } = this.#sample;
    const options = { directory: this.#directory, file, overwrite: true, log: silentLog, calls: this.#calls };
    const found = await insist(() => openDownload(options));
    return found.kind === 'open' ? found.download : undefined;
  }

  async #write(download: Download, pieceIndex: number): Promise<void> {
    while (!download.have.has(pieceIndex))
      await insist(() => download.write(pieceIndex, pieceOf(this.#sample, pieceIndex)));
  }
}

const samples = [
  {
    name: 'one file over another',
    code: 'ENOSPC',
    sample: singleSample('x', 5),
    before: (path: string) => writeFileSync(path, 'old'),
  },
  {
    name: 'a tree over another',
    code: 'EIO',
    sample: treeSample('x'),
    before: (path: string) => mkdirSync(join(path, 'a', 'b', 'c'), { recursive: true }),
  },
];

async function playWith(t: TestContext, nth: number, { sample, before, code }: (typeof samples)[number]) {
  const directory = tempFolder(t);
  before(join(directory, sample.file.name));
  const { disk, calls } = faultyDisk(nth, code);
  await new Story(sample, directory, calls).play();
  const where = `${code} at call ${nth}, ${disk.struck?.name} ${disk.struck?.path}`;
  assert.equal(disk.open, 0, `${where}: files are still open`);
  // What could not be removed then goes when somebody asks again.
  const again = await openDownload({ directory, file: sample.file, overwrite: false, log: silentLog });
  assert.equal(again.kind, 'there', where);
  assertComplete(join(directory, sample.file.name), sample);
  assert.deepEqual(readdirSync(directory), [sample.file.name], where);
  return disk;
}

for (const subject of samples) {
  test(`every call fails once: ${subject.name}, ${subject.code}`, async (t) => {
    const { count } = await playWith(t, 0, subject);
    assert.ok(count > 100);
    for (let nth = 1; nth <= count; nth += 1) await playWith(t, nth, subject);
  });
}
