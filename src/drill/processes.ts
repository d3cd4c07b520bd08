/**
 * The server and the peers that a drill plays with: the real programs, as processes, in a scratch folder, on free
 * ports. Owns their lives: they are killed, frozen and started again as a drill wants, and none outlives it. Knows no
 * fault and no check.
 *
 *     await withProcesses(context, async (processes) => {
 *       const server = await processes.startServer({ replicas: 2 });
 *       const peer = await processes.startPeer(server, 'p1');
 *       await peer.kill();
 *       await peer.start();
 *     });
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DrillContext } from './drill.ts';
import { Program } from './process.ts';

/** The settings of a drill's server: free ports, and pieces so small that small files have many. */
export const drillConfig = {
  http: { port: 0 },
  udp: { port: 0 },
  wire: { port: 0 },
  directory: { port: 0 },
  piece_size: 65_536,
  logging: { level: 'info', output: 'server.log' },
};

/** Gives `use` processes of its own, run by Node with `nodeFlags`, and ends them whatever happens. */
export async function withProcesses<Result>(
  { directory, signal }: Pick<DrillContext, 'directory' | 'signal'>,
  use: (processes: Processes) => Promise<Result>,
  nodeFlags: readonly string[] = [],
): Promise<Result> {
  signal.throwIfAborted();
  const processes = new Processes(directory, signal, nodeFlags);
  const killAll = (): void => processes.killAll();
  // Also when this process is made to exit at once, by a second Ctrl-C or a fault of ours.
  process.on('exit', killAll);
  signal.addEventListener('abort', killAll);
  try {
    return await use(processes);
  } finally {
    await processes.end();
    signal.removeEventListener('abort', killAll);
    process.off('exit', killAll);
  }
}

export class Processes {
  readonly #directory: string;
  readonly #stop: AbortSignal;
  readonly #nodeFlags: readonly string[];
  readonly #programs: Program[] = [];

  /** Runs processes in `directory`, which becomes the server's root. */
  constructor(directory: string, stop: AbortSignal, nodeFlags: readonly string[] = []) {
    this.#directory = directory;
    this.#stop = stop;
    this.#nodeFlags = nodeFlags;
  }

  /** Starts a server that has the settings of `config`, and waits until it is ready. One for each `Processes`. */
  async startServer(config: object = {}, ...flags: string[]): Promise<ServerProgram> {
    const root = this.#directory;
    await mkdir(join(root, 'peers'), { recursive: true });
    await writeFile(join(root, 'config.json'), JSON.stringify({ ...drillConfig, ...config }));
    return await this.#started(new ServerProgram(root, flags, this.#stop));
  }

  /** Starts a storage peer in `ROOT/peers/ID`, and waits until it has registered. */
  async startPeer(server: ServerProgram, id: string, ...flags: string[]): Promise<PeerProgram> {
    return await this.#started(new PeerProgram(server, id, flags, this.#stop));
  }

  /** Kills all processes on the spot, without waiting. */
  killAll(): void {
    for (const program of this.#programs) program.signal('SIGKILL');
  }

  /** Kills all processes, and settles when they are gone. */
  async end(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.kill()));
  }

  async #started<One extends Program>(program: One): Promise<One> {
    this.#programs.push(program);
    program.nodeFlags = this.#nodeFlags;
    await program.start();
    return program;
  }
}

export class ServerProgram extends Program {
  readonly root: string;
  #url: string | undefined;

  constructor(root: string, flags: readonly string[], stop: AbortSignal) {
    super(['server', '--root', root, ...flags], stop);
    this.root = root;
  }

  /** The server's URL, `http://127.0.0.1:PORT`, the same after each start: peers and clients know it by that. */
  get url(): string {
    if (this.#url === undefined) throw new Error('a server that has never been ready has no address');
    return this.#url;
  }

  override async start(): Promise<void> {
    // The port that the system chose the first time.
    await super.start(this.#url === undefined ? [] : ['--port', new URL(this.#url).port]);
    this.#url ??= this.lines.find((line) => line.startsWith('http '))?.slice('http '.length);
  }
}

export class PeerProgram extends Program {
  readonly id: string;
  /** The peer's folder, with its pieces and its FIFOs. */
  readonly directory: string;

  constructor(server: ServerProgram, id: string, flags: readonly string[], stop: AbortSignal) {
    const directory = join(server.root, 'peers', id);
    super(['peer', id, '--dir', directory, '--server', server.url, ...flags], stop);
    this.id = id;
    this.directory = directory;
  }
}
