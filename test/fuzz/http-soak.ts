/**
 * Thousands of connections to one listener, hundreds or thousands of them at once, each with a conversation of its own:
 * well behaved, slow, broken, or gone in the middle. Whoever keeps to the protocol gets exactly its responses; whoever
 * does not costs nobody else anything; at the end no connection is left.
 */
import assert from 'node:assert/strict';
import type { HttpRequest, HttpResponse } from '../../src/http/handler.ts';
import { type HttpListener, openHttpListener } from '../../src/http/listener.ts';
import { plainError, RawClient, text } from '../../src/http/raw-client.testing.ts';
import { type Log, silentLog } from '../../src/io/log.ts';
import { Random } from './random.ts';

export const roundsByDefault = 20_000;
const atOnce = 1500;

/** One round is one connection. */
export async function fuzz(seed: number, rounds: number): Promise<void> {
  const { log, failures } = failureLog();
  const fixed = { host: '127.0.0.1', port: 0, handle, renderError: plainError, log };
  const listener = await openHttpListener({ ...fixed, limits: { connections: atOnce, connectionsPerAddress: atOnce } });
  try {
    let round = 0;
    const worker = async (): Promise<void> => {
      while (round < rounds) {
        const own = round++;
        await converse(listener, new Random(seed + own), `seed ${seed}, connection ${own}`);
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, rounds) }, worker));
    while (listener.connections > 0) await new Promise(setImmediate);
    assert.deepEqual(failures, []);
  } finally {
    await listener.close({ deadlineMs: 0 });
  }
}

/** Our own mistakes are logged as errors; there must be none. */
function failureLog(): { readonly log: Log; readonly failures: string[] } {
  const failures: string[] = [];
  const error: Log['error'] = (_, message, __, cause) => void failures.push(`${message}: ${cause}`);
  return { log: { ...silentLog, error }, failures };
}

/** Says how long the body was; under `/late` only later, under `/stream` in chunks. */
async function handle(request: HttpRequest): Promise<HttpResponse> {
  let bytes = 0;
  for await (const chunk of request.body) bytes += chunk.length;
  const answer = `${request.path} ${bytes}`;
  if (request.path === '/late') await new Promise(setImmediate);
  if (request.path !== '/stream') return text(answer);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (const character of answer) yield Buffer.from(character);
  }
  return { status: 200, headers: [], body: { length: null, chunks: chunks() } };
}

/** Some requests, and the responses they must get. */
interface Conversation {
  bytes: string;
  readonly responses: string[];
}

async function converse(listener: HttpListener, random: Random, name: string): Promise<void> {
  const conversation: Conversation = { bytes: '', responses: [] };
  for (let count = 1 + random.below(4); count > 0; count -= 1) addRequest(conversation, random);
  const client = new RawClient(listener.port);
  const kind = random.pick(['whole', 'whole', 'slow', 'half-closed', 'broken', 'leaving'] as const);
  try {
    if (kind === 'leaving') return await leave(client, conversation, random);
    if (kind === 'broken') addNonsense(conversation, random);
    if (kind !== 'half-closed') conversation.bytes += 'GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
    if (kind === 'whole' || kind === 'slow') conversation.responses.push('200 /last 0');
    await send(client, conversation.bytes, kind === 'slow' ? 1 + random.below(20) : 10_000);
    if (kind === 'half-closed') client.half();
    const responses = await client.responses();
    const seen = responses.map(({ status, body }) => (status === 200 ? `200 ${body}` : `${status}`));
    assert.deepEqual(seen, conversation.responses, `${name}, ${kind}: ${JSON.stringify(conversation.bytes)}`);
  } finally {
    client.close();
  }
}

function addRequest(conversation: Conversation, random: Random): void {
  const path = random.pick(['/', '/late', '/stream']);
  const body = 'x'.repeat(random.pick([0, 1, 10, 3000]));
  const framed = random.once(2)
    ? `Content-Length: ${body.length}\r\n\r\n${body}`
    : `Transfer-Encoding: chunked\r\n\r\n${body === '' ? '' : `${body.length.toString(16)}\r\n${body}\r\n`}0\r\n\r\n`;
  conversation.bytes += `POST ${path} HTTP/1.1\r\nHost: h\r\n${framed}`;
  conversation.responses.push(`200 ${path} ${body.length}`);
}

function addNonsense(conversation: Conversation, random: Random): void {
  const nonsense = [
    'nonsense\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    'GET / HTTP/1.1\nHost: h\n\n',
    '\0',
    'GET / HTTP/1.1\r\nHost : h\r\n',
  ];
  conversation.bytes += random.pick(nonsense);
  conversation.responses.push('400');
}

/** Goes away somewhere in the middle, one way or the other. */
async function leave(client: RawClient, { bytes }: Conversation, random: Random): Promise<void> {
  await client.opened();
  await send(client, bytes.slice(0, random.below(bytes.length)), 10_000);
  if (random.once(2)) client.reset();
}

async function send(client: RawClient, bytes: string, bitBytes: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += bitBytes) {
    client.send(bytes.slice(at, at + bitBytes));
    if (bitBytes < bytes.length) await new Promise(setImmediate);
  }
}
