/**
 * One uploaded file whose copies go bad on the disks of peers: which were spoilt, what a download of it may come to,
 * and how its copies are afterwards. Faults are told in sentences that name the file.
 */
import { shuffled } from '../../bytes/shuffle.ts';
import type { FileDetailView } from '../../protocols/api/types.ts';
import { type Content, getJson } from '../client.ts';
import { copiesOf, type DiskCopy, flipBit, isRight, readCopy } from '../copies.ts';
import { type DownloadOutcome, download, type Span } from '../download.ts';
import type { PeerProgram } from '../processes.ts';
import { pick, type Random } from '../random.ts';
import type { Verification } from './verification.ts';

/** The number of a file's pieces that lose some or all of their copies. */
export interface Damage {
  /** Pieces that lose one of their copies. */
  readonly curable: number;
  /** Pieces that lose all of their copies. */
  readonly hopeless: number;
}

export interface RottenFileOptions {
  readonly id: string;
  /** The size of a piece, in bytes. */
  readonly pieceLength: number;
  /** Right copies of each piece that must be there afterwards. */
  readonly replicas: number;
  readonly damage: Damage;
  readonly peers: readonly PeerProgram[];
}

export class RottenFile {
  readonly #content: Content;
  readonly #options: RottenFileOptions;
  readonly #spoilt: DiskCopy[] = [];
  #hopeless: readonly number[] = [];

  constructor(content: Content, options: RottenFileOptions) {
    this.#content = content;
    this.#options = options;
  }

  get name(): string {
    return this.#content.name;
  }

  /** The copies in which a bit was turned. */
  get spoilt(): readonly DiskCopy[] {
    return this.#spoilt;
  }

  /** The pieces of which no right copy is left, rising. */
  get hopeless(): readonly number[] {
    return this.#hopeless;
  }

  /** Turns a bit in copies of random pieces. */
  async spoil(random: Random): Promise<void> {
    const { damage } = this.#options;
    const pieces = shuffled(await this.#copies(), random);
    const hopeless = pieces.slice(0, damage.hopeless);
    const curable = pieces.slice(damage.hopeless, damage.hopeless + damage.curable);
    this.#hopeless = hopeless.map(([pieceIndex]) => pieceIndex).sort((one, other) => one - other);
    this.#spoilt.push(
      ...hopeless.flatMap(([, copies]) => copies),
      ...curable.map(([, copies]) => pick(random, copies)),
    );
    for (const copy of this.#spoilt) await flipBit(copy, random);
  }

  /** Downloads all of the file. A download that cannot be complete must fail, and say so. */
  async readWhole(server: string): Promise<string[]> {
    return this.#judge('it', await this.#download(server), this.#hopeless.length === 0);
  }

  /** Downloads the ranges between hopeless pieces, which can be complete. */
  async readRuns(server: string): Promise<string[]> {
    const faults: string[] = [];
    for (const run of this.#runs()) {
      faults.push(...this.#judge(`bytes ${run.first} to ${run.last}`, await this.#download(server, run), true));
    }
    return faults;
  }

  /** Whether each piece that is not hopeless has enough copies, none of them wrong. */
  async lookAtDisks(): Promise<string[]> {
    const faults: string[] = [];
    for (const [pieceIndex, copies] of await this.#copies()) {
      if (this.#hopeless.includes(pieceIndex)) continue;
      const right = await Promise.all(copies.map(isRight));
      const wrong = copies.filter((_, index) => right[index] === false);
      faults.push(...wrong.map(({ peer }) => `piece ${pieceIndex} of ${this.name} is wrong on the disk of ${peer}`));
      const good = copies.length - wrong.length;
      if (good < this.#options.replicas) faults.push(`piece ${pieceIndex} of ${this.name} has ${good} right copies`);
    }
    return faults;
  }

  /** Whether a verification named exactly the hopeless pieces as beyond help. */
  judgeVerification({ lost }: Verification): string[] {
    const told = [...(lost.get(this.#options.id) ?? [])].sort((one, other) => one - other);
    return this.#compare(told, 'a verification names');
  }

  /** Whether the server tells that nobody has the hopeless pieces, and that somebody has the others. */
  async lookAtMap(server: string): Promise<string[]> {
    const { piece_map } = await getJson<FileDetailView>(server, `/file?id=${this.#options.id}`);
    const missing = piece_map.flatMap((copies, pieceIndex) => (copies === 0 ? [pieceIndex] : []));
    return this.#compare(missing, 'there are no copies of');
  }

  /** The bytes that a server would send which takes them from the disk as they are, and from the worst disk. */
  async unverifiedBytes(): Promise<Buffer> {
    const copies = [...(await this.#copies()).values()];
    const spoilt = new Map(this.#spoilt.map((copy) => [copy.pieceIndex, copy]));
    const chosen = copies.map(([any]) => spoilt.get((any as DiskCopy).pieceIndex) ?? (any as DiskCopy));
    return Buffer.concat(
      await Promise.all(chosen.sort((one, other) => one.pieceIndex - other.pieceIndex).map(readCopy)),
    );
  }

  #copies(): Promise<Map<number, DiskCopy[]>> {
    return copiesOf(this.#options.id, this.#options.peers);
  }

  #compare(told: readonly number[], how: string): string[] {
    if (told.join() === this.#hopeless.join()) return [];
    return [`of ${this.name} the pieces (${this.#hopeless.join()}) are lost, and ${how} (${told.join()})`];
  }

  #download(server: string, span?: Span): Promise<DownloadOutcome> {
    return download(server, `/download?file=${this.#options.id}`, this.#content, span);
  }

  #judge(what: string, outcome: DownloadOutcome, canBeWhole: boolean): string[] {
    const { kind, ...detail } = outcome;
    const loud = kind === 'cut' || (kind === 'refused' && outcome.status === 503);
    if (canBeWhole ? kind === 'whole' : loud) return [];
    return [`${this.name} was asked for, and ${what} came ${[kind, ...Object.values(detail)].join(', ')}`];
  }

  #runs(): Span[] {
    const { pieceLength } = this.#options;
    const ends = [...this.#hopeless, Math.ceil(this.#content.length / pieceLength)];
    const starts = [0, ...this.#hopeless.map((pieceIndex) => pieceIndex + 1)];
    return starts
      .map((start, index) => ({ first: start * pieceLength, end: (ends[index] as number) * pieceLength }))
      .filter(({ first, end }) => first < end)
      .map(({ first, end }) => ({ first, last: Math.min(end, this.#content.length) - 1 }));
  }
}
