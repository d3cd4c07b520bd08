/**
 * The load of a soak: clients that upload, download (whole, in ranges), delete, leave in the middle, and send nonsense,
 * each one request after the other, around a steady number of files. It can be paused. Every answer that should not
 * have been given is noted.
 */
import { type Content, remove, type UploadShape, upload } from '../client.ts';
import { download } from '../download.ts';
import { below, pick, type Random } from '../random.ts';
import { leaveDownload, leaveUpload, sendNonsense } from './rude.ts';

/** A place for one file; whoever works with it has it alone. */
interface Slot {
  file: (Content & { readonly id: string }) | undefined;
  busy: boolean;
}

const clients = 6;
/** The number of slots, of which half are full at any time. */
const slots = 60;
/** The largest sizes of files, in bytes. */
const lengthsMax = [1, 1000, 50_000, 200_000, 2_000_000];
/** The most failures: after that all are of one kind. */
const failuresMax = 50;

export class SoakLoad {
  readonly #server: string;
  readonly #random: Random;
  readonly #slots: Slot[] = Array.from({ length: slots }, () => ({ file: undefined, busy: false }));
  readonly #failures = new Set<string>();
  readonly #counts = { uploads: 0, downloads: 0, deletes: 0, 'left in the middle': 0, nonsense: 0 };
  #running: Promise<unknown> = Promise.resolve();
  #pausing = false;

  constructor(server: string, random: Random) {
    this.#server = server;
    this.#random = random;
  }

  get counts(): Readonly<Record<string, number>> {
    return this.#counts;
  }

  get failures(): readonly string[] {
    return [...this.#failures];
  }

  start(): void {
    this.#pausing = false;
    this.#running = Promise.all(Array.from({ length: clients }, () => this.#client()));
    this.#running.catch(() => {}); // `pause` tells
  }

  /** Settles when the last request has its answer. */
  async pause(): Promise<void> {
    this.#pausing = true;
    await this.#running;
  }

  async #client(): Promise<void> {
    while (!this.#pausing) await this.#oneRequest();
  }

  async #oneRequest(): Promise<void> {
    const dice = this.#random();
    if (dice < 0.1) return this.#nonsense();
    const slot = pick(
      this.#random,
      this.#slots.filter(({ busy }) => !busy),
    );
    slot.busy = true;
    try {
      if (slot.file === undefined) await (dice < 0.2 ? this.#leaveUpload() : this.#upload(slot));
      else if (dice < 0.5) await this.#delete(slot, slot.file);
      else if (dice < 0.6) await this.#leaveDownload(slot.file);
      else await this.#download(slot.file);
    } finally {
      slot.busy = false;
    }
  }

  async #upload(slot: Slot): Promise<void> {
    this.#counts.uploads += 1;
    const content = this.#newContent();
    const shape = pick<UploadShape>(this.#random, ['raw', 'chunked', 'form']);
    const outcome = await upload(this.#server, [content], shape);
    const id = outcome.kind === 'done' ? outcome.value[0]?.id : undefined;
    if (id !== undefined) slot.file = { ...content, id };
    else this.#fail(`the upload of ${content.name}`, outcome);
  }

  async #delete(slot: Slot, { id, name }: Content & { readonly id: string }): Promise<void> {
    this.#counts.deletes += 1;
    const outcome = await remove(this.#server, id);
    if (outcome.kind === 'done') slot.file = undefined;
    else this.#fail(`the delete of ${name}`, outcome);
  }

  async #download(file: Content & { readonly id: string }): Promise<void> {
    this.#counts.downloads += 1;
    const first = below(this.#random, file.length);
    const span = this.#random() < 0.5 ? undefined : { first, last: first + below(this.#random, file.length - first) };
    const outcome = await download(this.#server, `/download?file=${file.id}`, file, span);
    if (outcome.kind !== 'whole') this.#fail(`the download of ${file.name}`, outcome);
  }

  async #leaveDownload({ id, length }: Content & { readonly id: string }): Promise<void> {
    this.#counts['left in the middle'] += 1;
    await leaveDownload(this.#server, `/download?file=${id}`, below(this.#random, length));
  }

  async #leaveUpload(): Promise<void> {
    this.#counts['left in the middle'] += 1;
    const content = this.#newContent();
    await leaveUpload(this.#server, content, below(this.#random, content.length));
  }

  async #nonsense(): Promise<void> {
    this.#counts.nonsense += 1;
    const fault = await sendNonsense(this.#server, this.#random);
    if (fault !== undefined) this.#failures.add(fault);
  }

  #newContent(): Content {
    const seed = this.#random().toString(36).slice(2);
    return { name: `${seed}.bin`, seed, length: 1 + below(this.#random, pick(this.#random, lengthsMax)) };
  }

  #fail(what: string, outcome: object): void {
    if (this.#failures.size < failuresMax) this.#failures.add(`${what} came to ${JSON.stringify(outcome)}`);
  }
}
