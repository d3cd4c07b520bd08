/**
 * The promises of the server, file by file, as a client that listens well remembers them. Pure.
 *
 *     kept        201 or 200 was answered: must be there, byte for byte
 *     gone        204 was answered to its DELETE: must stay away
 *     unsettled   no answer came: may be there or not, until somebody looks; then it is kept or gone like the others
 */
import type { FileView } from '../../protocols/api/types.ts';
import type { Content } from '../client.ts';

export type Fate = 'kept' | 'gone' | 'unsettled';

export interface ModelFile extends Content {
  readonly sha256: string;
  /** The id of the file, known once a response, or a list, has told it. */
  id: string | undefined;
  fate: Fate;
  /** Whether a request that changes the file is under way. */
  busy: boolean;
  /**
   * The number of requests that began to change the file; a reader who finds it the same before and after has not been
   * disturbed.
   */
  changes: number;
}

export class Model {
  /** The files by name: no two files of a drill share one. */
  readonly #files = new Map<string, ModelFile>();
  /** The number of responses that made a promise. */
  #promises = 0;

  get promises(): number {
    return this.#promises;
  }

  /** Adds a file that is about to be uploaded for the first time. */
  add(content: Content, sha256: string): ModelFile {
    const file: ModelFile = { ...content, sha256, id: undefined, fate: 'unsettled', busy: false, changes: 0 };
    this.#files.set(content.name, file);
    return file;
  }

  /** The files that nobody is changing and whose fate is `fate`. */
  idle(fate: Fate): ModelFile[] {
    return [...this.#files.values()].filter((file) => !file.busy && file.fate === fate);
  }

  /** Notes that a request that changes `file` is about to be sent. */
  begin(file: ModelFile): void {
    file.busy = true;
    file.changes += 1;
  }

  /** Notes that the request was answered by a promise. */
  promised(file: ModelFile, fate: 'kept' | 'gone', id = file.id): void {
    Object.assign(file, { fate, id, busy: false });
    this.#promises += 1;
  }

  /** Notes that the request was not answered. */
  unanswered(file: ModelFile): void {
    Object.assign(file, { fate: 'unsettled', busy: false });
  }

  /** Notes that the request was refused: nothing was changed. */
  refused(file: ModelFile): void {
    file.busy = false;
  }

  /** The broken promises, by `listed`, all that the server lists. Unsettled files are settled by it. */
  judge(listed: readonly FileView[]): string[] {
    const views = new Map(listed.map((view) => [view.name, view]));
    const faults = [...this.#files.values()].flatMap((file) => judgeOne(file, views.get(file.name)) ?? []);
    const strangers = listed.filter(({ name }) => !this.#files.has(name));
    if (views.size < listed.length) faults.push(`${listed.length} files are listed under ${views.size} names`);
    return [...faults, ...strangers.map(({ name }) => `${name} is listed, and was never uploaded`)];
  }

  /** The file that `view` should be. */
  get(view: Pick<FileView, 'name'>): ModelFile | undefined {
    return this.#files.get(view.name);
  }
}

function judgeOne(file: ModelFile, view: FileView | undefined): string | undefined {
  if (file.fate === 'unsettled') {
    file.fate = view === undefined ? 'gone' : 'kept';
    file.id = view?.id;
  }
  if (file.fate === 'gone') return view && `${file.name} was gone, and is listed again`;
  if (view === undefined) return `${file.name} was acknowledged, and is not listed`;
  const { id, length, sha256 } = view;
  if (id === file.id && length === file.length && sha256 === file.sha256) return undefined;
  return `${file.name} is listed with other properties than it was uploaded with: ${JSON.stringify({ id, length, sha256 })}`;
}
