/**
 * The content of `extended` messages: the handshake of BEP 10 ("handshake message"), and pieces of metadata (BEP 9,
 * "extension message"). Pure.
 *
 *     handshake   d1:md11:ut_metadatai1ee13:metadata_sizei31235e1:pi6881e4:reqqi512e1:v7:rivulete
 *     request     d8:msg_typei0e5:piecei0ee
 *     data        d8:msg_typei1e5:piecei0e10:total_sizei34256ee + up to 16 KiB of the info dictionary
 */
import { BencodeError } from '../bencode/errors.ts';
import { type Bencode, Dictionary, parseBencode, parseBencodePrefix } from '../bencode/read.ts';
import { encodeBencode } from '../bencode/write.ts';
import { WireError } from './errors.ts';

/** The `id` of an extended message that is a handshake. */
export const extendedHandshakeId = 0;

/** Bytes of a piece of metadata; the last one may be shorter (BEP 9, "metadata"). */
export const metadataPieceBytes = 16 * 1024;
/**
 * Bytes of the largest info dictionary: half a million pieces, more than any client makes. Checked before anything is
 * kept.
 */
export const metadataBytesMax = 16 * 1024 * 1024;

/** The facts that one side tells of itself (BEP 10, "handshake message"), again at any time with those that changed. */
export interface ExtendedHandshake {
  /** By extension: the id under which the sender wants its messages; 0 for one that it has no more. */
  readonly ids: ReadonlyMap<string, number>;
  readonly metadataSize?: number | undefined;
  /** The port at which the sender can be dialled. */
  readonly port?: number | undefined;
  /** The number of requests that the sender queues. */
  readonly requestsMax?: number | undefined;
  readonly client?: string | undefined;
  /** Whether the sender wants no pieces (BEP 21). */
  readonly uploadOnly?: boolean | undefined;
}

export type MetadataMessage =
  | { readonly kind: 'request'; readonly piece: number }
  | { readonly kind: 'reject'; readonly piece: number }
  | { readonly kind: 'data'; readonly piece: number; readonly totalSize: number; readonly bytes: Buffer }
  /** A type that nobody knows, to be ignored (BEP 9, "extension message"). */
  | { readonly kind: 'unknown' };

/** The payload of an extended message with the id 0. */
export function encodeExtendedHandshake(handshake: ExtendedHandshake): Buffer {
  return encodeBencode({
    m: new Map([...handshake.ids].map(([name, id]) => [name, id])),
    metadata_size: handshake.metadataSize,
    p: handshake.port,
    reqq: handshake.requestsMax,
    upload_only: handshake.uploadOnly === undefined ? undefined : Number(handshake.uploadOnly),
    v: handshake.client,
  });
}

/**
 * The handshake in `payload`. Throws WireError. Entries of a wrong type are skipped: BEP 10 wants receivers to be
 * lenient.
 */
export function parseExtendedHandshake(payload: Buffer): ExtendedHandshake {
  const dictionary = asDictionary(parsed(() => parseBencode(payload)));
  const client = dictionary.get('v');
  return {
    ids: parseIds(dictionary.get('m')),
    metadataSize: within(dictionary.get('metadata_size'), 1, metadataBytesMax),
    port: within(dictionary.get('p'), 1, 65_535),
    requestsMax: within(dictionary.get('reqq'), 1, Number.MAX_SAFE_INTEGER),
    client: client instanceof Uint8Array ? client.toString('utf8') : undefined,
    uploadOnly: dictionary.get('upload_only') === 1,
  };
}

function parseIds(value: Bencode | undefined): Map<string, number> {
  const ids = new Map<string, number>();
  if (!(value instanceof Dictionary)) return ids;
  for (const name of value.keys()) {
    const id = within(value.get(name), 0, 255);
    if (id !== undefined) ids.set(name, id);
  }
  return ids;
}

const messageTypes = { request: 0, data: 1, reject: 2 } as const;

/** The payload of a message about metadata. */
export function encodeMetadataMessage(message: Exclude<MetadataMessage, { kind: 'unknown' }>): Buffer {
  const { kind, piece } = message;
  if (kind !== 'data') return encodeBencode({ msg_type: messageTypes[kind], piece });
  const head = encodeBencode({ msg_type: messageTypes.data, piece, total_size: message.totalSize });
  return Buffer.concat([head, message.bytes]);
}

/** The message about metadata in `payload`. Throws WireError. The bytes of a `data` message are a view of `payload`. */
export function parseMetadataMessage(payload: Buffer): MetadataMessage {
  const { value, end } = parsed(() => parseBencodePrefix(payload));
  const dictionary = asDictionary(value);
  const type = dictionary.get('msg_type');
  if (type !== 0 && type !== 1 && type !== 2) return { kind: 'unknown' };
  const piece = within(dictionary.get('piece'), 0, metadataBytesMax / metadataPieceBytes);
  if (piece === undefined)
    throw new WireError('bad-extension', 'a message about metadata must name a piece there can be');
  if (type !== 1) return { kind: type === 0 ? 'request' : 'reject', piece };
  const totalSize = within(dictionary.get('total_size'), 1, metadataBytesMax);
  if (totalSize === undefined)
    throw new WireError('bad-extension', `metadata must have from 1 to ${metadataBytesMax} bytes`);
  return { kind: 'data', piece, totalSize, bytes: payload.subarray(end) };
}

/** The bytes of metadata piece `piece` in an info dictionary of `size` bytes; undefined when there is no such piece. */
export function metadataRange(size: number, piece: number): { start: number; end: number } | undefined {
  const start = piece * metadataPieceBytes;
  return start < size ? { start, end: Math.min(size, start + metadataPieceBytes) } : undefined;
}

function parsed<Result>(parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof BencodeError)) throw error;
    throw new WireError('bad-extension', error.message, { cause: error });
  }
}

function asDictionary(value: Bencode): Dictionary {
  if (value instanceof Dictionary) return value;
  throw new WireError('bad-extension', 'an extended message must be a dictionary');
}

/** `value` if it is an integer from `min` to `max`. */
function within(value: Bencode | undefined, min: number, max: number): number | undefined {
  return typeof value === 'number' && value >= min && value <= max ? value : undefined;
}
