/**
 * The drills' client of a server: uploads in every shape, lists, downloads compared byte by byte, deletes. Each call
 * tells a response from the lack of one, since promises depend on that. Knows no fault and no promise.
 *
 * Contents follow from a seed, so nobody has to keep what was sent.
 */
import { createHash } from 'node:crypto';
import { type ClientResponse, httpCall, type RequestBody } from '../io/net/http-client.ts';
import { parseJson } from '../protocols/api/read.ts';
import type { FilesView, FileView, PeersView, UploadsView, UploadView } from '../protocols/api/types.ts';
import { problemDetail } from '../protocols/http/content/problem.ts';
import { HttpError } from '../protocols/http/errors.ts';
import { seededBytes } from './random.ts';

/** A file that a drill uploads. */
export interface Content {
  readonly name: string;
  readonly seed: string;
  /** The size in bytes. */
  readonly length: number;
}

export type UploadShape = 'raw' | 'chunked' | 'form';

/** The outcome of a request that changes something. */
export type Outcome<Value = undefined> =
  | { readonly kind: 'done'; readonly value: Value }
  | { readonly kind: 'refused'; readonly status: number; readonly detail: string }
  /** The connection failed before the response was complete: the change may have happened or not. */
  | { readonly kind: 'unanswered'; readonly detail: string };

/** The longest silence: longer than any stall that the server bears itself. */
const timeoutMs = 30_000;
/** The size of the chunks that are sent, so that a body is under way for a while. */
const sendBytes = 64 * 1024;

export function bytesOf({ seed, length }: Content): Buffer {
  return seededBytes(seed, length);
}

/** The SHA-256 of the content: 64 hex digits. */
export function sha256Of(content: Content): string {
  return createHash('sha256').update(bytesOf(content)).digest('hex');
}

/** Sends `files`: one as a raw or chunked body, any number as a form. Done are 201 and 200. */
export async function upload(
  server: string,
  files: readonly [Content, ...Content[]],
  shape: UploadShape,
  onSent: () => void = () => {},
): Promise<Outcome<readonly UploadView[]>> {
  const { path, headers, bytes } = uploadParts(files, shape);
  const body: RequestBody = { ...(shape !== 'chunked' && { length: bytes.length }), chunks: inSteps(bytes, onSent) };
  return answered(
    () => httpCall(new URL(path, server), { method: 'POST', timeoutMs, headers: [accept, ...headers], body }),
    ({ status, body }) => {
      if (status !== 200 && status !== 201) return undefined;
      const view = JSON.parse(body.toString()) as UploadView | UploadsView;
      return { value: 'files' in view ? view.files : [view] };
    },
  );
}

/** Deletes a file; 204 counts as done. */
export function remove(server: string, id: string): Promise<Outcome> {
  return answered(
    () => httpCall(new URL(`/file?id=${id}`, server), { method: 'DELETE', timeoutMs, headers: [accept] }),
    ({ status }) => (status === 204 ? { value: undefined } : undefined),
  );
}

/** Every file that is listed, whatever the number of pages. */
export async function listFiles(server: string): Promise<FileView[]> {
  const files: FileView[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const page: FilesView = await getJson(server, `/files?limit=1000${cursor && `&cursor=${cursor}`}`);
    files.push(...page.files);
    cursor = page.next;
  }
  return files;
}

export async function listPeers(server: string): Promise<PeersView['peers']> {
  return (await getJson<PeersView>(server, '/peers')).peers;
}

/** The JSON at `path`. Throws when the response is anything but 200 with JSON. */
export async function getJson<View>(server: string, path: string): Promise<View> {
  const { status, body } = await httpCall(new URL(path, server), { method: 'GET', timeoutMs, headers: [accept] });
  if (status !== 200) throw new Error(`GET ${path} was answered ${status}: ${detailOf(body)}`);
  return JSON.parse(body.toString()) as View;
}

const accept = ['Accept', 'application/json'] as const;

function uploadParts([first, ...more]: readonly [Content, ...Content[]], shape: UploadShape) {
  if (shape !== 'form') {
    return { path: `/upload?name=${encodeURIComponent(first.name)}`, headers: [], bytes: bytesOf(first) };
  }
  const boundary = 'drill-5d41402abc4b2a76b9719d911017c592';
  const parts = [first, ...more].flatMap((content) => [
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${content.name}"\r\n\r\n`),
    bytesOf(content),
    Buffer.from('\r\n'),
  ]);
  const type = ['Content-Type', `multipart/form-data; boundary=${boundary}`] as const;
  return { path: '/upload', headers: [type], bytes: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]) };
}

async function* inSteps(bytes: Buffer, onSent: () => void): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += sendBytes) yield bytes.subarray(start, start + sendBytes);
  onSent();
}

async function answered<Value>(
  call: () => Promise<ClientResponse<Buffer>>,
  read: (answer: ClientResponse<Buffer>) => { readonly value: Value } | undefined,
): Promise<Outcome<Value>> {
  try {
    const answer = await call();
    const done = read(answer);
    if (done !== undefined) return { kind: 'done', value: done.value };
    return { kind: 'refused', status: answer.status, detail: detailOf(answer.body) };
  } catch (error) {
    if (!isLostConnection(error)) throw error;
    return { kind: 'unanswered', detail: error.message };
  }
}

/** Whether `error` is a failure of the connection, not of ours. */
export function isLostConnection(error: unknown): error is Error {
  return error instanceof HttpError || (error instanceof Error && 'syscall' in error);
}

/** The `detail` of the problem details (RFC 9457 3.1.4). */
function detailOf(body: Buffer): string {
  const text = body.toString();
  const value = parseJson(text);
  // Not JSON: a response that was made in a hurry. Its beginning will do.
  return value === undefined ? text.slice(0, 200) : (problemDetail(value) ?? text);
}
