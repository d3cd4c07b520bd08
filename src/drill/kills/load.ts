/**
 * The mixed load under which things are killed: clients that upload (raw, chunked, as forms; new files, the same again,
 * deleted ones), download (whole, ranges), and delete, each one request after the other. It writes into the model what
 * was answered, and notes every answer that should not have been given.
 */
import { EventEmitter, once } from 'node:events';
import { type Content, remove, sha256Of, type UploadShape, upload } from '../client.ts';
import { download, type Span } from '../download.ts';
import { below, pick, type Random } from '../random.ts';
import type { Model, ModelFile } from './model.ts';

export interface LoadContext {
  readonly url: string;
  readonly model: Model;
  readonly random: Random;
  /**
   * The number of times that the server has been killed; a connection that is lost while it stays the same was lost for
   * no reason.
   */
  readonly serverKills: () => number;
  /** Settles when the server runs, rejects when nobody will start it any more. */
  readonly serverUp: () => Promise<void>;
}

/** The moments that a kill can wait for, to come in the middle of something. */
export type LoadMoment = 'upload-sent' | 'acknowledged' | 'delete-sent';

const clients = 6;
/** The number of files that deletes keep to, about. */
const filesWanted = 60;

/** The largest sizes of files, in bytes; pieces have 16 KiB. */
const lengthsMax = [1, 1000, 20_000, 200_000, 200_000, 2_000_000];

export class Load {
  readonly #context: LoadContext;
  readonly #moments = new EventEmitter<Record<LoadMoment, []>>();
  readonly #failures: string[] = [];
  readonly #count = { uploads: 0, downloads: 0, deletes: 0, unanswered: 0 };
  #running: Promise<unknown> | undefined;
  #stopping = false;

  constructor(context: LoadContext) {
    this.#context = context;
  }

  /** Requests that were sent, and how many of them got no answer. */
  get counts(): Readonly<Record<string, number>> {
    return this.#count;
  }

  /** Answers that should not have been given, a sentence each. */
  get failures(): readonly string[] {
    return this.#failures;
  }

  start(): void {
    this.#stopping = false;
    this.#running = Promise.all(Array.from({ length: clients }, () => this.#client()));
    this.#running.catch(() => {}); // `stop` tells
  }

  /** Settles when every request under way has its answer, or has lost its connection. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  /** Settles the next time that `moment` comes. */
  async next(moment: LoadMoment, signal: AbortSignal): Promise<void> {
    await once(this.#moments, moment, { signal });
  }

  async #client(): Promise<void> {
    while (!this.#stopping) {
      const up = this.#context.serverUp();
      await up;
      // It may have been killed again in the very moment.
      if (up === this.#context.serverUp()) await this.#oneRequest();
    }
  }

  #oneRequest(): Promise<void> {
    const { model, random } = this.#context;
    const kept = model.idle('kept');
    const gone = model.idle('gone');
    const dice = random() * 10;
    if (kept.length === 0 || dice < 3) return this.#upload(this.#newFiles(), 'form');
    if (dice < 4) return this.#upload([pick(random, kept)], 'raw');
    if (dice < 5 && gone.length > 0) return this.#upload([pick(random, gone)], 'chunked');
    if (dice < 7) return this.#download(pick(random, kept));
    return kept.length > below(random, 2 * filesWanted) ? this.#delete(pick(random, kept)) : this.#uploadOne();
  }

  #uploadOne(): Promise<void> {
    const shape: UploadShape = pick(this.#context.random, ['raw', 'chunked']);
    return this.#upload([this.#newFile()], shape);
  }

  #newFiles(): [ModelFile, ...ModelFile[]] {
    const more = Array.from({ length: below(this.#context.random, 3) }, () => this.#newFile());
    return [this.#newFile(), ...more];
  }

  #newFile(): ModelFile {
    const { random, model } = this.#context;
    const seed = random().toString(36).slice(2);
    const content: Content = { name: `${seed}.bin`, seed, length: 1 + below(random, pick(random, lengthsMax)) };
    return model.add(content, sha256Of(content));
  }

  async #upload(files: readonly [ModelFile, ...ModelFile[]], shape: UploadShape): Promise<void> {
    const { url, model } = this.#context;
    this.#count.uploads += 1;
    for (const file of files) model.begin(file);
    const noted = this.#note(`the upload of ${files.map(({ name }) => name).join(', ')}`);
    const outcome = await upload(url, files, shape, () => this.#moments.emit('upload-sent'));
    noted(outcome);
    for (const file of files) {
      if (outcome.kind === 'unanswered') model.unanswered(file);
      else if (outcome.kind === 'refused') model.refused(file);
      else
        this.#acknowledge(
          file,
          outcome.value.find(({ name }) => name === file.name),
        );
    }
    if (outcome.kind === 'done') this.#moments.emit('acknowledged');
  }

  #acknowledge(file: ModelFile, answer: { readonly id: string; readonly sha256: string | null } | undefined): void {
    this.#context.model.promised(file, 'kept', answer?.id);
    if (answer?.sha256 !== file.sha256) this.#failures.push(`${file.name} was acknowledged with another SHA-256`);
  }

  async #delete(file: ModelFile): Promise<void> {
    const { url, model } = this.#context;
    this.#count.deletes += 1;
    model.begin(file);
    const noted = this.#note(`the delete of ${file.name}`);
    const answer = remove(url, String(file.id));
    this.#moments.emit('delete-sent');
    const outcome = await answer;
    noted(outcome);
    if (outcome.kind === 'unanswered') model.unanswered(file);
    else if (outcome.kind === 'refused') model.refused(file);
    else model.promised(file, 'gone');
  }

  /**
   * Downloads a file. Peers may be dead: 503 and a cut are honest responses. A file that is being changed meanwhile may
   * be gone.
   */
  async #download(file: ModelFile): Promise<void> {
    const { url, random } = this.#context;
    this.#count.downloads += 1;
    const { changes } = file;
    const outcome = await download(url, `/download?file=${file.id}`, file, this.#someSpan(file, random));
    if (outcome.kind === 'wrong') this.#failures.push(`the download of ${file.name}: ${outcome.detail}`);
    if (outcome.kind === 'refused' && outcome.status !== 503 && changes === file.changes) {
      this.#failures.push(`the download of ${file.name} was answered ${outcome.status}`);
    }
  }

  /** A random range for half of all downloads, undefined for the others. */
  #someSpan({ length }: ModelFile, random: Random): Span | undefined {
    if (random() < 0.5) return undefined;
    const first = below(random, length);
    return { first, last: first + below(random, length - first) };
  }

  /**
   * Counts a request when it is sent; the function that is returned is called with whether its outcome was in order.
   */
  #note(
    what: string,
  ): (outcome: { readonly kind: string; readonly status?: number; readonly detail?: string }) => void {
    const kills = this.#context.serverKills();
    return ({ kind, status, detail }) => {
      if (kind === 'unanswered') this.#count.unanswered += 1;
      if (kind === 'refused') this.#failures.push(`${what} was answered ${status}: ${detail}`);
      if (kind === 'unanswered' && kills === this.#context.serverKills()) {
        this.#failures.push(`${what} got no answer, though the server lived: ${detail}`);
      }
    };
  }
}
