/**
 * One download of a node, and the requests that wait for it. The download goes on whether a request waits or not; while
 * no peer gives the missing pieces, waiting requests fail instead of being kept.
 */

import type { ClientTorrent } from '../bittorrent/client/client-torrent.ts';
import { DownloadRun } from '../bittorrent/client/download-run.ts';
import type { SwarmClient } from '../bittorrent/client/swarm-client.ts';
import { formatCount } from '../bytes/format.ts';
import { openComplete, type SharedTorrent } from '../io/downloads/shared-torrent.ts';
import type { Log } from '../io/log.ts';
import { HttpError } from '../protocols/http/errors.ts';
import type { TorrentRecord } from '../storage/catalog/torrent-entry.ts';
import { asHttpError } from './failures.ts';

/** The settings of a download. */
export interface NodeDownloadOptions {
  readonly file: TorrentRecord;
  readonly directory: string;
  readonly tiers: readonly (readonly string[])[];
  readonly log: Log;
}

/** A file that has been downloaded. */
interface CompleteDownload {
  readonly shared: SharedTorrent;
  /** Undefined when nothing had to be fetched. */
  readonly torrent: ClientTorrent | undefined;
}

/** A download under way. */
export class NodeDownload {
  readonly file: TorrentRecord;
  /** Settles when the file is complete, under its own name; rejects with the error for the waiting requests. */
  readonly completed: Promise<CompleteDownload>;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  #run: DownloadRun | undefined;
  #discarded = false;
  /** Called with an error when no peer gives the missing pieces. */
  readonly #waiting = new Set<(error: HttpError) => void>();

  constructor(client: SwarmClient, { file, directory, tiers, log }: NodeDownloadOptions) {
    this.file = file;
    this.#log = log;
    const onStarved = (starved: boolean): void => this.#onStarved(starved);
    const options = { file, directory, tiers, log, overwrite: false, signal: this.#stopping.signal };
    this.completed = this.#download(client, { ...options, events: { onStarved } });
    this.completed.catch((error: Error) =>
      log.warn('swarm', 'a download has ended', { name: file.name, reason: error.message }),
    );
  }

  /** The torrent in the swarm; undefined until the missing pieces are known. */
  get torrent(): ClientTorrent | undefined {
    return this.#run?.torrent;
  }

  /** Settles when the file is complete. Throws HttpError; 503 when no peer gives the missing pieces. */
  async settled(): Promise<TorrentRecord> {
    if (this.torrent?.starved) throw this.#noSource();
    let tell = (_: HttpError): void => {};
    const starved = new Promise<never>((_, reject) => {
      tell = reject;
    });
    this.#waiting.add(tell);
    try {
      await Promise.race([this.completed, starved]);
      return this.file;
    } finally {
      this.#waiting.delete(tell);
    }
  }

  /** Stops the download, so that it can be resumed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#run?.stop();
    await this.completed.catch(() => {}); // the error was logged already
  }

  /** Ends the download and removes its bytes. */
  async discard(): Promise<void> {
    this.#discarded = true; // while it is being opened there is nothing yet that could be removed
    await this.#run?.discard();
    await this.completed.catch(() => {}); // the error was logged already
  }

  async #download(client: SwarmClient, options: Parameters<typeof DownloadRun.start>[1]): Promise<CompleteDownload> {
    try {
      const run = await DownloadRun.start(client, options);
      this.#run = run;
      this.#stopping.signal.throwIfAborted(); // `stop` did not see it
      if (this.#discarded) await run.discard(); // nor did `discard`
      const origin = await run.finished;
      const shared = await openComplete({ path: origin.path, file: this.file, origin });
      const { have } = run.torrent ?? {};
      if (have !== undefined) run.torrent?.moveTo({ have, read: (pieceIndex, into) => shared.read(pieceIndex, into) });
      this.#log.info('swarm', 'a download is whole', { name: this.file.name, path: origin.path });
      return { shared, torrent: run.torrent };
    } catch (error) {
      await this.#run?.stop();
      if (this.#discarded) throw new HttpError(409, 'removed', `${this.file.name} was removed from this node`);
      if (this.#stopping.signal.aborted) throw new HttpError(503, 'stopping', 'the node stops; it goes on later');
      throw asHttpError(error);
    }
  }

  #onStarved(starved: boolean): void {
    const { name } = this.file;
    if (!starved) this.#log.info('swarm', 'there is a source again', { name });
    if (!starved) return;
    const error = this.#noSource();
    this.#log.warn('swarm', error.message, { name });
    for (const tell of this.#waiting) tell(error);
  }

  /** The number of pieces that no peer has; when peers claim to have all, of those that are not here. */
  #missing(): string {
    const { unreachable = [], have } = this.torrent ?? {};
    return formatCount(unreachable.length || (have?.size ?? 0) - (have?.count ?? 0), 'piece');
  }

  #noSource(): HttpError {
    const message = `no peer gives ${this.#missing()} of ${this.file.name}; the download goes on when one does`;
    return new HttpError(503, 'no-source', message, { headers: [['Retry-After', '10']] });
  }
}
