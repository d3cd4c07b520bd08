/**
 * The journal alone: appends one by one and together, a rewrite, appends after it. What was acknowledged must be read
 * back, in order; what was not may be, but only behind all that was.
 */
import { dirname } from 'node:path';
import { makeFolder } from '../../io/files/folders.ts';
import { Journal } from '../../io/files/journal.ts';
import { CachedDisk } from './cached-disk.ts';
import { DiskProgram } from './disk-program.ts';
import type { Stage, Story } from './story.ts';
import type { Tree } from './tree.ts';

interface JournalPromises {
  /** The number of records that were acknowledged: 0, 1, 2... */
  readonly kept: number;
  /** The number of records that may have arrived. */
  readonly sent: number;
}

/** A record with a number is in the journal; `{ from: 0, to: 6 }` stands for several after a rewrite. */
interface Span {
  readonly from: number;
  readonly to: number;
}

const path = '/metadata/journal';

export const journalStory: Story<JournalPromises> = {
  name: 'journal',
  async play(stage) {
    const calls = stage.program();
    const writer = await Writer.open(calls, stage);
    for (const together of [1, 1, 3]) await writer.append(together);
    await writer.rewrite();
    for (const together of [2, 1]) await writer.append(together);
    await Promise.all([writer.append(2), writer.rewrite()]);
    await writer.append(1);
    await writer.close();
  },
  async judge(image, promises) {
    const once = await recover(image);
    const twice = await recover(once.survived);
    if (once.numbers.join() !== twice.numbers.join()) return ['recovered a second time, it says something else'];
    return faultOf(once.numbers, promises);
  },
};

class Writer {
  readonly #journal: Journal;
  readonly #stage: Stage<JournalPromises>;
  #sent = 0;
  #kept = 0;

  static async open(calls: DiskProgram, stage: Stage<JournalPromises>): Promise<Writer> {
    stage.promise({ kept: 0, sent: 0 });
    const spans: Span[] = [];
    await makeFolder(dirname(path), 0o700, calls);
    const { journal } = await Journal.open(path, {
      calls,
      apply: (record) => void spans.push(record as Span),
      snapshot: () => (spans.length === 0 ? [] : [{ from: 0, to: Math.max(...spans.map(({ to }) => to)) }]),
    });
    return new Writer(journal, stage);
  }

  private constructor(journal: Journal, stage: Stage<JournalPromises>) {
    this.#journal = journal;
    this.#stage = stage;
  }

  async append(together: number): Promise<void> {
    const numbers = Array.from({ length: together }, (_, index) => this.#sent + index);
    this.#sent += together;
    this.#promise();
    await Promise.all(
      numbers.map(async (number) => {
        await this.#journal.append({ from: number, to: number });
        this.#kept = Math.max(this.#kept, number + 1);
        this.#promise();
      }),
    );
  }

  rewrite(): Promise<void> {
    return this.#journal.rewrite();
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  #promise(): void {
    this.#stage.promise({ kept: this.#kept, sent: this.#sent });
  }
}

async function recover(image: Tree): Promise<{ readonly numbers: readonly number[]; readonly survived: Tree }> {
  const disk = new CachedDisk(image);
  const calls = new DiskProgram(disk);
  const numbers: number[] = [];
  const records: unknown[] = [];
  const apply = (record: unknown): void => {
    records.push(record);
    const { from, to } = record as Span;
    for (let number = from; number <= to; number += 1) numbers.push(number);
  };
  await makeFolder(dirname(path), 0o700, calls);
  const { journal } = await Journal.open(path, { calls, apply, snapshot: () => records });
  await journal.close();
  return { numbers, survived: disk.live };
}

function faultOf(numbers: readonly number[], { kept, sent }: JournalPromises): string[] {
  const inOrder = numbers.every((number, index) => number === index);
  if (!inOrder) return [`the records came back as ${numbers.join(', ')}`];
  if (numbers.length < kept) return [`${kept} records were acknowledged, and ${numbers.length} came back`];
  return numbers.length > sent ? [`${numbers.length} records came back, and ${sent} were written`] : [];
}
