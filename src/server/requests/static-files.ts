/**
 * Serves the files of the pages, `/static/...`: only files in one folder, links followed; none whose name begins with a
 * dot. Small files stay in memory and are read again when they change.
 *
 *     GET /static/style.css   ->   200, ETag: "1q2w3e-2710", Content-Type: text/css; charset=utf-8
 */
import { createReadStream } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { fileNameFault } from '../../bytes/file-name.ts';
import type { Handler, HttpRequest, HttpResponse, StreamBody } from '../../http/handler.ts';
import { contentSecurityPolicy } from '../../http/responses.ts';
import { evaluateConditions } from '../../protocols/http/content/conditional.ts';
import { formatHttpDate } from '../../protocols/http/date.ts';
import { HttpError } from '../../protocols/http/errors.ts';

/** The type by extension; any other file is sent as bytes that no browser interprets. */
const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/**
 * The largest file that is cached; larger ones are streamed. Style sheets and scripts are far smaller. With
 * `cachedFilesMax` files the cache has 16 MiB at most.
 */
const cachedBytesMax = 262_144;
const cachedFilesMax = 64;

interface FileFacts {
  readonly path: string;
  readonly size: number;
  readonly etag: string;
  readonly lastModifiedMs: number;
}

/** Makes the handler of GET and HEAD for paths that begin with `/static/`. */
export function serveStaticFiles(folder: string): Handler {
  const cache = new StaticFileCache();
  return async (request) => {
    const file = await resolveFile(folder, request.path.slice('/static/'.length));
    return respond(request, file, cache);
  };
}

async function respond(request: HttpRequest, file: FileFacts, cache: StaticFileCache): Promise<HttpResponse> {
  const validators = [
    ['ETag', file.etag],
    ['Last-Modified', formatHttpDate(file.lastModifiedMs)],
    ['Cache-Control', 'no-cache'],
  ] as const;
  switch (evaluateConditions(request.method, request.headers, file)) {
    case 'precondition-failed':
      throw new HttpError(412, 'changed', 'the file is not in the state that the request was meant for');
    case 'not-modified':
      return { status: 304, headers: validators, body: null };
    case 'proceed': {
      const type = contentTypes[extname(file.path).toLowerCase()] ?? 'application/octet-stream';
      const headers = [
        ['Content-Type', type],
        ['Content-Security-Policy', contentSecurityPolicy],
      ] as const;
      const body = file.size > cachedBytesMax ? streamFile(file) : await cache.read(file);
      return { status: 200, headers: [...headers, ...validators], body };
    }
  }
}

/** Finds the file that `path` leads to in `folder`. Throws HttpError 404. */
async function resolveFile(folder: string, path: string): Promise<FileFacts> {
  const hidden = path.split('/').some((name) => name.startsWith('.') || fileNameFault(name) !== undefined);
  if (hidden) throw notFound();
  try {
    // Both with their links resolved: a link may point about within the folder, not out of it.
    const [root, file] = await Promise.all([realpath(folder), realpath(join(folder, path))]);
    const facts = await stat(file, { bigint: true });
    if (!file.startsWith(root + sep) || !facts.isFile()) throw notFound();
    const etag = `"${facts.mtimeNs.toString(36)}-${facts.size.toString(36)}"`;
    return { path: file, size: Number(facts.size), etag, lastModifiedMs: Number(facts.mtimeMs) };
  } catch (error) {
    // ENOENT, ENOTDIR, EACCES, ELOOP...: which of them is nothing the client should learn.
    throw error instanceof HttpError ? error : notFound(error);
  }
}

function notFound(cause?: unknown): HttpError {
  return new HttpError(404, 'no-such-page', 'there is nothing at this address', { cause });
}

function streamFile({ path, size }: FileFacts): StreamBody {
  return {
    length: size,
    // Opened only when the first chunk is asked for, so that nothing needs closing after a HEAD.
    chunks: { [Symbol.asyncIterator]: () => createReadStream(path, { end: size - 1 })[Symbol.asyncIterator]() },
  };
}

/** The contents of small files, each for as long as its entity tag stays. */
class StaticFileCache {
  readonly #files = new Map<string, { readonly etag: string; readonly bytes: Uint8Array }>();

  async read({ path, etag }: FileFacts): Promise<Uint8Array> {
    const cached = this.#files.get(path);
    if (cached?.etag === etag) return cached.bytes;
    const bytes = await readFile(path);
    if (this.#files.size >= cachedFilesMax) this.#files.clear();
    this.#files.set(path, { etag, bytes });
    return bytes;
  }
}
