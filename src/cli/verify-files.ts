/**
 * `rivulet verify [FILE...]`: downloads files and compares their length and SHA-256 with the list of the server.
 * Nothing is kept.
 */
import { createHash } from 'node:crypto';
import { formatCount, formatSize } from '../bytes/format.ts';
import { parseTorrentId } from '../bytes/ids.ts';
import { printable } from '../bytes/printable.ts';
import { parseFile, parseFilesPage, parseJson } from '../protocols/api/read.ts';
import type { FileView } from '../protocols/api/types.ts';
import type { CommandIo } from './command.ts';
import { CommandError, exitCode } from './exit.ts';
import { Progress } from './progress.ts';
import { callServer, notUnderstood, streamFromServer } from './server-call.ts';

/** The fields that a download is compared with. */
type ListedFile = Pick<FileView, 'id' | 'name' | 'length' | 'sha256'>;

/** Verifies files. Settles with the exit code: a failure when a file is not as listed. */
export async function verifyFiles(
  server: string,
  wanted: readonly string[],
  json: boolean,
  io: CommandIo,
): Promise<number> {
  const tally = { files: 0, bytes: 0, bad: 0 };
  for await (const file of wanted.length > 0 ? namedFiles(server, wanted) : allFiles(server)) {
    const fault = await verifyFile(server, file, io);
    tally.files += 1;
    if (fault === undefined) tally.bytes += file.length;
    else tally.bad += 1;
    tell(file, fault, json, io);
  }
  const { files, bytes, bad } = tally;
  const outcome = bad === 0 ? 'all as listed' : `${bad} NOT as listed`;
  const summary = json
    ? JSON.stringify({ summary: tally })
    : `${formatCount(files, 'file')}, ${formatSize(bytes)}: ${outcome}`;
  io.stdout.write(`${summary}\n`);
  return bad === 0 ? exitCode.ok : exitCode.failure;
}

async function* allFiles(server: string): AsyncGenerator<ListedFile> {
  let cursor: string | undefined;
  do {
    const query = cursor === undefined ? '' : `?${new URLSearchParams({ cursor })}`;
    const page = parseFilesPage(await askJson(server, `/files${query}`));
    if (page === undefined) throw notUnderstood(server, 'no list of files');
    for (const file of page.files) yield listedFile(server, file);
    cursor = page.next;
  } while (cursor !== undefined);
}

/** The files that `wanted` names by id or by name. */
async function* namedFiles(server: string, wanted: readonly string[]): AsyncGenerator<ListedFile> {
  for (const text of wanted) {
    const id = parseTorrentId(text);
    const query = new URLSearchParams(id === undefined ? { name: text } : { id });
    yield listedFile(server, await askJson(server, `/file?${query}`));
  }
}

async function askJson(server: string, path: string): Promise<unknown> {
  const { body } = await callServer(server, { method: 'GET', path, accept: 'application/json' });
  return parseJson(body.toString());
}

function listedFile(server: string, value: unknown): ListedFile {
  const file = parseFile(value, 'id', 'name', 'length', 'sha256');
  if (file === undefined) throw notUnderstood(server, 'what should be a file is none');
  return file;
}

/** The fault of the file, in words; undefined when the file is as listed. */
async function verifyFile(server: string, file: ListedFile, io: CommandIo): Promise<string | undefined> {
  const progress = new Progress(io.stderr, file.name, file.length);
  const hash = createHash('sha256');
  let length = 0;
  try {
    const call = { method: 'GET', path: `/download?file=${encodeURIComponent(file.id)}`, accept: '*/*' } as const;
    const { body } = await streamFromServer(server, call);
    for await (const chunk of body) {
      hash.update(chunk);
      length += chunk.length;
      progress.add(chunk.length);
    }
  } catch (error) {
    if (error instanceof CommandError) return error.message;
    throw error;
  } finally {
    progress.end();
  }
  if (length !== file.length) return `${length} bytes came, not ${file.length}`;
  if (file.sha256 !== null && hash.digest('hex') !== file.sha256) return 'other bytes came (SHA-256 differs)';
  return undefined;
}

function tell({ id, name }: ListedFile, fault: string | undefined, json: boolean, io: CommandIo): void {
  if (json) io.stdout.write(`${JSON.stringify({ id, name, ok: fault === undefined, message: fault })}\n`);
  else if (fault !== undefined) io.stdout.write(`${printable(`bad  ${name} (${id}): ${fault}`)}\n`);
}
