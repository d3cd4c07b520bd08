/** For tests: an info dictionary, and peers that give it, or whatever a test wants, in its place. */
import { createHash } from 'node:crypto';
import type { TorrentId } from '../../bytes/ids.ts';
import {
  encodeExtendedHandshake,
  encodeMetadataMessage,
  type MetadataMessage,
  metadataRange,
  parseExtendedHandshake,
  parseMetadataMessage,
} from '../../protocols/wire/extension.ts';
import type { OutgoingMessage } from '../../protocols/wire/types.ts';
import { encodeHandshake, encodeMessage } from '../../protocols/wire/write.ts';
import { someBytes } from '../../storage/swarm.testing.ts';
import { everything, type RawPeer } from '../peers/raw-peer.testing.ts';

/** Ten pieces, the last one short. What it says is all the same here. */
export const info = someBytes(9 * 16_384 + 100, 'metadata');
export const hashBytes = createHash('sha1').update(info).digest();
export const infoHash = hashBytes.toString('hex') as TorrentId;
export const ourPeerId = Buffer.from('-RV0100-leecherleech');

/** Under which raw peers want to get messages about metadata. */
export const theirId = 3;

type Sent = Exclude<MetadataMessage, { kind: 'unknown' }>;

/** The handshake of a peer. */
export function hello(capabilities = everything, peerId = Buffer.alloc(20, 1), hash = hashBytes): Buffer {
  return encodeHandshake({ capabilities, infoHash: hash, peerId });
}

/** The handshake of extensions of a peer, but for what is given. */
export function extensions(otherwise: { id?: number; size?: number | undefined } = {}): OutgoingMessage {
  const { id, size } = { id: theirId, size: info.length, ...otherwise };
  return extended(0, encodeExtendedHandshake({ ids: new Map([['ut_metadata', id]]), metadataSize: size }));
}

export function extended(id: number, payload: Buffer | string): OutgoingMessage {
  return { kind: 'extended', id, payload: Buffer.from(payload) };
}

/** A message about metadata, as it goes to `peer`'s other side. */
export function about(message: Sent): OutgoingMessage {
  return extended(1, encodeMetadataMessage(message));
}

/** The piece of `bytes` that BEP 9 wants in answer to a request. */
export function dataOf(piece: number, bytes = info): Extract<Sent, { kind: 'data' }> {
  const { start = 0, end = 0 } = metadataRange(bytes.length, piece) ?? {};
  return { kind: 'data', piece, totalSize: bytes.length, bytes: bytes.subarray(start, end) };
}

/** The pieces that the other side asks for, one by one, until the connection ends. */
export async function* requests(peer: RawPeer): AsyncGenerator<number, void> {
  for await (const { id, payload } of peer.each('extended')) {
    const message = id === 0 ? undefined : parseMetadataMessage(payload);
    if (message?.kind === 'request') yield message.piece;
  }
}

/** The handshake of extensions of the other side. */
export async function saidOf(peer: RawPeer) {
  return parseExtendedHandshake((await peer.heard('extended')).payload);
}

/** Gives `bytes` to whoever dials, as a seed would. Settles when the connection ends. */
export async function give(peer: RawPeer, bytes = info): Promise<void> {
  await peer.greeted();
  peer.raw(Buffer.concat([hello(), encodeMessage(extensions({ size: bytes.length }))]));
  for await (const piece of requests(peer)) peer.say(about(dataOf(piece, bytes)));
}
