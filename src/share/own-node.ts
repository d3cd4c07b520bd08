/**
 * `--node`: a swarm node for a user of the directory. A file that is registered is shared as a torrent too, under the
 * id that it has everywhere, until it is unregistered. The node is a process of its own, is controlled by its HTTP API,
 * and ends with this program.
 */
import type { ChildProcess } from 'node:child_process';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Mutex } from '../async/mutex.ts';
import { CommandError, exitCode } from '../cli/exit.ts';
import { endProgram, startProgram } from '../io/child-programs.ts';
import { openToken } from '../io/files/token-file.ts';
import { type ClientResponse, type HttpCallOptions, httpCall } from '../io/net/http-client.ts';
import { parseJson, parseNodeFile } from '../protocols/api/read.ts';
import { problemDetail } from '../protocols/http/content/problem.ts';

/** The settings of the node. */
export interface OwnNodeOptions {
  /** The server's HTTP address. */
  readonly server: string;
  /** The node's state folder. */
  readonly directory: string;
  /** The address at which peers reach the node. */
  readonly host: string;
  readonly say: (message: string) => void;
}

/** The time that the node has to save its state before it is killed. */
const endWaitMs = 10_000;
/** The longest silence of the node, which reads a whole file before it responds. */
const timeoutMs = 3_600_000;

/** A node in a process of its own. */
export class OwnNode {
  readonly #child: ChildProcess;
  readonly #url: string;
  /** Shown with every call: a system where the caller's user cannot be seen needs it. */
  readonly #token: string;
  readonly #say: (message: string) => void;
  /** The ids of the shared files, by path. */
  readonly #ids = new Map<string, string>();
  /** Calls run one after the other: a path may be registered and unregistered at once. */
  readonly #calls = new Mutex();

  /** Starts the node, and settles when it is ready. Fails with a CommandError. */
  static async start({ server, directory, host, say }: OwnNodeOptions): Promise<OwnNode> {
    const child = startProgram(['node', '--server', server, '--dir', directory, '--host', host], { tied: true });
    let url = '';
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      if (line.startsWith('http ')) url = line.slice('http '.length);
      if (line === 'ready') return new OwnNode(child, { url, token: await ownToken(directory) }, say);
    }
    throw new CommandError(exitCode.failure, 'the swarm node did not start; see above why');
  }

  private constructor(
    child: ChildProcess,
    { url, token }: { url: string; token: string },
    say: (message: string) => void,
  ) {
    this.#child = child;
    this.#url = url;
    this.#token = token;
    this.#say = say;
    child.stdout?.resume();
    child.once('exit', () => say('the swarm node has ended'));
  }

  /** Shares the file at `path` when its turn comes, and says the result. */
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

  /** Stops sharing the file at `path`, when its turn comes. */
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
    const headers = [['Authorization', `Bearer ${this.#token}`]] as const;
    return httpCall(new URL(path, this.#url), { ...options, headers, timeoutMs });
  }

  #enqueue(work: () => Promise<void>): void {
    this.#calls.run(work).catch((error: Error) => this.#say(error.message));
  }
}

/** The token of the node in `directory`, which made it before it was ready. */
function ownToken(directory: string): Promise<string> {
  return openToken(join(directory, '.rivulet-node', 'token'));
}
