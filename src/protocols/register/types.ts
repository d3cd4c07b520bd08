/**
 * Registration of a storage peer by one UDP datagram (docs/protocols/register.md): its messages and limits.
 *
 *     REGISTER peer-id=p1 ipc-path=/srv/peers/p1       peer to server
 *     OK peer-id=p1 files=3 pieces=412                 server to peer
 *     ERR code=taken message=p1%20is%20online          or this
 */
import type { PeerId } from '../../bytes/ids.ts';

export const registerLimits = {
  /**
   * The longest request: the longest path there is (PATH_MAX), even when every fourth byte of it needs
   * percent-encoding.
   */
  requestBytesMax: 8192,
  /** The longest reply: its message may name the path of the request. */
  replyBytesMax: 8192,
} as const;

export interface RegisterRequest {
  readonly peerId: PeerId;
  /** The folder that holds the two FIFOs: as the peer sees it, so better absolute. */
  readonly ipcPath: string;
}

/**
 * The reasons that keep a peer from being registered. A peer tries again after `taken` and `gone`; the others are
 * final.
 */
export const registerErrorCodes = [
  'bad-request', // not a line, a bad peer id, no path
  'bad-path', // outside the folders where peers may be, or not a pair of FIFOs
  'taken', // the id belongs to another folder, or a live peer is at this one
  'gone', // nobody at the other end of the FIFOs
] as const;
export type RegisterErrorCode = (typeof registerErrorCodes)[number];

export type RegisterReply =
  | {
      readonly verb: 'OK';
      readonly peerId: PeerId;
      /** The number of files that the server found on the peer; a server may leave it out. */
      readonly files?: number | undefined;
      readonly pieces?: number | undefined;
    }
  | { readonly verb: 'ERR'; readonly code: RegisterErrorCode; readonly message: string };
