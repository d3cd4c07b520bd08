/**
 * The requests of a client while one file call goes wrong, and the checks of what must hold: upload, download, delete;
 * and then, the fault having passed, the same once more without a hitch. Each thing that does not hold is a sentence.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { UploadView } from '../../protocols/api/types.ts';
import { type Content, listFiles, type Outcome, remove, type UploadShape, upload } from '../client.ts';
import { download } from '../download.ts';
import { type Patience, untilNone } from '../patience.ts';
import { openDescriptors } from './descriptors.ts';
import type { Fault, FaultKind, FaultyFiles } from './faulty-files.ts';
import type { Served } from './served.ts';

export interface CycleStage {
  readonly served: Served;
  readonly files: FaultyFiles;
  readonly shape: UploadShape;
  readonly contents: readonly [Content, ...Content[]];
  /** Whether clients may hear of the fault at all: not when there are others who can do it. */
  readonly mayRefuse: boolean;
  readonly patience: Patience;
}

/** The status that a client gets, if it is told anything. */
const statusOf: Readonly<Record<FaultKind, number | undefined>> = {
  ENOSPC: 507,
  EIO: 503,
  EMFILE: 503,
  EACCES: 503,
  short: undefined,
};

export interface CycleReport {
  readonly faults: readonly string[];
  /** The number of times that each call was made in the first part: the one in which they fail. */
  readonly counts: ReadonlyMap<string, number>;
}

export async function runCycle(stage: CycleStage, fault?: Fault): Promise<CycleReport> {
  const before = await openDescriptors();
  stage.files.set(fault);
  const faults = await whileFailing(stage, fault);
  const { counts } = stage.files;
  stage.files.set();
  faults.push(...(await withoutHitch(stage)));
  const left = await untilNone(stage.patience, () => leftBehind(stage.served.root, before));
  return { faults: [...faults, ...left], counts };
}

async function whileFailing({ served: { url }, files, ...stage }: CycleStage, fault?: Fault): Promise<string[]> {
  const { contents, shape } = stage;
  const status = stage.mayRefuse && fault !== undefined ? statusOf[fault.kind] : undefined;
  const uploaded = await upload(url, contents, shape);
  const faults = refusalFaults('the upload', uploaded, status);
  const views = uploaded.kind === 'done' ? uploaded.value : [];
  for (const [view, content] of pairs(views, contents)) {
    faults.push(...(await downloadFaults(url, view, content, status === undefined ? undefined : 503)));
  }
  faults.push(...(await files.pause(() => stateFaults(url, views, contents))));
  const removed = await Promise.all(views.map(({ id }) => remove(url, id)));
  for (const outcome of removed) faults.push(...refusalFaults('the delete', outcome, status));
  const kept = views.filter((_, index) => removed[index]?.kind !== 'done');
  return [...faults, ...(await files.pause(() => stateFaults(url, kept, contents)))];
}

/** Checks that what was acknowledged is listed and complete, and nothing else is listed. */
async function stateFaults(url: string, kept: readonly UploadView[], contents: readonly Content[]): Promise<string[]> {
  return [...(await listFaults(url, kept)), ...(await keptFaults(url, kept, contents))];
}

async function listFaults(url: string, kept: readonly UploadView[]): Promise<string[]> {
  const listed = (await listFiles(url)).map(({ id }) => id);
  const ids = kept.map(({ id }) => id);
  return [
    ...ids.filter((id) => !listed.includes(id)).map((id) => `${id} was acknowledged, and is not listed`),
    ...listed.filter((id) => !ids.includes(id)).map((id) => `${id} was refused or deleted, and is listed`),
  ];
}

async function keptFaults(url: string, kept: readonly UploadView[], contents: readonly Content[]): Promise<string[]> {
  const faults = [];
  for (const [view, content] of pairs(kept, contents)) faults.push(...(await downloadFaults(url, view, content)));
  return faults;
}

async function withoutHitch({ served: { url }, contents, shape }: CycleStage): Promise<string[]> {
  const again = 'the fault has passed, and';
  const uploaded = await upload(url, contents, shape);
  if (uploaded.kind !== 'done') return [`${again} the upload is ${told(uploaded)}`];
  const faults = await keptFaults(url, uploaded.value, contents);
  for (const { id } of uploaded.value) {
    const removed = await remove(url, id);
    if (removed.kind !== 'done') faults.push(`the delete is ${told(removed)}`);
  }
  return faults.map((fault) => `${again} ${fault}`);
}

function refusalFaults(what: string, outcome: Outcome<unknown>, status: number | undefined): string[] {
  if (outcome.kind === 'done' || (outcome.kind === 'refused' && outcome.status === status)) return [];
  return [`${what} is ${told(outcome)}${status === undefined ? '' : `, and not ${status}`}`];
}

/** Checks a download; a response of `status` instead of the file is accepted, and so is one that is cut short. */
async function downloadFaults(url: string, { id }: UploadView, content: Content, status?: number): Promise<string[]> {
  const outcome = await download(url, `/download?file=${id}`, content);
  if (outcome.kind === 'whole') return [];
  if (status !== undefined && outcome.kind === 'cut') return [];
  if (outcome.kind === 'refused' && outcome.status === status) return [];
  return [`the download of ${content.name} is ${JSON.stringify(outcome)}`];
}

function told(outcome: Outcome<unknown>): string {
  if (outcome.kind === 'refused') return `refused: ${outcome.status}, ${outcome.detail}`;
  return outcome.kind === 'unanswered' ? `unanswered: ${outcome.detail}` : outcome.kind;
}

function pairs(views: readonly UploadView[], contents: readonly Content[]): [UploadView, Content][] {
  return views.flatMap((view) => {
    const content = contents.find(({ name }) => name === view.name);
    return content === undefined ? [] : [[view, content] as [UploadView, Content]];
  });
}

/** The folder of dropped files, which are kept for a while (`drop_delay`). */
const asideFolder = 'aside';

/** Checks that, with nothing listed, nothing is on the disk, and no more files are open than before. */
async function leftBehind(root: string, before: number): Promise<string[]> {
  const names = await Promise.all([readdir(join(root, 'temp/uploads')), readdir(join(root, 'temp/pieces'))]);
  const now = await openDescriptors();
  return [
    ...names.flat().flatMap((name) => (name === asideFolder ? [] : `${name} is left over`)),
    ...(now > before ? [`${now} descriptors are open, ${before} were before`] : []),
  ];
}
