/**
 * The ways in which pieces get lost while they are being downloaded: on the disks of all holders, or together with the
 * holders.
 */
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileView } from '../../protocols/api/types.ts';
import { bytesOf, type Content, getJson, remove, upload } from '../client.ts';
import { copiesOf, flipBit, pathsOf } from '../copies.ts';
import type { DrillContext } from '../drill.ts';
import { untilNone, untilPeersAreBack } from '../patience.ts';
import type { PeerProgram, Processes, ServerProgram } from '../processes.ts';
import { below, type Random } from '../random.ts';
import { Curl } from './curl.ts';
import { someRequest } from './requests.ts';
import type { Tally } from './tally.ts';

/** The ways to lose a piece on every holder's disk. */
export type DiskLoss = 'altered' | 'cut short';
/** The ways to lose every holder. */
export type PeerLoss = 'killed' | 'frozen';

/** The size of a file: so small that it is uploaded in no time; a dozen pieces or more. */
const smallBytes = 768 * 1024;
/** The size of a large file: more than the server reads ahead and the kernel takes in for a client that is paused. */
const largeBytes = 24 * 1024 * 1024;
const downloadsAtOnce = 4;
const patienceMs = 20_000;

export class Losses {
  readonly #server: ServerProgram;
  readonly #peers: readonly PeerProgram[];
  readonly #tally: Tally;
  readonly #signal: AbortSignal;
  readonly #random: Random;
  #files = 0;
  #large: { readonly id: string; readonly bytes: Buffer } | undefined;

  static async open({ random, signal }: DrillContext, processes: Processes, tally: Tally): Promise<Losses> {
    const server = await processes.startServer({ replicas: 2 });
    const peers = await Promise.all(['p1', 'p2'].map((id) => processes.startPeer(server, id)));
    return new Losses({ server, peers, tally, signal, random });
  }

  private constructor(parts: {
    readonly server: ServerProgram;
    readonly peers: readonly PeerProgram[];
    readonly tally: Tally;
    readonly signal: AbortSignal;
    readonly random: Random;
  }) {
    this.#server = parts.server;
    this.#peers = parts.peers;
    this.#tally = parts.tally;
    this.#signal = parts.signal;
    this.#random = parts.random;
  }

  /** Spoils one piece in the last three quarters of a file on every disk, behind everybody's back. */
  async onDisk(loss: DiskLoss): Promise<void> {
    const { id, bytes } = await this.#upload(smallBytes + below(this.#random, smallBytes));
    await this.#spoil(loss, id);
    const request = someRequest(this.#random, bytes.length);
    const curl = new Curl(this.#urlOf(id), request, this.#signal);
    this.#tally.add(loss, request, bytes, await curl.finish());
    await remove(this.#server.url, id);
  }

  async #spoil(loss: DiskLoss, id: string): Promise<void> {
    const copies = await copiesOf(id, this.#peers);
    const quarter = Math.ceil(copies.size / 4);
    const part = quarter + below(this.#random, copies.size - quarter);
    for (const copy of copies.get(part) ?? []) {
      if (loss === 'altered') await flipBit(copy, this.#random);
      else await truncate(copy.dataPath, copy.offset + below(this.#random, copy.size));
    }
  }

  /** Begins several downloads at once, paused near their beginning until both peers are gone. */
  async ofPeers(loss: PeerLoss): Promise<void> {
    this.#large ??= await this.#upload(largeBytes);
    const { id, bytes } = this.#large;
    const downloads = Array.from({ length: downloadsAtOnce }, () => {
      const request = someRequest(this.#random, bytes.length);
      return { request, curl: new Curl(this.#urlOf(id), request, this.#signal) };
    });
    await Promise.all(downloads.map(({ curl }) => curl.readSome(1 + below(this.#random, bytes.length / 8))));
    if (loss === 'killed') await Promise.all(this.#peers.map((peer) => peer.kill()));
    else for (const peer of this.#peers) peer.freeze();
    await Promise.all(
      downloads.map(async ({ request, curl }) => this.#tally.add(loss, request, bytes, await curl.finish())),
    );
    await this.#bringBack(loss, id);
  }

  async #bringBack(loss: PeerLoss, id: string): Promise<void> {
    if (loss === 'killed') await Promise.all(this.#peers.map((peer) => peer.start()));
    else for (const peer of this.#peers) peer.thaw();
    const patience = { signal: this.#signal, patienceMs };
    const away = await untilPeersAreBack(this.#server, this.#peers, patience);
    for (const fault of away) this.#tally.fail(fault);
    const { state } = await getJson<FileView>(this.#server.url, `/file?id=${id}`);
    if (state !== 'available') this.#tally.fail(`the peers are back, and the file is ${state}`);
  }

  /** Settles when the file is on the peers and nowhere else. */
  async #upload(length: number): Promise<{ readonly id: string; readonly bytes: Buffer }> {
    this.#files += 1;
    const seed = `${this.#files}-${below(this.#random, 2 ** 32)}`;
    const content: Content = { name: `${seed}.bin`, seed, length };
    const outcome = await upload(this.#server.url, [content], 'raw');
    const id = outcome.kind === 'done' ? outcome.value[0]?.id : undefined;
    if (id === undefined) throw new Error(`the upload of ${content.name}: ${JSON.stringify(outcome)}`);
    const temp = join(this.#server.root, 'temp/pieces');
    const left = await untilNone({ signal: this.#signal, patienceMs }, () => pathsOf([temp], id));
    if (left.length > 0) throw new Error(`the temporary copy is not let go of: ${left[0]}`);
    return { id, bytes: bytesOf(content) };
  }

  #urlOf(id: string): string {
    return `${this.#server.url}/download?file=${id}`;
  }
}
