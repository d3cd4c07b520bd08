/** Swarm nodes as their users start them, and what they say. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { breath } from '../../src/async/breath.testing.ts';
import type { NodeFileView, NodeTransfersView, NodeTransferView } from '../../src/protocols/api/node-types.ts';
import { curl, curlJson, type Running, type ServerProcess, start } from '../programs.testing.ts';

export interface NodeProcess extends Running {
  readonly url: string;
  /** `host:port` of the wire door. */
  readonly wire: string;
  readonly folder: string;
}

/** Starts a node in `ROOT/NAME` and waits until it is ready. */
export async function startNode(
  t: TestContext,
  server: Pick<ServerProcess, 'root' | 'url'>,
  name: string,
  ...flags: string[]
): Promise<NodeProcess> {
  const folder = join(server.root, name);
  mkdirSync(folder, { recursive: true });
  const running = start(t, ['node', '--server', server.url, '--dir', folder, ...flags]);
  await running.line(/^ready$/);
  const [, url] = await running.line(/^http (http:\S+)$/);
  const [, wire] = await running.line(/^wire (\S+)$/);
  return Object.assign(running, { url: url as string, wire: wire as string, folder });
}

/** `POST /upload`. */
export function share(node: NodeProcess, path: string): Promise<NodeFileView> {
  return curlJson<NodeFileView>('-d', JSON.stringify({ name: path }), `${node.url}/upload`);
}

/** `POST /download`; what is answered, and with which status. */
export async function download(node: NodeProcess, hash: string): Promise<{ status: number; body: NodeFileView }> {
  const { stdout } = await curl('-w', '\n%{http_code}', '-d', JSON.stringify({ hash }), `${node.url}/download`);
  const [body = '', status] = stdout
    .toString()
    .trim()
    .split(/\n(?=\d+$)/);
  return { status: Number(status), body: JSON.parse(body) };
}

/** What a node says of one file in the swarm; undefined when it has nothing of it. */
export async function transfer(node: NodeProcess, hash: string): Promise<NodeTransferView | undefined> {
  const { transfers } = await curlJson<NodeTransfersView>(`${node.url}/transfers`);
  return transfers.find((one) => one.hash === hash);
}

/** Asks again and again until it holds; the test's own time limit ends it otherwise. */
export async function until<Value>(ask: () => Promise<Value>, holds: (value: Value) => boolean): Promise<Value> {
  for (;;) {
    const value = await ask();
    if (holds(value)) return value;
    await breath();
  }
}
