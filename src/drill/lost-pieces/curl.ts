/** `curl`, as a child process that can be paused in the middle of a download by not reading what it writes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { drillReaper } from '../reaper.ts';
import type { CurlResult } from './judge.ts';
import type { FileRequest } from './requests.ts';

/** The longest time of a transfer, frozen peers included. */
const secondsMax = 60;

/** Whether there is a `curl` to be run. */
export async function hasCurl(): Promise<boolean> {
  const child = spawn('curl', ['--version'], { stdio: 'ignore' });
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code === 0;
  } catch {
    // It could not be started: `once` rejects when 'error' comes.
    return false;
  }
}

export class Curl {
  readonly #child: ChildProcess;
  readonly #output: Readable;
  readonly #closed: Promise<unknown>;
  readonly #chunks: Buffer[] = [];

  /** Starts `curl`, without the user's own settings (`.curlrc`, a proxy). Ends when `signal` is aborted. */
  constructor(url: string, { http, ranges }: FileRequest, signal: AbortSignal) {
    const span = ranges.map(({ start, end }) => `${start}-${end}`).join(',');
    const args = ['-q', '-sS', '-f', '--noproxy', '*', '--max-time', String(secondsMax), `--http${http}`];
    this.#child = spawn('curl', [...args, ...(span === '' ? [] : ['-r', span]), url], {
      stdio: ['ignore', 'pipe', 'ignore'],
      signal,
    });
    drillReaper().watch(this.#child);
    this.#child.on('error', () => {}); // an abort; 'close' follows
    this.#output = this.#child.stdout as Readable;
    this.#closed = new Promise((resolve) => this.#child.once('close', resolve));
  }

  /** Reads until `bytes` have come, or all; then the download is paused. */
  async readSome(bytes: number): Promise<void> {
    let length = 0;
    await new Promise<void>((resolve) => {
      const onData = (chunk: Buffer): void => {
        this.#chunks.push(chunk);
        length += chunk.length;
        if (length < bytes) return;
        this.#output.off('data', onData).pause();
        resolve();
      };
      this.#output.on('data', onData).once('close', resolve);
    });
  }

  /** Reads the rest, and settles when `curl` has ended. */
  async finish(): Promise<CurlResult> {
    this.#output.on('data', (chunk: Buffer) => this.#chunks.push(chunk)).resume();
    await this.#closed;
    return { exitCode: this.#child.exitCode ?? -1, received: Buffer.concat(this.#chunks) };
  }
}
