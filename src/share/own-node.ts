/**
 * `--node`: a swarm node that goes along with a user of the directory. What is registered is shared as a torrent too,
 * under the id that it has everywhere; what is unregistered no more. The node is a process of its own, spoken to by its
 * HTTP API, and ends with us.
 */
import type { ChildProcess } from 'node:child_process';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { CommandError, exitCode } from '../cli/exit.ts';
import { endProgram, startProgram } from '../io/child-programs.ts';
import { type ClientResponse, type HttpCallOptions, httpCall } from '../io/net/http-client.ts';
import { parseJson, parseNodeFile } from '../protocols/api/read.ts';
import { problemDetail } from '../protocols/http/content/problem.ts';

export interface OwnNodeOptions {
  /** The server's HTTP address. */
  readonly server: string;
  /** Where the node keeps what it remembers. */
  readonly directory: string;
  /** Where peers reach it. */
  readonly host: string;
  readonly say: (message: string) => void;
}

/** A node saves what it has to before it ends. */
const endWaitMs = 10_000;
/** The longest silence of the node: it reads the whole of a file before it answers. */
const timeoutMs = 3_600_000;

export class OwnNode {
  readonly #child: ChildProcess;
  readonly #url: string;
  readonly #say: (message: string) => void;
  /** The ids of what is shared, by path. */
  readonly #ids = new Map<string, string>();
  /** One thing after the other: a path may be registered and unregistered at once. */
  #work: Promise<void> = Promise.resolve();

  /** Settles when it is ready. Fails with a CommandError. */
  static async start({ server, directory, host, say }: OwnNodeOptions): Promise<OwnNode> {
    const child = startProgram(['node', '--server', server, '--dir', directory, '--host', host], { tied: true });
    let url = '';
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      if (line.startsWith('http ')) url = line.slice('http '.length);
      if (line === 'ready') return new OwnNode(child, url, say);
    }
    throw new CommandError(exitCode.failure, 'the swarm node did not start; see above why');
  }

  private constructor(child: ChildProcess, url: string, say: (message: string) => void) {
    this.#child = child;
    this.#url = url;
    this.#say = say;
    child.stdout?.resume();
    child.once('exit', () => say('the swarm node has ended'));
  }

  /** Shares the file at `path`, when its turn comes. What comes of it is said. */
  share(path: string): void {
    this.#enqueue(async () => {
      const { status, body } = await this.#call('/upload', { method: 'POST', body: JSON.stringify({ name: path }) });
      const json = parseJson(body.toString());
      const hash = parseNodeFile(json)?.hash;
      if (status >= 300 || hash === undefined) throw new Error(`${path} is not in the swarm: ${problemDetail(json)}`);
      this.#ids.set(path, hash);
      this.#say(`${path} is in the swarm as ${hash}`);
    });
  }

  /** Shares it no longer, when its turn comes. */
  unshare(path: string): void {
    this.#enqueue(async () => {
      const hash = this.#ids.get(path);
      this.#ids.delete(path);
      if (hash === undefined) return;
      const { status } = await this.#call(`/files/${encodeURIComponent(basename(path))}?hash=${hash}`, {
        method: 'DELETE',
      });
      // 404: it has changed, so the node had let go of it.
      if (status >= 300 && status !== 404) throw new Error(`${path} is still in the swarm (${status})`);
    });
  }

  /** Settles when the node has ended. */
  async stop(): Promise<void> {
    this.#child.removeAllListeners('exit');
    await endProgram(this.#child, endWaitMs);
  }

  #call(path: string, options: Pick<HttpCallOptions, 'method' | 'body'>): Promise<ClientResponse<Buffer>> {
    return httpCall(new URL(path, this.#url), { ...options, timeoutMs });
  }

  #enqueue(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: Error) => this.#say(error.message));
  }
}
