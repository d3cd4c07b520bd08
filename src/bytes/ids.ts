/**
 * The identities that several protocols carry. They are branded strings: a `TorrentId` cannot be passed for a `PeerId`.
 */

declare const brand: unique symbol;

/** A file: the SHA-1 info-hash of its BitTorrent v1 torrent (BEP 3), as 40 lower-case hex digits. */
export type TorrentId = string & { readonly [brand]: 'TorrentId' };

/** A storage peer's name: 1 to 64 of `A-Z a-z 0-9 . _ -`, the first one a letter or a digit. */
export type PeerId = string & { readonly [brand]: 'PeerId' };

const torrentIdForm = /^[0-9a-f]{40}$/;
/** The form of a PeerId. */
export const peerIdForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** The id that `text` spells, in either case of hex; undefined when it is not one. */
export function parseTorrentId(text: string): TorrentId | undefined {
  const lower = text.toLowerCase();
  return torrentIdForm.test(lower) ? (lower as TorrentId) : undefined;
}

/** The id that `text` is; undefined when it is not one. */
export function parsePeerId(text: string): PeerId | undefined {
  return peerIdForm.test(text) ? (text as PeerId) : undefined;
}

/** The form of a peer id in words, for messages. */
export const peerIdRule = '1 to 64 letters, digits, ".", "_" or "-", beginning with a letter or digit';
