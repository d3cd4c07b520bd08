/** From the node's torrents to the views of its API (`protocols/api/node-types.ts`). */
import type { ClientTorrent } from '../bittorrent/client/client-torrent.ts';
import type { WireConnection } from '../bittorrent/peers/connection.ts';
import type { NodeFileView, NodePeerView, NodeTransferView } from '../protocols/api/node-types.ts';
import type { FileView } from '../protocols/api/types.ts';
import { pieceCount } from '../protocols/metainfo/types.ts';
import type { TorrentRecord } from '../storage/catalog/torrent-entry.ts';

/** The view of a file that the node has. */
export function fileView(file: TorrentRecord): NodeFileView {
  const { id, name, length, pieceLength } = file;
  return listedFileView({ id, name, length, piece_length: pieceLength, pieces: pieceCount(file) });
}

/** The fields that the node passes on of a file in its server's list. */
export type ListedFile = Pick<FileView, 'id' | 'name' | 'length' | 'piece_length' | 'pieces'>;

/** The view of a file in the server's list. */
export function listedFileView({ id, name, length, piece_length, pieces }: ListedFile): NodeFileView {
  return { name, piece_length: String(piece_length), pieces: String(pieces), length: String(length), hash: id };
}

/** The view of a file that the node shares or downloads. */
export function transferView(torrent: ClientTorrent): NodeTransferView {
  const { record, have, starved, uploadedBytes, downloadedBytes, connections } = torrent;
  return {
    name: record.name,
    hash: record.id,
    state: have.full ? 'sharing' : starved ? 'waiting' : 'downloading',
    pieces: String(have.size),
    have: String(have.count),
    uploaded: String(uploadedBytes),
    downloaded: String(downloadedBytes),
    peers: Array.from(connections, peerView),
  };
}

function peerView(connection: WireConnection): NodePeerView {
  const { remote, listenPort, client, uploadedBytes, downloadedBytes } = connection;
  return {
    address: remote.address,
    port: String(listenPort ?? remote.port),
    client: client ?? null,
    uploaded: String(uploadedBytes),
    downloaded: String(downloadedBytes),
  };
}
