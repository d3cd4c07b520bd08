/**
 * The JSON API of a node: one interface for each response, with the keys as they go over the wire. Numbers travel as
 * strings.
 *
 *     {"name":"plan.txt","piece_length":"262144","pieces":"1","length":"31","hash":"c9e1..."}
 */

/** One file: `POST /upload`, `POST /download` and `GET /files/NAME`. */
export interface NodeFileView {
  readonly name: string;
  /** Bytes. */
  readonly piece_length: string;
  /** The number of pieces. */
  readonly pieces: string;
  /** Bytes. */
  readonly length: string;
  /** The file's id: 40 hex digits. */
  readonly hash: string;
}

/** `GET /files`: all files that the node's server lists. */
export interface NodeFilesView {
  readonly count: string;
  readonly files: readonly NodeFileView[];
}

/** One file that the node shares or downloads. */
export interface NodeTransferView {
  readonly name: string;
  readonly hash: string;
  /** `waiting`: no connected peer gives the missing pieces. */
  readonly state: 'sharing' | 'downloading' | 'waiting';
  readonly pieces: string;
  /** The number of pieces that the node has. */
  readonly have: string;
  /** Bytes of pieces that were sent to peers since the node started. */
  readonly uploaded: string;
  /** Bytes of pieces that came from peers since the node started. */
  readonly downloaded: string;
  readonly peers: readonly NodePeerView[];
}

/** A peer that is connected now. */
export interface NodePeerView {
  readonly address: string;
  readonly port: string;
  /** The name and version that the peer gives of its program; null when it gives none. */
  readonly client: string | null;
  /** Bytes sent to the peer. */
  readonly uploaded: string;
  /** Bytes that came from the peer. */
  readonly downloaded: string;
}

/** `GET /transfers`. */
export interface NodeTransfersView {
  readonly count: string;
  readonly transfers: readonly NodeTransferView[];
}
