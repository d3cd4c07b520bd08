/**
 * Handshakes and messages to bytes. A piece is written in two parts, so that its bytes need not be copied.
 *
 *     encodeMessage({ kind: 'have', index: 7 })    00 00 00 05 | 04 | 00 00 00 07
 */
import {
  type Handshake,
  type HashRange,
  handshakeBytes,
  messageIds,
  type OutgoingMessage,
  protocolName,
} from './types.ts';

export function encodeHandshake({ capabilities, infoHash, peerId }: Handshake): Buffer {
  const bytes = Buffer.alloc(handshakeBytes);
  bytes.writeUInt8(protocolName.length, 0);
  bytes.write(protocolName, 1, 'latin1');
  if (capabilities.extended) bytes.writeUInt8(0x10, 20 + 5);
  bytes.writeUInt8((capabilities.fast ? 0x04 : 0) | (capabilities.v2 ? 0x10 : 0), 20 + 7);
  infoHash.copy(bytes, 28);
  peerId.copy(bytes, 48);
  return bytes;
}

export function encodeMessage(message: OutgoingMessage): Buffer {
  switch (message.kind) {
    case 'keep-alive':
      return Buffer.alloc(4);
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
      bytes.writeUInt16BE(message.port, 5);
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

/** What stands before the `length` bytes of a block: the head of a `piece` message. */
export function encodePieceHead(index: number, begin: number, length: number): Buffer {
  const head = Buffer.allocUnsafe(13);
  head.writeUInt32BE(9 + length, 0);
  head.writeUInt8(messageIds.piece, 4);
  head.writeUInt32BE(index, 5);
  head.writeUInt32BE(begin, 9);
  return head;
}

type Kind = keyof typeof messageIds;

/** Length and id; the payload is still to be filled in, from byte 5 on. */
function frame(kind: Kind, payloadBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(5 + payloadBytes);
  bytes.writeUInt32BE(1 + payloadBytes, 0);
  bytes.writeUInt8(messageIds[kind], 4);
  return bytes;
}

function numbers(kind: Kind, ...values: number[]): Buffer {
  const bytes = frame(kind, 4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 5 + 4 * index);
  return bytes;
}

function withBytes(kind: Kind, values: number[], tail: Buffer): Buffer {
  const bytes = frame(kind, 4 * values.length + tail.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 5 + 4 * index);
  tail.copy(bytes, 5 + 4 * values.length);
  return bytes;
}

function encodeHashRange({ piecesRoot, baseLayer, index, length, proofLayers }: HashRange): Buffer {
  const bytes = Buffer.allocUnsafe(48);
  piecesRoot.copy(bytes, 0);
  for (const [place, value] of [baseLayer, index, length, proofLayers].entries())
    bytes.writeUInt32BE(value, 32 + 4 * place);
  return bytes;
}
