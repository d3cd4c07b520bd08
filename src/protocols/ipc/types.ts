/**
 * The FIFO protocol between server and storage peer (docs/protocols/ipc.md): its messages and limits.
 *
 *     requests   GET_PART file=3f78…c1 part=7 seq=12
 *     replies    OK seq=12 size=262144          followed by 262144 bytes
 */
import type { PeerId, TorrentId } from '../../bytes/ids.ts';
import { pieceBytesMax } from '../../bytes/pieces.ts';

export const ipcVersion = 1;

export const ipcLimits = {
  /**
   * The longest line, with its LF. It is the PIPE_BUF of Linux: a line up to this length enters a FIFO whole, so a
   * person can write one too.
   */
  lineBytesMax: 4096,
  pieceBytesMax,
  /**
   * The longest reply to LIST_PARTS. It is as large as the largest piece, so that one bound holds for every payload:
   * enough for 250,000 files in one range each, or two million scattered pieces. A peer with more is asked file by
   * file.
   */
  listBytesMax: pieceBytesMax,
  /** The largest piece index: an unsigned 32-bit number in BEP 3, "peer messages". */
  partMax: 0xffff_ffff,
  /** Characters of an ERR's message: even when each takes 9 bytes, percent-encoded, the line stays within its limit. */
  messageCharsMax: 256,
} as const;

/**
 * Ties a reply to its request: 1 to 20 decimal digits, given back exactly as they came. Undefined where a person at a
 * shell left it out; the replies then come in the order of the requests.
 */
export type Seq = string | undefined;

/** A request of the server. `size` is the number of bytes that follow the line. */
export type IpcRequest =
  | Hello
  | StorePart
  | {
      readonly verb: 'GET_PART' | 'DROP_PART';
      readonly seq: Seq;
      readonly file: TorrentId;
      readonly part: number;
      readonly size?: number | undefined;
    }
  | VerifyPart
  | StoreInfo
  | {
      readonly verb: 'LIST_PARTS';
      readonly seq: Seq;
      readonly file?: TorrentId | undefined;
      readonly size?: number | undefined;
    }
  | {
      readonly verb: 'SYNC' | 'DROP_FILE' | 'RESTORE_FILE' | 'GET_INFO';
      readonly seq: Seq;
      readonly file: TorrentId;
      readonly size?: number | undefined;
    }
  | { readonly verb: 'PING'; readonly seq: Seq; readonly size?: number | undefined };

/** Asks who the peer is. */
export interface Hello {
  readonly verb: 'HELLO';
  readonly seq: Seq;
  readonly version: number;
  /** The number, from 1 on, that grows with the server's metadata; undefined from a server that has none. */
  readonly epoch?: number | undefined;
  readonly size?: number | undefined;
}

/** Gives the info dictionary of a file, whose SHA-1 is the file's id; the payload. */
export interface StoreInfo {
  readonly verb: 'STORE_INFO';
  readonly seq: Seq;
  readonly file: TorrentId;
  readonly size: number;
}

/** Gives a piece; the payload. */
export interface StorePart {
  readonly verb: 'STORE_PART';
  readonly seq: Seq;
  readonly file: TorrentId;
  readonly part: number;
  readonly size: number;
  /** The piece's first byte in the file. */
  readonly offset: number;
  /** 40 lower-case hex digits. */
  readonly sha1: string;
}

/** Asks whether the piece, as it is on the peer's disk now, has the hash. */
export interface VerifyPart {
  readonly verb: 'VERIFY_PART';
  readonly seq: Seq;
  readonly file: TorrentId;
  readonly part: number;
  /** 40 lower-case hex digits. */
  readonly sha1: string;
  readonly size?: number | undefined;
}

/** The codes of an ERR. */
export const errCodes = ['not-found', 'no-space', 'corrupt', 'bad-request', 'io', 'stale'] as const;
export type ErrCode = (typeof errCodes)[number];

/**
 * A reply of the peer to a request that it has fulfilled. `peer`, `version` and `free` are there in the reply to HELLO,
 * and perhaps `order`, `epoch` and `aside`.
 */
export interface IpcOk {
  readonly verb: 'OK';
  readonly seq: Seq;
  /** The number of bytes that follow the line. */
  readonly size?: number | undefined;
  readonly peer?: PeerId | undefined;
  readonly version?: number | undefined;
  /** Bytes that the peer can still take; 0 for one that takes no pieces. */
  readonly free?: number | undefined;
  /** Whether the peer replies in any order: to a PING also while it is busy with a SYNC. */
  readonly order?: 'any' | undefined;
  /** The highest epoch that the peer was ever told, this one included. */
  readonly epoch?: number | undefined;
  /** The number of files that were dropped and are put aside. */
  readonly aside?: number | undefined;
}

export interface IpcErr {
  readonly verb: 'ERR';
  readonly seq: Seq;
  readonly code: ErrCode;
  readonly message: string;
  readonly size?: number | undefined;
}

export type IpcReply = IpcOk | IpcErr;
