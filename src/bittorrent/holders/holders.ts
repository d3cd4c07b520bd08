/**
 * Wire peers as holders: what they say they have is in the catalog while they are connected, and can be fetched like
 * anything else. Nothing of it counts as safe: they come and go as they please.
 */
import { formatEndpoint } from '../../bytes/endpoint.ts';
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import type { TorrentEntry } from '../../storage/catalog/torrent-entry.ts';
import { type Holder, HolderError, isWireHolder } from '../../storage/holders/holder.ts';
import type { WireConnection } from '../peers/connection.ts';
import type { PeerRequests } from '../peers/context.ts';
import { Downloads } from './downloads.ts';

/** One wire peer: what it has, and the pieces that are fetched from it. */
export class WireHolder extends Downloads implements Holder, PeerRequests {
  readonly id: PeerId;
  readonly kind = 'wire';
  readonly connection: WireConnection;
  readonly #entry: TorrentEntry;
  readonly #holders: WireHolders;

  constructor(connection: WireConnection, entry: TorrentEntry, holders: WireHolders) {
    super({ session: connection.session, send: (message) => connection.send(message) });
    this.id = formatEndpoint(connection.remote) as PeerId;
    this.connection = connection;
    this.#entry = entry;
    this.#holders = holders;
  }

  async getPiece(file: TorrentId, pieceIndex: number, into: Uint8Array, onStall?: () => void): Promise<void> {
    if (this.#entry.record.id !== file) throw new HolderError('not-found', `${this.id} is here for another file`);
    await this.piece(pieceIndex, into, onStall);
  }

  /** The peer has gained a piece; undefined: it has said all that it has. */
  onHave(gained: number | undefined): void {
    const pieces = gained === undefined ? this.connection.session.pieces : [gained];
    for (const pieceIndex of pieces) this.#entry.addPiece(this.id, pieceIndex, 'wire');
  }

  override onClose(reason: string): void {
    super.onClose(reason);
    this.#entry.removeHolder(this.id);
    this.#holders.forget(this);
  }
}

/** The wire peers that are connected, by the names that they have as holders. */
export class WireHolders {
  readonly #byId = new Map<PeerId, WireHolder>();

  get(id: PeerId): WireHolder | undefined {
    return this.#byId.get(id);
  }

  /** All that are connected, also those that have nothing yet; in the order in which they came. */
  all(): IterableIterator<WireHolder> {
    return this.#byId.values();
  }

  /** A peer of `entry` has shaken hands: it is a holder until its connection is over. */
  open(connection: WireConnection, entry: TorrentEntry): WireHolder {
    const holder = new WireHolder(connection, entry, this);
    this.#byId.set(holder.id, holder);
    return holder;
  }

  /** A connection is over. */
  forget({ id }: WireHolder): void {
    this.#byId.delete(id);
  }

  /** Closes the connection with a peer that gave bytes that do not hash. False when `id` is no wire peer's. */
  dismiss(id: PeerId): boolean {
    this.#byId.get(id)?.connection.close('it gave bytes that do not hash');
    return isWireHolder(id);
  }
}
