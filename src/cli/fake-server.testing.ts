/** Commands against a server whose responses a test chooses. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Command } from './command.ts';
import { recordingIo } from './io.testing.ts';
import { runCommandLine } from './run.ts';

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (request: Received, response: ServerResponse) => void;

export interface FakeServer {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly received: readonly Received[];
  readonly close: () => void;
}

export async function openFakeServer(answer: Answer): Promise<FakeServer> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url = '', headers } = request;
    received.push({ method, url, headers, body: Buffer.concat(chunks).toString('latin1') });
    answer(received.at(-1) as Received, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, received, close: () => server.close() };
}

/** Runs `rivulet NAME ARGS --server ...` against a server that responds by `answer`. */
export async function runAgainst(command: Command, answer: Answer, ...args: string[]) {
  const { url, received, close } = await openFakeServer(answer);
  const programs = new Map([[command.name, async () => ({ command })]]);
  try {
    const io = recordingIo();
    const line = { args: [command.name, ...args, '--server', url], programs, version: '0' };
    const code = await runCommandLine(line, io);
    return { code, ...io.written, received };
  } finally {
    close();
  }
}
