/**
 * The JSON API of the server as a protocol: one interface for each response, with the keys as they go over the wire.
 * The server writes them, from its domain; its pages, its tables for terminals and the other programs read them. The
 * rest of the protocol: `event-types.ts` (`GET /events`), `verify-types.ts` (`POST /verify_peers`), and the API of a
 * node (`node-types.ts`).
 *
 *     GET /file?name=notes.txt
 *     {"id":"c9e1...","name":"notes.txt","length":5,...,"piece_map":[2],"peers":[{"id":"p1",...}],"links":{...}}
 */

/** Whether every piece of a file, some or none of them has a copy online. */
export type FileState = 'available' | 'partial' | 'unavailable';

/** One file, or one torrent of several files. */
export interface FileView {
  /** 40 lower-case hex digits. */
  readonly id: string;
  readonly name: string;
  /** Bytes. */
  readonly length: number;
  /** 64 hex digits; null while only BitTorrent peers have the file, so that the server has not seen all of it. */
  readonly sha256: string | null;
  /** Bytes of each piece but the last. */
  readonly piece_length: number;
  /** The number of pieces. */
  readonly pieces: number;
  readonly available_pieces: number;
  /** Online copies of the rarest piece. */
  readonly replicas: number;
  /** Online holders that have every piece. */
  readonly seeds: number;
  readonly state: FileState;
  /** RFC 3339, UTC. */
  readonly created: string;
}

/** `GET /files`. */
export interface FilesView {
  /** The number of all files that match, on all pages. */
  readonly count: number;
  readonly files: readonly FileView[];
  /** The `cursor` of the next page; absent on the last. */
  readonly next?: string;
}

/** `GET /settings`: with the same settings the same bytes under the same name get the same id everywhere. */
export interface SettingsView {
  /** Bytes of the pieces into which an uploaded file is cut. */
  readonly piece_size: number;
}

/** URLs of a file, and of its torrents. */
export interface FileLinks {
  readonly info: string;
  readonly download: string;
  readonly torrent: string;
  /** A magnet link by the v1 info-hash; of a hybrid torrent by both. */
  readonly magnet: string;
  /** The v2 torrent of the file; absent when there can be none. */
  readonly torrent_v2?: string;
  /** Absent until `torrent_v2` has been fetched for the first time: the v2 info-hash is made then. */
  readonly magnet_v2?: string;
}

/** One file in a torrent of several. */
export interface ContainedFileView {
  /** The path below the torrent's name, separated by `/`. */
  readonly path: string;
  /** Bytes. */
  readonly length: number;
  /** A URL. */
  readonly download: string;
}

/** A holder of one file's pieces. */
export interface FileHolderView {
  readonly id: string;
  readonly kind: PeerKind;
  /** The number of the file's pieces that this holder has. */
  readonly pieces: number;
  /** Whether this holder has all pieces of the file. */
  readonly seed: boolean;
  /** The number of further pieces that this holder keeps and could not read: they do not count. Absent for none. */
  readonly unreadable?: number;
}

/** One file without its piece map. */
export interface FileHeadView extends FileView {
  readonly links: FileLinks;
  /** The files in the torrent; absent when the torrent is one file. */
  readonly files?: readonly ContainedFileView[];
  /** Ids of the other files of the same name, the newest first; absent when there are none. */
  readonly same_name?: readonly string[];
}

/** `GET /file`. */
export interface FileDetailView extends FileHeadView {
  /** The number of online copies of each piece. */
  readonly piece_map: readonly number[];
  readonly peers: readonly FileHolderView[];
  /** The pieces that each of `peers` has, by the peer's id: `0-41,43`. */
  readonly parts: Readonly<Record<string, string>>;
}

/** `fifo`: a storage peer; `wire`: a BitTorrent peer; `temp`: the server's own store. */
export type PeerKind = 'fifo' | 'wire' | 'temp';

/** One holder. `POST /register_peer` responds with one too. */
export interface PeerView {
  readonly id: string;
  readonly kind: PeerKind;
  readonly state: 'online' | 'offline';
  /** The folder of a storage peer's FIFOs; null for all other kinds. */
  readonly ipc_path: string | null;
  /** The number of files that the holder has pieces of. */
  readonly files: number;
  readonly pieces: number;
  /** Bytes of all those pieces. */
  readonly bytes: number;
  /** RFC 3339, UTC; null for a peer that has never been online. */
  readonly last_seen: string | null;
  /** The last time at which all copies of the holder had been verified on its disk; RFC 3339, UTC; null before. */
  readonly verified: string | null;
  /** Lost copies: those of this holder that were found not to hash, since the server started. */
  readonly corrupt_pieces: number;
  /** The number of pieces that the holder keeps and could not read, in all files. Absent for none. */
  readonly unreadable_pieces?: number;
}

/** `GET /peers`. */
export interface PeersView {
  readonly count: number;
  readonly peers: readonly PeerView[];
}

/**
 * `upload`: a client sends a file; `download`: a client fetches one over HTTP; `seed`: a BitTorrent peer fetches one;
 * `copy`: pieces go to storage peers.
 */
export type TransferKind = 'upload' | 'download' | 'seed' | 'copy';

/** Bytes that are on their way. */
export interface TransferView {
  /** A number, as digits, that no other transfer gets while the server runs. */
  readonly id: string;
  readonly kind: TransferKind;
  /** The file's id; null until an upload is listed. */
  readonly file: string | null;
  readonly name: string;
  /** The other side: `ADDRESS` of a client, `ADDRESS:PORT` of a BitTorrent peer, ids of storage peers (`p1, p2`). */
  readonly peer: string;
  /** Bytes so far. */
  readonly bytes: number;
  /** Bytes in all; null where they cannot be known. */
  readonly length: number | null;
  /** The speed over the last seconds. */
  readonly bytes_per_second: number;
  /** RFC 3339, UTC. */
  readonly started: string;
}

/** `GET /transfers`. */
export interface TransfersView {
  readonly count: number;
  readonly transfers: readonly TransferView[];
}

/** A user of the directory, who shares files from a machine of their own. */
export interface DirectoryUserView {
  readonly name: string;
  /** The address of the user's mini-server. */
  readonly address: string;
  readonly port: number;
  /** Absolute paths on the user's machine. */
  readonly files: readonly string[];
}

/** `GET /directory`. */
export interface DirectoryView {
  /** The number of all users, on all pages. */
  readonly count: number;
  /** The number of all users' files together. */
  readonly file_count: number;
  readonly users: readonly DirectoryUserView[];
  /** The `cursor` of the next page; absent on the last. */
  readonly next?: string;
}

/** `POST /upload` with one file, `PUT /upload/NAME`, and `POST /torrent`. */
export type UploadView = Pick<
  FileHeadView,
  'id' | 'name' | 'length' | 'sha256' | 'piece_length' | 'pieces' | 'state' | 'links'
>;

/** `POST /upload` with several files. */
export interface UploadsView {
  readonly count: number;
  readonly files: readonly UploadView[];
}
