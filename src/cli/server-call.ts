/**
 * How the small commands talk to a server: its address as a flag, one call, and what goes wrong told as an exit code.
 * Knows no endpoint.
 */
import { readFile } from 'node:fs/promises';
import { printable } from '../bytes/printable.ts';
import { type ClientResponse, completeBody, httpStream, type RequestBody } from '../io/net/http-client.ts';
import { HttpError } from '../protocols/http/errors.ts';
import { usageError } from './arguments.ts';
import type { Flag } from './command.ts';
import { CommandError, exitCode } from './exit.ts';

export const serverFlag = {
  kind: 'text',
  placeholder: 'URL',
  default: 'http://127.0.0.1:8080',
  summary: 'where the server is',
} as const satisfies Flag;

export const jsonFlag = { kind: 'switch', summary: 'print what the server says, as JSON' } as const satisfies Flag;

export const tokenFileFlag = {
  kind: 'text',
  placeholder: 'FILE',
  summary: 'holds the token that a server on other than loopback wants',
} as const satisfies Flag;

/** The longest silence of a server: one that makes gigabytes durable may need a while. */
const timeoutMs = 60_000;

export interface ServerCall {
  readonly method: string;
  /** With its query, beginning with `/`. */
  readonly path: string;
  readonly accept: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: RequestBody;
  /** Ends it, by failing with its reason. */
  readonly signal?: AbortSignal;
}

/** The answer, if it is one of success. Throws a CommandError for everything else. */
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
  const answer = await streamFrom(url, call, '; "rivulet server" starts one');
  if (answer.status < 300) return answer;
  throw await refusalOf(url, answer);
}

/**
 * The answer to one request to any http: URL, whatever its status; the body must be iterated. Throws a CommandError
 * when there is none, or none that is understood. `hint` ends the message when nobody is there.
 */
export async function streamFrom(
  url: URL,
  { accept, headers = [], ...call }: Omit<ServerCall, 'path'>,
  hint = '',
): Promise<ClientResponse<AsyncGenerator<Buffer, void>>> {
  try {
    const answer = await httpStream(url, { ...call, timeoutMs, headers: [['Accept', accept], ...headers] });
    return { ...answer, body: unbroken(url, answer.body) };
  } catch (error) {
    throw failureOf(url, error, hint);
  }
}

/** The error that an answer stands for which is none of success. Reads as much of its body as is told. */
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

/** The fields that show the token in the file `path`; none without one. Throws a CommandError. */
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

/** What is told of an error of the HTTP client. What fails in a file that is being sent stays as it is. */
function failureOf(url: URL, error: unknown, hint: string): unknown {
  if (error instanceof HttpError && error.code !== 'timeout') {
    const message = `what answers at ${url.host} is not understood: ${error.message}`;
    return new CommandError(exitCode.failure, message, { cause: error });
  }
  if (!isUnreachable(error)) return error;
  const message = `no server at ${url.host} (${error.message})${hint}`;
  return new CommandError(exitCode.unavailable, message, { cause: error });
}

/** A failure of the connection; what fails in a file that is being sent has been made a CommandError. */
function isUnreachable(error: unknown): error is Error {
  return (
    error instanceof HttpError || (error instanceof Error && !(error instanceof CommandError) && 'syscall' in error)
  );
}

/** Enough for problem details; what is longer is a page, of which nobody wants to read more in a terminal. */
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

/** The detail of problem details (RFC 9457), or whatever else was said. */
function explanation(body: Buffer): string {
  const text = body.toString();
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    return printable(typeof detail === 'string' ? detail : text);
  } catch {
    // Not JSON: another kind of server. Its own words, cut short, tell which.
    return printable(text.slice(0, 200));
  }
}

/** Text of the server for a terminal, its lines kept. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
