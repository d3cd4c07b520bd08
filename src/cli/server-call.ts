/**
 * Calls of a server's HTTP API by the small commands: one request, whose failures are CommandErrors with an exit code.
 * Knows no path of the API.
 */

import { readFile } from 'node:fs/promises';
import { printable } from '../bytes/printable.ts';
import { type ClientResponse, completeBody, httpStream, type RequestBody } from '../io/net/http-client.ts';
import { parseJson } from '../protocols/api/read.ts';
import { problemDetail } from '../protocols/http/content/problem.ts';
import { HttpError } from '../protocols/http/errors.ts';
import { usageError } from './arguments.ts';
import { CommandError, exitCode } from './exit.ts';
import { serverFlag } from './flags.ts';

/** The longest silence of a server: to put gigabytes on stable storage takes a while. */
const timeoutMs = 60_000;

/** One request. */
export interface ServerCall {
  readonly method: string;
  /** The path with its query, beginning with `/`. */
  readonly path: string;
  readonly accept: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: RequestBody;
  /** Ends the call, which then fails with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The response, when it is one of success. Throws a CommandError for everything else. */
export async function callServer(server: string, call: ServerCall): Promise<ClientResponse<Buffer>> {
  const { body, ...answer } = await streamFromServer(server, call);
  return { ...answer, body: await completeBody(body) };
}

/** Like `callServer`, but the body comes as it arrives, and must be iterated. */
export async function streamFromServer(
  server: string,
  { path, ...call }: ServerCall,
): Promise<ClientResponse<AsyncGenerator<Buffer, void>>> {
  const url = resolveUrl(server, path);
  const response = await streamFrom(url, call, '; "rivulet server" starts one');
  if (response.status < 300) return response;
  throw await refusalOf(url, response);
}

/**
 * The response to one request to any http: URL, whatever its status; the body must be iterated. Throws a CommandError
 * when there is no response, or none that is understood. `hint` ends the message when there is no server.
 */
export async function streamFrom(
  url: URL,
  { accept, headers = [], ...call }: Omit<ServerCall, 'path'>,
  hint = '',
): Promise<ClientResponse<AsyncGenerator<Buffer, void>>> {
  try {
    const response = await httpStream(url, { ...call, timeoutMs, headers: [['Accept', accept], ...headers] });
    return { ...response, body: unbroken(url, response.body) };
  } catch (error) {
    throw failureOf(url, error, hint);
  }
}

/** The error for a response without success. Reads as much of the body as is shown. */
export async function refusalOf(
  url: URL,
  { status, body }: Pick<ClientResponse<AsyncIterable<Buffer>>, 'status' | 'body'>,
): Promise<CommandError> {
  const code = status === 503 ? exitCode.unavailable : exitCode.failure;
  return new CommandError(code, `${url.host} answered ${status}: ${explanation(await beginningOf(body))}`);
}

/** The body, whose failures come as CommandErrors. */
async function* unbroken(url: URL, body: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  try {
    yield* body;
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    throw new CommandError(exitCode.unavailable, `the answer of ${url.host} broke off: ${error.message}`, {
      cause: error,
    });
  }
}

/** The header fields with the token in the file `path`; none without a path. Throws a CommandError. */
export async function authorization(path: string | undefined): Promise<NonNullable<ServerCall['headers']>> {
  if (path === undefined) return [];
  try {
    return [['Authorization', `Bearer ${(await readFile(path, 'utf8')).trim()}`]];
  } catch (cause) {
    throw new CommandError(exitCode.failure, `${printable(path)}: ${(cause as Error).message}`, { cause });
  }
}

function resolveUrl(server: string, path: string): URL {
  const base = URL.canParse(server) ? new URL(server) : undefined;
  if (base?.protocol !== 'http:') throw usageError(`--server needs a URL like ${serverFlag.default}, not "${server}"`);
  return new URL(path, base);
}

/** The error for a response of success that no Rivulet server gives; `what` says what is wrong with it. */
export function notUnderstood(server: string, what: string): CommandError {
  return new CommandError(exitCode.failure, `what answers at ${new URL(server).host} is not understood: ${what}`);
}

/** The CommandError for an error of the HTTP client; an error of the file that is being sent as it is. */
function failureOf(url: URL, error: unknown, hint: string): unknown {
  if (error instanceof HttpError && error.code !== 'timeout') {
    const message = `what answers at ${url.host} is not understood: ${error.message}`;
    return new CommandError(exitCode.failure, message, { cause: error });
  }
  if (!isUnreachable(error)) return error;
  const message = `no server at ${url.host} (${error.message})${hint}`;
  return new CommandError(exitCode.unavailable, message, { cause: error });
}

/** Whether the connection failed; failures of a file that is being sent are CommandErrors already. */
function isUnreachable(error: unknown): error is Error {
  return (
    error instanceof HttpError || (error instanceof Error && !(error instanceof CommandError) && 'syscall' in error)
  );
}

/** Bytes of an error's body that are read: more than problem details have; a longer body is a page. */
const explanationBytesMax = 64 * 1024;

async function beginningOf(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    parts.push(chunk);
    length += chunk.length;
    if (length >= explanationBytesMax) break;
  }
  return Buffer.concat(parts);
}

/** The detail of a problem (RFC 9457 3.1.4), or the text of any other body. */
function explanation(body: Buffer): string {
  const text = body.toString();
  const value = parseJson(text);
  // Not JSON: another kind of server. Its own words, cut short, tell which.
  return printable(value === undefined ? text.slice(0, 200) : (problemDetail(value) ?? text));
}

/** The server's text as it may be written to a terminal: escaped, but with its lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
