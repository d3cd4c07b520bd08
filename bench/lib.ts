/**
 * What every benchmark shares: both sides in one run, in turn, and their ratio; the machine's mood changes by the
 * minute.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Our program, compiled; `startRivulet` sees to it that it is there. */
export const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** One line of the table. */
export interface Row {
  readonly name: string;
  /** Medians; `theirs` is null where there is nobody to compare with. */
  readonly ours: number;
  readonly theirs: number | null;
  /** ours / theirs, median of the ratios of neighbouring runs; or ours itself. */
  readonly ratio: number;
  readonly unit: string;
  /** What the ratio (or, without another side, the figure) should be. */
  readonly target: string;
}

/** A line for a figure that stands by itself. */
export function figure(name: string, ours: number, unit: string, target: string): Row {
  return { name, ours, theirs: null, ratio: ours, unit, target };
}

export function printTable(rows: readonly Row[]): void {
  const number = (value: number | null): string => (value === null ? '-' : value.toPrecision(4));
  for (const { name, ours, theirs, ratio, unit, target } of rows) {
    const figures = `ours ${number(ours)} ${unit}, theirs ${number(theirs)}, ratio ${ratio.toFixed(2)}`;
    console.log(`${name}: ${figures} (target ${target})`);
  }
}

/** Measures both sides in turn, `rounds` times, after one round that does not count. Larger is better. */
export async function compare(
  description: Pick<Row, 'name' | 'unit' | 'target'>,
  rounds: number,
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<Row> {
  const pairs: { ours: number; theirs: number }[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const pair = { theirs: await theirs(), ours: await ours() };
    if (round > 0) pairs.push(pair);
  }
  return {
    ...description,
    ours: median(pairs.map((pair) => pair.ours)),
    theirs: median(pairs.map((pair) => pair.theirs)),
    ratio: median(pairs.map((pair) => pair.ours / pair.theirs)),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** Things that must be undone at the end, the latest first. */
export class Cleanup {
  readonly #steps: (() => void | Promise<void>)[] = [];
  add(step: () => void | Promise<void>): void {
    this.#steps.push(step);
  }
  async run(): Promise<void> {
    for (const step of this.#steps.reverse()) await step();
  }
}

export function temporaryFolder(cleanup: Cleanup): string {
  const path = mkdtempSync(join(tmpdir(), 'rivulet-bench-'));
  cleanup.add(() => rmSync(path, { recursive: true, force: true, maxRetries: 3 }));
  return path;
}

/** A file of random bytes. */
export function randomFile(path: string, bytes: number): string {
  const fd = openSync(path, 'w');
  const block = Buffer.alloc(8 * 1024 * 1024);
  for (let left = bytes; left > 0; left -= block.length) {
    randomFillSync(block);
    writeSync(fd, block, 0, Math.min(left, block.length));
  }
  closeSync(fd);
  return path;
}

/** A process that is ended with the others. */
export function startProcess(cleanup: Cleanup, program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  cleanup.add(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  });
  return child;
}

export interface BenchServer {
  readonly url: string;
  /** `host:port` of the wire door. */
  readonly wire: string;
  readonly udpPort: number;
  /** `host:port` of the directory. */
  readonly directory: string;
  readonly pid: number;
  readonly root: string;
}

/** Our server with `peers` local peers, in a folder of its own. */
export async function startRivulet(cleanup: Cleanup, { peers }: { readonly peers: number }): Promise<BenchServer> {
  const root = temporaryFolder(cleanup);
  const logging = { level: 'warn', output: 'server.log' };
  writeFileSync(join(root, 'config.json'), JSON.stringify({ logging }));
  execFileSync(fileURLToPath(new URL('../scripts/build', import.meta.url)));
  const args = [main, 'server', '--root', root, '--port', '0', '--peers', String(peers)];
  const child = startProcess(cleanup, process.execPath, args);
  let url = '';
  let wire = '';
  let udpPort = 0;
  let directory = '';
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    if (line.startsWith('http ')) url = line.slice('http '.length);
    if (line.startsWith('wire ')) wire = line.slice('wire '.length);
    if (line.startsWith('udp ')) udpPort = Number(/\d+$/.exec(line)?.[0]);
    if (line.startsWith('directory ')) directory = line.slice('directory '.length);
    if (line === 'ready') break;
  }
  return { url, wire, udpPort, directory, pid: child.pid as number, root };
}

/** nginx with one worker, serving `root`; `extra` goes into its http block. Null where there is no nginx. */
export async function startNginx(cleanup: Cleanup, root: string, extra = ''): Promise<string | null> {
  if (spawnSync('nginx', ['-v']).status !== 0) return null;
  const folder = temporaryFolder(cleanup);
  const port = await freePort();
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  writeFileSync(
    join(folder, 'nginx.conf'),
    `worker_processes 1; daemon off; pid ${folder}/pid; error_log ${folder}/error.log; user root;
     events { worker_connections 4096; }
     http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; ${paths.join(' ')} ${extra}
       server { listen 127.0.0.1:${port}; root ${root}; } }`,
  );
  startProcess(cleanup, 'nginx', ['-c', join(folder, 'nginx.conf')]);
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(url);
  return url;
}

/** A TCP port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Asks until somebody answers, whatever it is. */
export async function untilAnswers(url: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const { status } = spawnSync('curl', ['-s', '-o', '/dev/null', url]);
    if (status === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`nobody answers at ${url}`);
}

/** What `curl -w` says of one transfer. Fails when curl does. */
export async function curlFigure(figure: string, ...args: string[]): Promise<number> {
  const child = spawn('curl', ['-sS', '-f', '-o', '/dev/null', '-w', `%{${figure}}`, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`curl ${args.join(' ')} ended with ${code}`);
  return Number(text);
}

/** The largest resident memory that the process ever had, in MB. */
export function peakMemory(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1000;
}

/** Runs `bench` and prints its rows when its file is the one that was started. */
export async function runDirectly(fileUrl: string, bench: () => Promise<Row[]>): Promise<void> {
  if (process.argv[1] === fileURLToPath(fileUrl)) printTable(await bench());
}
