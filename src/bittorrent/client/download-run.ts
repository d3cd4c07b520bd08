/**
 * Downloads one torrent into a folder by a client: what an earlier run left is taken up, doubtful pieces are read again
 * meanwhile, and at the end the file has its own name.
 *
 *     const run = await DownloadRun.start(client, { file, directory, tiers, ... });
 *     const { path } = await run.finished;      or await run.stop(): it can be taken up again
 */
import type { Download } from '../../io/downloads/download.ts';
import { type DownloadOptions, openDownload } from '../../io/downloads/open-download.ts';
import type { Origin } from '../../io/downloads/shared-torrent.ts';
import type { ClientTorrent, TorrentEvents, TorrentSource } from './client-torrent.ts';
import type { SwarmClient } from './swarm-client.ts';

export interface DownloadRunOptions
  extends Omit<DownloadOptions, 'file'>,
    Pick<TorrentSource, 'file' | 'tiers' | 'peers'> {
  readonly events?: Omit<TorrentEvents, 'onComplete' | 'onFailure'>;
}

export class DownloadRun {
  readonly #client: SwarmClient;
  readonly #download: Download | undefined;
  #torrent: ClientTorrent | undefined;
  #stopped = false;
  #ending = false;
  /** Settles with the place of the complete file; rejects when it cannot be kept, or when the download was stopped. */
  readonly finished: Promise<Origin>;
  #finish!: (origin: Origin) => void;
  #fail!: (error: unknown) => void;

  /** Settles once it is known what is there. Rejects with DownloadError, or with the reason of `signal`. */
  static async start(client: SwarmClient, options: DownloadRunOptions): Promise<DownloadRun> {
    const opened = await openDownload(options);
    if (opened.kind === 'there') {
      const run = new DownloadRun(client, undefined);
      run.#finish(opened.origin);
      return run;
    }
    const run = new DownloadRun(client, opened.download);
    try {
      await run.#begin(opened.download, options);
      options.signal?.throwIfAborted();
      return run;
    } catch (error) {
      await run.stop(); // nobody else can
      throw error;
    }
  }

  private constructor(client: SwarmClient, download: Download | undefined) {
    this.#client = client;
    this.#download = download;
    this.finished = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
    this.finished.catch(() => {}); // those that wait are told; nobody has to wait
  }

  /** The torrent at the client; undefined where nothing was missing. */
  get torrent(): ClientTorrent | undefined {
    return this.#torrent;
  }

  /** Ends the download so that it can be taken up again. Trackers are told. */
  async stop(): Promise<void> {
    await this.#leave();
    await this.#download?.close();
  }

  /** Ends the download for good: nothing of it is left. */
  async discard(): Promise<void> {
    await this.#leave();
    await this.#download?.discard();
  }

  async #leave(): Promise<void> {
    const first = !this.#stopped;
    this.#stopped = true;
    if (this.#torrent !== undefined && first) await this.#client.remove(this.#torrent);
    this.#fail(new Error('the download was stopped'));
  }

  async #begin(download: Download, { file, tiers, peers, events, signal }: DownloadRunOptions): Promise<void> {
    // Without a single missing piece nobody needs to be asked, unless one turns out to be missing.
    if (download.have.full) await this.#recheck(download, signal);
    signal?.throwIfAborted();
    if (download.have.full) return await this.#end(download);
    this.#torrent = this.#client.add({
      file,
      pieces: download,
      tiers,
      ...(peers && { peers }),
      events: {
        ...events,
        onComplete: () => void this.#endIfSure(download),
        onFailure: (error) => this.#fail(error),
      },
    });
    void this.#recheck(download).then(() => this.#endIfSure(download), this.#fail);
  }

  /** Reads again the doubtful pieces: those of files that were written to after they were made durable. */
  async #recheck(download: Download, signal?: AbortSignal): Promise<void> {
    for (const pieceIndex of [...download.unsure]) {
      if (this.#stopped || signal?.aborted) return;
      if (!(await download.recheck(pieceIndex))) this.#torrent?.lost(pieceIndex);
    }
  }

  async #endIfSure(download: Download): Promise<void> {
    if (this.#stopped || this.#ending || !download.have.full || download.unsure.size > 0) return;
    await this.#end(download);
  }

  async #end(download: Download): Promise<void> {
    this.#ending = true;
    try {
      if (this.#torrent !== undefined) this.#client.complete(this.#torrent);
      this.#finish(await download.finish());
    } catch (error) {
      this.#fail(error);
    }
  }
}
