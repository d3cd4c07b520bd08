/** The torrents of a client, found by their ids and by their info-hashes. */
import type { TorrentId } from '../../bytes/ids.ts';
import { infoHashV2 } from '../../protocols/metainfo/write-v2.ts';
import { wireTorrent } from '../peers/make-torrent.ts';
import type { WireTorrent } from '../peers/torrent.ts';
import type { Announcer } from './announce/announcer.ts';
import type { ClientTorrent } from './client-torrent.ts';

/** A torrent, and what keeps it announced. */
export interface Member {
  readonly torrent: ClientTorrent;
  readonly announcer: Announcer;
}

export class Members {
  readonly #members = new Map<TorrentId, Member>();
  /** By v2 info-hash, cut to 40 hex digits as on the wire (BEP 52, "infohash"). */
  readonly #byHashV2 = new Map<string, ClientTorrent>();

  [Symbol.iterator](): IterableIterator<Member> {
    return this.#members.values();
  }

  *torrents(): Generator<ClientTorrent> {
    for (const { torrent } of this.#members.values()) yield torrent;
  }

  get(id: TorrentId): Member | undefined {
    return this.#members.get(id);
  }

  /** The member that `torrent` is, or its like under the same id. Throws when there is none. */
  of({ record: { id } }: ClientTorrent): Member {
    const member = this.#members.get(id);
    if (member === undefined) throw new Error(`${id} is not here`);
    return member;
  }

  /** The torrent as it is seen under `infoHash`, 20 bytes. */
  byInfoHash(infoHash: Buffer): WireTorrent | undefined {
    const hash = infoHash.toString('hex');
    const byId = this.#members.get(hash as TorrentId)?.torrent;
    if (byId !== undefined) return byId.torrent;
    const byHashV2 = this.#byHashV2.get(hash);
    return byHashV2 && wireTorrent(byHashV2, infoHash);
  }

  add(member: Member): void {
    const { torrent } = member;
    this.#members.set(torrent.record.id, member);
    const hashV2 = hashV2Of(torrent);
    if (hashV2 !== undefined) this.#byHashV2.set(hashV2, torrent);
  }

  remove(torrent: ClientTorrent): void {
    this.#members.delete(torrent.record.id);
    const hashV2 = hashV2Of(torrent);
    if (hashV2 !== undefined && this.#byHashV2.get(hashV2) === torrent) this.#byHashV2.delete(hashV2);
  }
}

function hashV2Of({ record }: ClientTorrent): string | undefined {
  return infoHashV2(record)?.slice(0, 40);
}
