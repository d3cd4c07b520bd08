/**
 * The real programs as a user starts them, for end-to-end tests: in a folder of their own, on free ports, ended at the
 * end.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

export const rivulet = fileURLToPath(new URL('../scripts/rivulet', import.meta.url));

const endings = new WeakMap<TestContext, (() => unknown)[]>();

/** Runs `step` after the test, the latest first: a folder goes when nobody works in it any more. */
function atEnd(t: TestContext, step: () => unknown): void {
  const steps = endings.get(t) ?? [];
  steps.push(step);
  if (endings.has(t)) return;
  endings.set(t, steps);
  t.after(async () => {
    for (const each of steps.reverse()) await each();
  });
}

/** A program that was started; its lines on stdout are read as they come. */
export class Running {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  readonly errors: string[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(child: ChildProcess) {
    this.child = child;
    const collect = (stream: NodeJS.ReadableStream | null, into: string[]): void => {
      if (stream === null) return;
      createInterface({ input: stream }).on('line', (line) => {
        into.push(line);
        this.#wake();
      });
    };
    collect(child.stdout, this.lines);
    collect(child.stderr, this.errors);
    child.once('exit', () => this.#wake());
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** The first line, of stdout or stderr, that matches; fails when the program ends without it. */
  async line(form: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      for (const line of [...this.lines, ...this.errors]) {
        const match = form.exec(line);
        if (match !== null) return match;
      }
      if (this.ended) throw new Error(`no line ${form} in:\n${[...this.lines, ...this.errors].join('\n')}`);
      await this.change();
    }
  }

  /** Settles when it has written a line more, or ended. */
  change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  /** Settles, once it has ended, with its exit code or the signal that ended it. */
  async over(): Promise<number | NodeJS.Signals> {
    while (!this.ended) await this.change();
    return this.child.exitCode ?? (this.child.signalCode as NodeJS.Signals);
  }

  /** Ends it by `signal`, unless it has ended, and settles with its exit code, or the signal that ended it. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> {
    if (!this.ended) {
      const exited = once(this.child, 'exit');
      this.child.kill(signal);
      await exited;
    }
    return this.child.exitCode ?? (this.child.signalCode as NodeJS.Signals);
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

export interface ServerProcess extends Running {
  readonly root: string;
  readonly url: string;
  readonly udpPort: number;
  /** `host:port` of the wire door. */
  readonly wire: string;
  /** `host:port` of the directory. */
  readonly directory: string;
}

/** Settings for a test: free ports, quiet, small pieces so that small files have many. */
const testConfig = {
  http: { port: 0 },
  udp: { port: 0 },
  wire: { port: 0 },
  directory: { port: 0 },
  piece_size: 65_536,
  logging: { level: 'info', output: 'server.log' },
};

/** A folder that a server can start in, removed after the test (after everything that was started later has ended). */
export function serverRoot(t: TestContext, config: object = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'rivulet-e2e-'));
  // Again, when it is not empty after all: a `mkfifo` outlives the peer that was killed. `rmSync` would not look again.
  atEnd(t, () => rm(root, { recursive: true, force: true, maxRetries: 3 }));
  mkdirSync(join(root, 'peers'));
  writeFileSync(join(root, 'config.json'), JSON.stringify({ ...testConfig, ...config }));
  return root;
}

/** Starts a server in `root` and waits until it is ready. */
export async function startServer(t: TestContext, root: string, ...flags: string[]): Promise<ServerProcess> {
  const running = start(t, ['server', '--root', root, ...flags]);
  await running.line(/^ready$/);
  const [, url] = await running.line(/^http (http:\S+)$/);
  const [, udpPort] = await running.line(/^udp \S+:(\d+)$/);
  const [, wire = ''] = await running.line(/^wire (\S+)$/);
  const [, directory = ''] = await running.line(/^directory (\S+)$/);
  return Object.assign(running, { root, url: url as string, udpPort: Number(udpPort), wire, directory });
}

/** Starts a storage peer in `ROOT/peers/ID` and waits until it has registered. */
export async function startPeer(
  t: TestContext,
  server: ServerProcess,
  id: string,
  ...flags: string[]
): Promise<Running> {
  const directory = join(server.root, 'peers', id);
  const peer = start(t, ['peer', id, '--dir', directory, '--server', server.url, ...flags]);
  await peer.line(/^ready$/);
  return peer;
}

/** Starts any command of the program. */
export function start(t: TestContext, args: readonly string[], cwd?: string): Running {
  return startProgram(t, rivulet, args, cwd);
}

/** Starts any program. It has nothing to read, unless `stdin` is to be written to. */
export function startProgram(
  t: TestContext,
  program: string,
  args: readonly string[],
  cwd?: string,
  stdin: 'ignore' | 'pipe' = 'ignore',
): Running {
  const running = new Running(spawn(program, args, { stdio: [stdin, 'pipe', 'pipe'], ...(cwd && { cwd }) }));
  atEnd(t, () => running.end('SIGKILL'));
  return running;
}

const given = new Set<number>();

/**
 * A TCP port that was free a moment ago, for programs that cannot be asked which one they took. Not one of those that
 * the system gives to connections (from 32768 on, usually): it could be taken again before the program is there.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 22_000);
    if (given.has(port)) continue;
    given.add(port);
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch {
      continue; // somebody has it
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** Why tests that need `program` are left out, or false. In CI they are not left out, but fail. */
export function skipWithout(program: string): string | false {
  if (process.env.CI === 'true') return false;
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0 ? false : `there is no ${program} here`;
}

export interface Finished {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs a program to its end. */
export function run(program: string, args: readonly string[], cwd?: string): Promise<Finished> {
  return new Promise((resolve) => {
    const options = { encoding: 'buffer', maxBuffer: 1 << 30, ...(cwd && { cwd }) } as const;
    execFile(program, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr: stderr.toString() });
    });
  });
}

/** `curl -sS`, which must succeed in speaking HTTP; what the status was is the caller's business. */
export function curl(...args: string[]): Promise<Finished> {
  return run('curl', ['-sS', '--max-time', '60', ...args]);
}

/** The JSON that `curl` gets. */
export async function curlJson<Value>(...args: string[]): Promise<Value> {
  const { stdout, stderr } = await curl(...args);
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout.toString()) as Value;
}

/** The status that `curl` gets. */
export async function curlStatus(...args: string[]): Promise<number> {
  const { stdout } = await curl('-o', '/dev/null', '-w', '%{http_code}', ...args);
  return Number(stdout.toString());
}

/** `length` bytes that look random and are the same every time. */
export function someBytes(length: number, seed = 'rivulet'): Buffer {
  const block = Buffer.concat(
    Array.from({ length: 128 }, (_, index) => createHash('sha256').update(`${seed}${index}`).digest()),
  );
  const bytes = Buffer.alloc(length, block);
  // Blocks of 4 KiB that differ, so that no two pieces are alike.
  for (let offset = 0; offset + 4 <= length; offset += 4096) bytes.writeUInt32LE(offset / 4096, offset);
  return bytes;
}
