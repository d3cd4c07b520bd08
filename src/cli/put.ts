/**
 * `rivulet put`: uploads files, streamed, with a progress bar, and compares the SHA-256 of the server with its own.
 *
 *     $ rivulet put plan.txt
 *     c9e1...  plan.txt
 *       page      http://127.0.0.1:8080/file?id=c9e1...
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileNameFault } from '../bytes/file-name.ts';
import { printable } from '../bytes/printable.ts';
import { parseJson, parseUpload, type UploadRead } from '../protocols/api/read.ts';
import { type CommandIo, defineCommand } from './command.ts';
import { CommandError, exitCode } from './exit.ts';
import { jsonFlag, serverFlag, tokenFileFlag } from './flags.ts';
import { Progress } from './progress.ts';
import { authorization, callServer, notUnderstood, type ServerCall } from './server-call.ts';

export const command = defineCommand({
  name: 'put',
  summary: 'upload files',
  operands: { usage: 'FILE...', min: 1, max: Number.POSITIVE_INFINITY },
  flags: {
    server: serverFlag,
    'token-file': tokenFileFlag,
    json: jsonFlag,
  },
  example: 'rivulet put plan.txt holiday.mp4',
  async run({ flags, operands }, io) {
    const headers = await authorization(flags['token-file']);
    for (const path of operands) {
      const { file, json } = await upload(path, flags.server, headers, io);
      io.stdout.write(flags.json ? `${JSON.stringify(json)}\n` : describe(file));
    }
    return exitCode.ok;
  },
});

type Headers = NonNullable<ServerCall['headers']>;

/** Bytes of a read: so many that the cost of a call does not count, so few that they stay in the processor's cache. */
const chunkBytes = 256 * 1024;

/** A file that was uploaded. */
interface Uploaded {
  readonly file: UploadRead;
  /** All that the server says of the file. */
  readonly json: unknown;
}

async function upload(path: string, server: string, headers: Headers, io: CommandIo): Promise<Uploaded> {
  const name = basename(path);
  const fault = fileNameFault(name);
  if (fault !== undefined) throw failure(path, `the file name ${fault}`);
  const file = await open(path).catch((error: Error) => {
    throw failure(path, error.message, error);
  });
  try {
    const facts = await file.stat();
    if (!facts.isFile()) throw failure(path, 'is not a file');
    return await send(file, { path, name, size: facts.size, server, headers }, io);
  } finally {
    await file.close();
  }
}

interface Upload {
  readonly path: string;
  readonly name: string;
  readonly size: number;
  readonly server: string;
  readonly headers: Headers;
}

async function send(file: FileHandle, { path, name, size, server, headers }: Upload, io: CommandIo): Promise<Uploaded> {
  const hash = createHash('sha256');
  const progress = new Progress(io.stderr, name, size);
  async function* chunks(): AsyncGenerator<Buffer> {
    for await (const chunk of readBytes(file, path, size)) {
      hash.update(chunk);
      yield chunk;
      progress.add(chunk.length);
    }
  }
  try {
    const { body } = await callServer(server, {
      method: 'PUT',
      path: `/upload/${encodeURIComponent(name)}`,
      accept: 'application/json',
      headers,
      body: { length: size, chunks: chunks() },
    });
    const json = parseJson(body.toString());
    const uploaded = parseUpload(json);
    if (uploaded === undefined) throw notUnderstood(server, 'no uploaded file');
    if (uploaded.sha256 !== hash.digest('hex'))
      throw failure(path, 'the server has other bytes than were sent (SHA-256 differs)');
    return { file: uploaded, json };
  } finally {
    progress.end();
  }
}

/** Exactly `size` bytes of the file, the number that was announced. */
async function* readBytes(file: FileHandle, path: string, size: number): AsyncGenerator<Buffer> {
  for (let position = 0; position < size; ) {
    // A buffer each time, since the one before may still wait to be sent.
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, size - position));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) throw failure(path, 'became shorter while it was read');
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function describe({ id, name, links }: UploadRead): string {
  const rows = Object.entries({
    page: links.info,
    download: links.download,
    torrent: links.torrent,
    magnet: links.magnet,
  });
  const lines = rows.map(([label, link]) => `  ${label.padEnd(8)}  ${printable(link)}\n`);
  return `${printable(id)}  ${printable(name)}\n${lines.join('')}`;
}

function failure(path: string, reason: string, cause?: unknown): CommandError {
  return new CommandError(exitCode.failure, `${printable(path)}: ${reason}`, { cause });
}
