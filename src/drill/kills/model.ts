/**
 * What the server has promised, file by file, as a client that listens well remembers it. Pure.
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
  /** Known once an answer, or a list, has told it. */
  id: string | undefined;
  fate: Fate;
  /** Whether a request that changes it is under way. */
  busy: boolean;
  /** How often that began; a reader who finds it the same before and after has not been disturbed. */
  changes: number;
}

export class Model {
  /** By name: no two files of a drill share one. */
  readonly #files = new Map<string, ModelFile>();
  /** Answers that made a promise. */
  #promises = 0;

  get promises(): number {
    return this.#promises;
  }

  /** A file that is about to be uploaded for the first time. */
  add(content: Content, sha256: string): ModelFile {
    const file: ModelFile = { ...content, sha256, id: undefined, fate: 'unsettled', busy: false, changes: 0 };
    this.#files.set(content.name, file);
    return file;
  }

  /** The files that nobody is changing and whose fate is `fate`. */
  idle(fate: Fate): ModelFile[] {
    return [...this.#files.values()].filter((file) => !file.busy && file.fate === fate);
  }

  /** A request that changes `file` is about to be sent. */
  begin(file: ModelFile): void {
    file.busy = true;
    file.changes += 1;
  }

  /** It was answered. */
  promised(file: ModelFile, fate: 'kept' | 'gone', id = file.id): void {
    Object.assign(file, { fate, id, busy: false });
    this.#promises += 1;
  }

  /** It was not. */
  unanswered(file: ModelFile): void {
    Object.assign(file, { fate: 'unsettled', busy: false });
  }

  /** It was refused: nothing was changed. */
  refused(file: ModelFile): void {
    file.busy = false;
  }

  /** What of `listed`, all that the server lists, breaks a promise. What was unsettled is settled by it. */
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
