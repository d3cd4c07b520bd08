/**
 * For tests: a download whose peers (`remote.testing.ts`), disk and time are played by the test. A buffer that is given
 * back twice fails it.
 */
import assert from 'node:assert/strict';
import type { Bitfield } from '../../bytes/bitfield.ts';
import { BufferPool } from '../../bytes/buffer-pool.ts';
import { pieceSize } from '../../protocols/metainfo/types.ts';
import { wireLimits } from '../../protocols/wire/types.ts';
import type { TorrentRecord } from '../../storage/catalog/torrent-entry.ts';
import type { LentPiece } from '../../storage/fetch/fetch-piece.ts';
import { recordOf, someBytes } from '../../storage/swarm.testing.ts';
import { Downloader } from './download/downloader.ts';
import { bitfieldOf, seededRandom } from './picker.testing.ts';
import { Remote, type RemoteOptions, settled } from './played-peer.testing.ts';

const { blockBytes } = wireLimits;

/** Knows which buffers are out, and spoils what comes back: whoever still uses it will be found out. */
export class CountingPool extends BufferPool {
  readonly out = new Set<Uint8Array>();

  override take(size: number): Uint8Array {
    const buffer = super.take(size);
    this.out.add(buffer);
    return buffer;
  }

  override give(buffer: Uint8Array): void {
    assert.ok(this.out.delete(buffer), 'what is given back was taken, and not given back before');
    buffer.fill(0xee);
    super.give(buffer);
  }
}

/** A write that the disk has not finished. */
export interface PendingWrite {
  readonly index: number;
  readonly finish: () => void;
  readonly fail: (error: Error) => void;
}

export interface SwarmOptions {
  readonly pieces?: number;
  /** Blocks of each piece but the last, which has a byte less. */
  readonly blocks?: number;
  readonly have?: Iterable<number>;
  /** Whether the test finishes writes itself. */
  readonly slowDisk?: boolean;
  readonly keep?: (index: number, piece: LentPiece) => boolean;
  readonly seed?: number;
}

export class TestSwarm {
  readonly content: Buffer;
  readonly file: TorrentRecord;
  readonly have: Bitfield;
  /** The bytes that were written. */
  readonly disk: Buffer;
  readonly pool = new CountingPool(1 << 26);
  readonly downloader: Downloader;
  readonly remotes: Remote[] = [];
  readonly writes: PendingWrite[] = [];
  /** The events of the downloader, in order: `piece 3`, `whole`, `liar NAME`, `failure TEXT`. */
  readonly events: string[] = [];

  constructor({ pieces = 6, blocks = 2, have = [], slowDisk = false, keep, seed = 1 }: SwarmOptions = {}) {
    const pieceLength = blocks * blockBytes;
    // Over and over again, of a length that makes no two pieces alike: to make up so many bytes takes long.
    this.content = Buffer.alloc(pieces * pieceLength - 1, someBytes(100_003));
    this.file = recordOf('a.bin', this.content, pieceLength);
    this.have = bitfieldOf(pieces, have);
    this.disk = Buffer.alloc(this.content.length);
    for (const index of have) this.bytesOf(index).copy(this.disk, index * pieceLength);
    this.downloader = new Downloader({
      file: this.file,
      have: this.have,
      write: async (index, bytes) => {
        if (slowDisk)
          await new Promise<void>((finish, fail) => this.writes.push({ index, finish: () => finish(), fail }));
        this.disk.set(bytes, index * pieceLength);
        this.have.add(index);
      },
      keep,
      pool: this.pool,
      random: seededRandom(seed),
      events: {
        onPiece: (index) => this.events.push(`piece ${index}`),
        onComplete: () => this.events.push('whole'),
        onFailure: (error) => this.events.push(`failure ${(error as Error).message}`),
      },
    });
  }

  /** The right bytes of a piece. */
  bytesOf(index: number): Buffer {
    const start = index * this.file.pieceLength;
    return this.content.subarray(start, start + pieceSize(this.file, index));
  }

  /** A peer comes, and says what it has. */
  join(name: string, options: RemoteOptions = {}): Remote {
    const remote = new Remote(this, name, options);
    this.remotes.push(remote);
    remote.arrive();
    return remote;
  }

  /** Lets seconds pass; connections that were closed meanwhile end. */
  pass(seconds: number): void {
    for (let second = 0; second < seconds; second += 1) {
      for (const remote of this.remotes) if (!remote.gone) remote.peer.tick(1000);
      this.endClosed();
    }
  }

  endClosed(): void {
    for (const remote of this.remotes) if (remote.closed !== undefined && !remote.gone) remote.leaves();
  }

  /** Everything that a download leaves behind when it ends: the memory that it took. */
  async end(): Promise<void> {
    this.downloader.stop();
    for (const { finish } of this.writes) finish();
    await settled();
    assert.equal(this.pool.out.size, 0, 'all buffers are given back');
  }

  /** All of it was fetched. */
  async endWhole(): Promise<void> {
    await settled();
    assert.ok(this.have.full, `${this.have.count} of ${this.have.size} pieces came`);
    assert.ok(this.disk.equals(this.content), 'what was written is what it should be');
    assert.equal(this.events.at(-1), 'whole');
    assert.equal(this.pool.out.size, 0, 'nothing is under way any more');
    await this.end();
  }

  onBadPeer(peer: Remote): void {
    this.events.push(`liar ${peer.name}`);
    peer.connection.close('it lied');
  }
}
