/**
 * What the API says, as JSON: one interface for each answer, with the keys as they go over the wire. Handlers
 * build them from the domain; the pages and the tables for terminals render from them and know nothing else.
 *
 *     GET /file?name=notes.txt
 *     {"id":"c9e1...","name":"notes.txt","length":5,...,"piece_map":[2],"peers":[{"id":"p1",...}],"links":{...}}
 */

import type { TransferKind } from '../../storage/holders/transfers.ts';

/** Whether every piece of a file, some or none of them has a copy online. */
export type FileState = 'available' | 'partial' | 'unavailable';

export interface FileView {
  /** 40 lower-case hex digits. */
  readonly id: string;
  readonly name: string;
  /** Bytes. */
  readonly length: number;
  /** 64 hex digits; null while only swarm peers have the file, so that nobody here has seen the whole of it. */
  readonly sha256: string | null;
  readonly piece_length: number;
  /** How many pieces there are. */
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
  /** Of all files that match, not only of those on this page. */
  readonly count: number;
  readonly files: readonly FileView[];
  /** The `cursor` of the next page; absent on the last. */
  readonly next?: string;
}

/** `GET /settings`: what others go by, so that the same bytes under the same name get the same id everywhere. */
export interface SettingsView {
  /** Bytes of the pieces into which a file is cut that comes in. */
  readonly piece_size: number;
}

/** Where a file can be had. */
export interface FileLinks {
  readonly info: string;
  readonly download: string;
  readonly torrent: string;
  /** By the v1 info-hash; of a hybrid by both. */
  readonly magnet: string;
  /** The same file as a v2 torrent; absent when there can be none. */
  readonly torrent_v2?: string;
  /** Absent until somebody has asked for `torrent_v2`: its info-hash is made then. */
  readonly magnet_v2?: string;
}

/** One file of a torrent of several. */
export interface InnerFileView {
  /** Below the torrent's name, separated by `/`. */
  readonly path: string;
  /** Bytes. */
  readonly length: number;
  readonly download: string;
}

/** One that has pieces of a file. */
export interface FileHolderView {
  readonly id: string;
  readonly kind: PeerKind;
  /** How many pieces of the file it has. */
  readonly pieces: number;
  /** Whether those are all of them. */
  readonly seed: boolean;
}

/** What is said of one file beside its pieces. */
export interface FileHeadView extends FileView {
  readonly links: FileLinks;
  /** Absent when the torrent is one file. */
  readonly files?: readonly InnerFileView[];
  /** Ids of the other files of that name, the newest first; absent when there are none. */
  readonly same_name?: readonly string[];
}

/** `GET /file`. */
export interface FileDetailView extends FileHeadView {
  /** How many copies of each piece are online. */
  readonly piece_map: readonly number[];
  readonly peers: readonly FileHolderView[];
  /** Which pieces each of `peers` has, by its id: `0-41,43`. */
  readonly parts: Readonly<Record<string, string>>;
}

export type PeerKind = 'fifo' | 'wire' | 'temp';

export interface PeerView {
  readonly id: string;
  readonly kind: PeerKind;
  readonly state: 'online' | 'offline';
  /** Null for those that are not spoken to over FIFOs. */
  readonly ipc_path: string | null;
  /** How many files it has something of. */
  readonly files: number;
  readonly pieces: number;
  /** Bytes of all those pieces. */
  readonly bytes: number;
  /** RFC 3339, UTC; null for one that never answered. */
  readonly last_seen: string | null;
  /** When all that it holds had been verified on its disk for the last time; RFC 3339, UTC; null before. */
  readonly verified: string | null;
  /** Copies of its that were found not to hash, since the server started. */
  readonly corrupt_pieces: number;
}

/** `GET /peers`. `POST /register_peer` answers with one `PeerView`. */
export interface PeersView {
  readonly count: number;
  readonly peers: readonly PeerView[];
}

