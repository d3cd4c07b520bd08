/**
 * Ten nodes that fetch one file from one node at once, beside a single one that fetches it alone: how much longer it
 * takes until the last of them is done. Once with every node's uploads limited, as those of machines on a network are,
 * which shows whether they serve each other; and once without a limit, where all eleven share the processors of one
 * machine, and the ratio shows little more than how many processors it has.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  type BenchServer,
  Cleanup,
  main,
  median,
  type Row,
  randomFile,
  runDirectly,
  startProcess,
  startRivulet,
  temporaryFolder,
} from './lib.ts';

const nodes = 10;

interface BenchNode {
  readonly url: string;
  stop(): Promise<void>;
}

async function startNode(server: BenchServer, folder: string, rate: number | undefined): Promise<BenchNode> {
  const limit = rate === undefined ? [] : ['--upload-rate', String(rate)];
  const args = [main, 'node', '--server', server.url, '--dir', folder, ...limit];
  const cleanup = new Cleanup();
  const child = startProcess(cleanup, process.execPath, args);
  let url = '';
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    if (line.startsWith('http ')) url = line.slice('http '.length);
    if (line === 'ready') break;
  }
  return { url, stop: () => cleanup.run() };
}

async function post(url: string, body: object): Promise<{ hash: string }> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as { hash: string };
}

/** Seconds until `count` fresh nodes have the file. */
async function fetchAll(server: BenchServer, folder: string, hash: string, count: number, rate: number | undefined) {
  const names = Array.from({ length: count }, (_, index) => join(folder, `n${index}`));
  const running = await Promise.all(names.map((name) => startNode(server, name, rate)));
  const began = performance.now();
  await Promise.all(running.map(({ url }) => post(`${url}/download`, { hash })));
  const seconds = (performance.now() - began) / 1000;
  await Promise.all(running.map((node) => node.stop()));
  for (const name of names) rmSync(name, { recursive: true });
  return seconds;
}

async function compareNodes(description: Pick<Row, 'name' | 'target'>, bytes: number, rate: number | undefined) {
  const cleanup = new Cleanup();
  try {
    const folder = temporaryFolder(cleanup);
    const server = await startRivulet(cleanup, { peers: 0 });
    const source = await startNode(server, join(folder, 'source'), rate);
    cleanup.add(() => source.stop());
    const { hash } = await post(`${source.url}/upload`, { name: randomFile(join(folder, 'file.bin'), bytes) });
    const pairs: { one: number; all: number }[] = [];
    for (let round = 0; round < 3; round += 1) {
      const one = await fetchAll(server, folder, hash, 1, rate);
      pairs.push({ one, all: await fetchAll(server, folder, hash, nodes, rate) });
    }
    return {
      ...description,
      unit: 's',
      ours: median(pairs.map(({ all }) => all)),
      theirs: median(pairs.map(({ one }) => one)),
      ratio: median(pairs.map(({ one, all }) => all / one)),
    };
  } finally {
    await cleanup.run();
  }
}

export async function run(): Promise<Row[]> {
  const limited = { name: `${nodes} nodes fetch 64 MiB at once, each sends 16 MiB/s, beside one`, target: '< 2.5' };
  const unlimited = { name: `${nodes} nodes fetch 256 MiB at once, no limit, beside one`, target: '< 2.5' };
  return [
    await compareNodes(limited, 64 * 1024 ** 2, 16 * 1024 ** 2),
    await compareNodes(unlimited, 256 * 1024 ** 2, undefined),
  ];
}

await runDirectly(import.meta.url, run);
