/**
 * What a node says, as JSON: one interface for each answer, with the keys as they go over the wire. Numbers travel as
 * strings.
 *
 *     {"name":"plan.txt","piece_length":"262144","pieces":"1","length":"31","hash":"c9e1..."}
 */

import type { ClientTorrent } from '../bittorrent/client/client-torrent.ts';
import type { WireConnection } from '../bittorrent/peers/connection.ts';
import { pieceCount } from '../protocols/metainfo/types.ts';
import type { TorrentRecord } from '../storage/catalog/torrent-entry.ts';

/** A file: `POST /upload`, `POST /download` and `GET /files/NAME`; in a list, `GET /files`. */
export interface NodeFileView {
  readonly name: string;
  /** Bytes. */
  readonly piece_length: string;
  /** How many pieces there are. */
  readonly pieces: string;
  /** Bytes. */
  readonly length: string;
  /** The file's id: 40 hex digits. */
  readonly hash: string;
}

/** `GET /files`: all that the server knows. */
export interface NodeFilesView {
  readonly count: string;
  readonly files: readonly NodeFileView[];
}

/** One file in the swarm. */
export interface TransferView {
  readonly name: string;
  readonly hash: string;
  /** `waiting`: no peer that is here gives what is missing. */
  readonly state: 'sharing' | 'downloading' | 'waiting';
  readonly pieces: string;
  /** How many of them are here. */
  readonly have: string;
  /** Bytes of pieces that were sent to peers, and that came from them, since the node started. */
  readonly uploaded: string;
  readonly downloaded: string;
  readonly peers: readonly TransferPeerView[];
}

/** A peer that is connected now. */
export interface TransferPeerView {
  readonly address: string;
  readonly port: string;
  /** What it calls itself. */
  readonly client: string | null;
  /** Bytes sent to it, and that came from it. */
  readonly uploaded: string;
  readonly downloaded: string;
}

/** `GET /transfers`. */
export interface TransfersView {
  readonly count: string;
  readonly transfers: readonly TransferView[];
}

export function fileView(file: TorrentRecord): NodeFileView {
  return {
    name: file.name,
    piece_length: String(file.pieceLength),
    pieces: String(pieceCount(file)),
    length: String(file.length),
    hash: file.id,
  };
}

export function transferView({
  record,
  have,
  starved,
  uploadedBytes,
  downloadedBytes,
  connections,
}: ClientTorrent): TransferView {
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

function peerView(connection: WireConnection): TransferPeerView {
  const { remote, listenPort, client, uploadedBytes, downloadedBytes } = connection;
  return {
    address: remote.address,
    port: String(listenPort ?? remote.port),
    client: client ?? null,
    uploaded: String(uploadedBytes),
    downloaded: String(downloadedBytes),
  };
}
