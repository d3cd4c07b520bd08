/**
 * Wire peers as holders: what they say they have is in the catalog while they are connected, and can be fetched like
 * anything else. Nothing of it counts as safe: they come and go as they please.
 */
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import type { Catalog } from '../../storage/catalog/catalog.ts';
import { type Holder, HolderError, isWireHolder } from '../../storage/holders/holder.ts';
import type { WireConnection } from '../peers/connection.ts';
import type { PeerRequests } from '../peers/context.ts';
import type { WirePeers } from '../peers/listener.ts';
import { Downloads } from './downloads.ts';

export class WireHolder implements Holder {
  readonly id: PeerId;
  readonly kind = 'wire';
  readonly connection: WireConnection;
  readonly downloads: Downloads;

  constructor(connection: WireConnection) {
    const { remoteAddress, remotePort, session } = connection;
    this.downloads = new Downloads({ session, send: (message) => connection.send(message) });
    this.id = (
      remoteAddress.includes(':') ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`
    ) as PeerId;
    this.connection = connection;
  }

  get stalled(): boolean {
    return this.downloads.stalled;
  }

  async getPiece(file: TorrentId, part: number, into: Uint8Array, onStall?: () => void): Promise<void> {
    const { torrent } = this.connection;
    if (torrent.entry.record.id !== file) throw new HolderError('not-found', `${this.id} is here for another file`);
    await this.downloads.piece(part, into, onStall);
  }
}

export class WireHolders implements WirePeers {
  readonly #catalog: Catalog;
  readonly #holders = new Map<WireConnection, WireHolder>();
  readonly #byId = new Map<PeerId, WireHolder>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  get(id: PeerId): WireHolder | undefined {
    return this.#byId.get(id);
  }

  /** All that are connected, also those that have nothing yet; in the order in which they came. */
  all(): IterableIterator<WireHolder> {
    return this.#byId.values();
  }

  /** A peer has shaken hands. */
  onOpen(connection: WireConnection): PeerRequests {
    const holder = new WireHolder(connection);
    this.#holders.set(connection, holder);
    this.#byId.set(holder.id, holder);
    this.#catalog.touched();
    return holder.downloads;
  }

  /** A peer has gained piece `index`; undefined: it has said all that it has. */
  onHave(connection: WireConnection, index: number | undefined): void {
    const holder = this.#holders.get(connection);
    if (holder === undefined) throw new Error('a peer that did not shake hands');
    const { entry } = connection.torrent;
    for (const part of index === undefined ? connection.session.pieces : [index]) entry.addPiece(holder.id, part, true);
    this.#catalog.touched();
  }

  onClose(connection: WireConnection): void {
    const holder = this.#holders.get(connection);
    if (holder === undefined) return;
    this.#holders.delete(connection);
    this.#byId.delete(holder.id);
    connection.torrent.entry.removeHolder(holder.id);
    this.#catalog.touched();
  }

  /** A peer gave bytes that do not hash: nothing more is taken from it. False when it is no wire peer. */
  dismiss(id: PeerId): boolean {
    this.#byId.get(id)?.connection.close('it gave bytes that do not hash');
    return isWireHolder(id);
  }
}