/** Bytes that are on their way. */
export interface TransferView {
  /** A number that no other transfer gets while the server runs, as digits. */
  readonly id: string;
  readonly kind: TransferKind;
  /** The file's id; null until an upload is listed. */
  readonly file: string | null;
  readonly name: string;
  /** The other side: `ADDRESS` of a client, `ADDRESS:PORT` of a BitTorrent peer, the ids of storage peers (`p1, p2`). */
  readonly peer: string;
  /** So far. */
  readonly bytes: number;
  /** In all; null where nobody can know. */
  readonly length: number | null;
  /** Over the last seconds. */
  readonly bytes_per_second: number;
  /** RFC 3339, UTC. */
  readonly started: string;
}

/** `GET /transfers`. */
export interface TransfersView {
  readonly count: number;
  readonly transfers: readonly TransferView[];
}

/** Somebody who shares files from a machine of their own. */
export interface DirectoryUserView {
  readonly name: string;
  /** Of the mini-server. */
  readonly address: string;
  readonly port: number;
  /** Absolute paths on that machine. */
  readonly files: readonly string[];
}

/** `GET /directory`. */
export interface DirectoryView {
  /** Of all users, not only of those on this page. */
  readonly count: number;
  /** Of all of them together. */
  readonly file_count: number;
  readonly users: readonly DirectoryUserView[];
  /** The `cursor` of the next page; absent on the last. */
  readonly next?: string;
}

/** `POST /upload` with one file, and `POST /torrent`. */
export interface UploadView {
  readonly id: string;
  readonly name: string;
  readonly length: number;
  /** As in `FileView`. */
  readonly sha256: string | null;
  readonly piece_length: number;
  readonly pieces: number;
  readonly state: FileState;
  readonly links: FileLinks;
}

/** `POST /upload` with several files. */
export interface UploadsView {
  readonly count: number;
  readonly files: readonly UploadView[];
}

/** A line of `POST /verify_peers`. The last one is the summary; without it the verification did not come to its end. */
export type VerifyLine =
  | VerifyFindingView
  | VerifyMissingView
  | VerifyLeftView
  | { readonly progress: VerifyProgressView }
  | { readonly summary: VerifySummaryView };

/** A copy that is bad or cannot be read. Told again, with `healed`, once its repair has been tried. */
export interface VerifyFindingView {
  readonly peer: string;
  /** The file's id. */
  readonly file: string;
  readonly name: string;
  readonly part: number;
  /** `corrupt`, `not-found`, or `io`: its disk failed. */
  readonly problem: string;
  readonly message: string;
  /** Whether there are as many good copies again as before, or as are wanted. */
  readonly healed?: boolean;
}

/** Pieces that nobody online has. */
export interface VerifyMissingView {
  readonly peer: null;
  readonly file: string;
  readonly name: string;
  /** `0-41,43`. */
  readonly parts: string;
  readonly problem: 'missing';
  readonly message: string;
  readonly healed: false;
}

/** A peer that went away meanwhile. */
export interface VerifyLeftView {
  readonly peer: string;
  /** `gone`, `timeout` or `protocol`. */
  readonly problem: string;
  readonly message: string;
  /** Copies of it that were not looked at. */
  readonly unverified: number;
}

export interface VerifyProgressView {
  /** Copies looked at so far. */
  readonly pieces: number;
  readonly pieces_total: number;
  readonly bytes: number;
  readonly bytes_total: number;
}

export interface VerifySummaryView {
  /** Holders that were asked, the server's own store among them when it has something. */
  readonly peers: number;
  readonly files: number;
  /** Copies that were looked at. */
  readonly pieces: number;
  readonly bytes: number;
  /** Of these, `healed` and `unhealed` are the parts; pieces that nobody has are among them. */
  readonly bad: number;
  readonly healed: number;
  readonly unhealed: number;
  /** Copies of peers that went away. */
  readonly unverified: number;
  /** Peers that are away, and were not asked. */
  readonly offline: readonly string[];
  readonly seconds: number;
}
