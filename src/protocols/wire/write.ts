/**
 * Handshakes (BEP 3, "peer protocol") and messages (BEP 3, "peer messages"; BEP 6, 10, 52) to bytes. Pure. A piece is
 * written in two parts, so that its bytes need not be copied.
 *
 *     encodeMessage({ kind: 'have', index: 7 })    00 00 00 05 | 04 | 00 00 00 07
 */
import {
  type Handshake,
  type HashRange,
  handshakeBytes,
  handshakePlaces,
  hashRangeBytes,
  hashRangePlaces,
  messageIds,
  type OutgoingMessage,
  protocolName,
  reservedBits,
} from './types.ts';

/** Bytes of the length before each message. */
const lengthBytes = 4;
/** Bytes before the payload: the length, and the id of the message. */
const headBytes = lengthBytes + 1;

/** The 68 bytes of a handshake (BEP 3, "peer protocol"), with the bits of BEP 6, 10 and 52 among the reserved. */
export function encodeHandshake({ capabilities, infoHash, peerId }: Handshake): Buffer {
  const bytes = Buffer.alloc(handshakeBytes);
  bytes.writeUInt8(protocolName.length, 0);
  bytes.write(protocolName, handshakePlaces.name, 'latin1');
  for (const [name, { byte, mask }] of Object.entries(reservedBits)) {
    const at = handshakePlaces.reserved + byte;
    if (capabilities[name as keyof typeof capabilities]) bytes.writeUInt8(bytes.readUInt8(at) | mask, at);
  }
  infoHash.copy(bytes, handshakePlaces.infoHash);
  peerId.copy(bytes, handshakePlaces.peerId);
  return bytes;
}

/** A message with its length; a keep-alive is a length of 0 alone (BEP 3, "peer protocol"). */
export function encodeMessage(message: OutgoingMessage): Buffer {
  switch (message.kind) {
    case 'keep-alive':
      return Buffer.alloc(lengthBytes);
    case 'choke':
    case 'unchoke':
    case 'interested':
    case 'not-interested':
    case 'have-all':
    case 'have-none':
      return frame(message.kind, 0);
    case 'have':
    case 'suggest':
    case 'allowed-fast':
      return numbers(message.kind, message.index);
    case 'bitfield':
      return withBytes('bitfield', [], message.bits);
    case 'request':
    case 'cancel':
    case 'reject':
      return numbers(message.kind, message.index, message.begin, message.length);
    case 'piece':
      return withBytes('piece', [message.index, message.begin], message.bytes);
    case 'port': {
      const bytes = frame('port', 2);
      bytes.writeUInt16BE(message.port, headBytes);
      return bytes;
    }
    case 'extended':
      return withBytes('extended', [], Buffer.concat([Buffer.of(message.id), message.payload]));
    case 'hash-request':
    case 'hash-reject':
      return withBytes(message.kind, [], encodeHashRange(message));
    case 'hashes':
      return withBytes('hashes', [], Buffer.concat([encodeHashRange(message), message.hashes]));
  }
}

/** The head of a `piece` message, up to the `length` bytes of its block (BEP 3, "peer messages"). */
export function encodePieceHead(index: number, begin: number, length: number): Buffer {
  const head = frame('piece', pieceHeadBytes, length);
  head.writeUInt32BE(index, headBytes);
  head.writeUInt32BE(begin, headBytes + 4);
  return head;
}

/** Bytes between the id of a `piece` message and its block: index and begin. */
const pieceHeadBytes = 8;

type Kind = keyof typeof messageIds;

/**
 * Length and id of a message, with room for `payloadBytes` from `headBytes` on; `more` bytes follow that are written by
 * themselves.
 */
function frame(kind: Kind, payloadBytes: number, more = 0): Buffer {
  const bytes = Buffer.allocUnsafe(headBytes + payloadBytes);
  bytes.writeUInt32BE(1 + payloadBytes + more, 0);
  bytes.writeUInt8(messageIds[kind], lengthBytes);
  return bytes;
}

/** A message whose payload is numbers of four bytes. */
function numbers(kind: Kind, ...values: number[]): Buffer {
  const bytes = frame(kind, 4 * values.length);
  for (const [place, value] of values.entries()) bytes.writeUInt32BE(value, headBytes + 4 * place);
  return bytes;
}

/** A message whose payload is numbers of four bytes, and then `tail`. */
function withBytes(kind: Kind, values: number[], tail: Buffer): Buffer {
  const bytes = frame(kind, 4 * values.length + tail.length);
  for (const [place, value] of values.entries()) bytes.writeUInt32BE(value, headBytes + 4 * place);
  tail.copy(bytes, headBytes + 4 * values.length);
  return bytes;
}

/** The range that `hash request`, `hashes` and `hash reject` begin with (BEP 52, "peer messages"). */
function encodeHashRange({ piecesRoot, baseLayer, index, length, proofLayers }: HashRange): Buffer {
  const bytes = Buffer.allocUnsafe(hashRangeBytes);
  piecesRoot.copy(bytes, hashRangePlaces.piecesRoot);
  bytes.writeUInt32BE(baseLayer, hashRangePlaces.baseLayer);
  bytes.writeUInt32BE(index, hashRangePlaces.index);
  bytes.writeUInt32BE(length, hashRangePlaces.length);
  bytes.writeUInt32BE(proofLayers, hashRangePlaces.proofLayers);
  return bytes;
}
