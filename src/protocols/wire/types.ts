/**
 * The peer wire protocol (BEP 3 "peer protocol", with BEP 6, 9, 10 and 52): its messages and limits.
 *
 *     handshake   19 "BitTorrent protocol" | 8 reserved | 20 info-hash | 20 peer id
 *     message     u32 length | u8 id | payload          a length of 0, without an id, is a keep-alive
 *     request     00 00 00 0d | 06 | u32 index | u32 begin | u32 length
 */

/** The abilities of one side beyond BEP 3: bits of the eight reserved bytes of its handshake. */
export interface Capabilities {
  /** Messages 13 to 17 (BEP 6). */
  readonly fast: boolean;
  /** Message 20 (BEP 10). */
  readonly extended: boolean;
  /** Messages 21 to 23, and a v2 info-hash (BEP 52). */
  readonly v2: boolean;
}

export interface Handshake {
  readonly capabilities: Capabilities;
  /** 20 bytes; of a v2 torrent the SHA-256, cut short (BEP 52, "infohash"). */
  readonly infoHash: Buffer;
  /** 20 bytes (BEP 20). */
  readonly peerId: Buffer;
}

/**
 * A part of a piece (BEP 3, "peer messages"): `index` is that of the piece, `begin` and `length` are bytes within it.
 */
export interface Block {
  readonly index: number;
  readonly begin: number;
  readonly length: number;
}

/** The range of hashes that a message of BEP 52 is about. */
export interface HashRange {
  /** The root of a file's tree: 32 bytes. */
  readonly piecesRoot: Buffer;
  /** The layer asked for; 0 is the layer of the 16 KiB blocks. */
  readonly baseLayer: number;
  /** The first hash of the range, counted from 0 in its layer. */
  readonly index: number;
  /** The number of hashes. */
  readonly length: number;
  /** The number of layers of uncle hashes that come along. */
  readonly proofLayers: number;
}

/** A message. The bytes are lent: they are gone when the reader goes on. */
export type WireMessage =
  | { readonly kind: 'keep-alive' | 'choke' | 'unchoke' | 'interested' | 'not-interested' }
  | { readonly kind: 'have-all' | 'have-none' }
  | { readonly kind: 'have' | 'suggest' | 'allowed-fast'; readonly index: number }
  | { readonly kind: 'bitfield'; readonly bits: Buffer }
  | ({ readonly kind: 'request' | 'cancel' | 'reject' } & Block)
  | { readonly kind: 'piece'; readonly index: number; readonly begin: number; readonly bytes: Buffer }
  | { readonly kind: 'port'; readonly port: number }
  /** `id` 0 is the handshake of BEP 10; others are as the receiver of the message said in its own. */
  | { readonly kind: 'extended'; readonly id: number; readonly payload: Buffer }
  | ({ readonly kind: 'hash-request' | 'hash-reject' } & HashRange)
  | ({ readonly kind: 'hashes'; readonly hashes: Buffer } & HashRange)
  /** A message of an unknown kind, to be skipped (BEP 10). The payload is not kept. */
  | { readonly kind: 'unknown'; readonly id: number };

/** A message that we would send. */
export type OutgoingMessage = Exclude<WireMessage, { readonly kind: 'unknown' }>;

/** The first byte of a message, after its length (BEP 3, "peer messages"; BEP 5, 6, 10, 52). */
export const messageIds = {
  choke: 0,
  unchoke: 1,
  interested: 2,
  'not-interested': 3,
  have: 4,
  bitfield: 5,
  request: 6,
  piece: 7,
  cancel: 8,
  port: 9,
  suggest: 13,
  'have-all': 14,
  'have-none': 15,
  reject: 16,
  'allowed-fast': 17,
  extended: 20,
  'hash-request': 21,
  hashes: 22,
  'hash-reject': 23,
} as const;

/** The first words of a handshake, after their length (BEP 3, "peer protocol"). */
export const protocolName = 'BitTorrent protocol';
/** Bytes of a handshake. */
export const handshakeBytes = 68;

/** The places of the parts of a handshake, in bytes (BEP 3, "peer protocol"). */
export const handshakePlaces = { name: 1, reserved: 20, infoHash: 28, peerId: 48 } as const;

/** The bits of the reserved bytes that say what a side can do: byte of the eight, and mask. */
export const reservedBits: Readonly<Record<keyof Capabilities, { readonly byte: number; readonly mask: number }>> = {
  /** The third lowest bit of the last byte (BEP 6). */
  fast: { byte: 7, mask: 0x04 },
  /** The 20th bit from the right (BEP 10). */
  extended: { byte: 5, mask: 0x10 },
  /** The fourth highest bit of the last byte (BEP 52, "Upgrade Path"). */
  v2: { byte: 7, mask: 0x10 },
};

/** The places of the parts of a hash range, in bytes (BEP 52, "peer messages"). */
export const hashRangePlaces = { piecesRoot: 0, baseLayer: 32, index: 36, length: 40, proofLayers: 44 } as const;
/** Bytes of a hash range: a root of 32 bytes, four numbers. */
export const hashRangeBytes = 48;

export const wireLimits = {
  /** Bytes of the blocks that everybody asks for (BEP 3, "peer messages"). */
  blockBytes: 16 * 1024,
  /** Bytes of the largest block that is given: some ask for up to eight times as much as others. */
  blockBytesMax: 128 * 1024,
  /** A bitfield of 16 million pieces; the session checks the length that it must have. */
  bitfieldBytesMax: 2 * 1024 * 1024,
  /** A piece of metadata (16 KiB, BEP 9) and its dictionary, or a generous handshake of BEP 10. */
  extendedBytesMax: 64 * 1024,
  /** 512 hashes are asked for at a time (BEP 52), with up to 32 uncles. */
  hashesBytesMax: hashRangeBytes + (512 + 32) * 32,
  /** Payload of an unknown kind that is skipped. */
  unknownBytesMax: 1024 * 1024,
} as const;
