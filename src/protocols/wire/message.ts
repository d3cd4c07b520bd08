/**
 * The payload of one message to its value: a table of the kinds (BEP 3, "peer messages"; BEP 5, 6, 10, 52), with the
 * lengths they may have. Pure.
 *
 *     parseMessage(6, 00000007 00004000 00004000)    { kind: 'request', index: 7, begin: 16384, length: 16384 }
 */
import { WireError } from './errors.ts';
import { type HashRange, hashRangeBytes, hashRangePlaces, messageIds, type WireMessage, wireLimits } from './types.ts';

interface Kind {
  /** The fewest bytes of the payload. */
  readonly min: number;
  /** The most bytes of the payload. */
  readonly max: number;
  readonly parse: (payload: Buffer) => WireMessage;
}

const exactly = (bytes: number, parse: Kind['parse']): Kind => ({ min: bytes, max: bytes, parse });
const bare = (kind: 'choke' | 'unchoke' | 'interested' | 'not-interested' | 'have-all' | 'have-none'): Kind =>
  exactly(0, () => ({ kind }));
const indexed = (kind: 'have' | 'suggest' | 'allowed-fast'): Kind =>
  exactly(4, (payload) => ({ kind, index: payload.readUInt32BE(0) }));
const block = (kind: 'request' | 'cancel' | 'reject'): Kind =>
  exactly(12, (payload) => ({
    kind,
    index: payload.readUInt32BE(0),
    begin: payload.readUInt32BE(4),
    length: payload.readUInt32BE(8),
  }));
const hashRange = (kind: 'hash-request' | 'hash-reject'): Kind =>
  exactly(hashRangeBytes, (payload) => ({ kind, ...readHashRange(payload) }));

/** The kinds by their ids. */
const kinds: readonly (Kind | undefined)[] = tableOf({
  choke: bare('choke'),
  unchoke: bare('unchoke'),
  interested: bare('interested'),
  'not-interested': bare('not-interested'),
  have: indexed('have'),
  bitfield: { min: 0, max: wireLimits.bitfieldBytesMax, parse: (bits) => ({ kind: 'bitfield', bits }) },
  request: block('request'),
  piece: {
    min: 8,
    max: 8 + wireLimits.blockBytesMax,
    parse: (payload) => ({
      kind: 'piece',
      index: payload.readUInt32BE(0),
      begin: payload.readUInt32BE(4),
      bytes: payload.subarray(8),
    }),
  },
  cancel: block('cancel'),
  port: exactly(2, (payload) => ({ kind: 'port', port: payload.readUInt16BE(0) })),
  suggest: indexed('suggest'),
  'have-all': bare('have-all'),
  'have-none': bare('have-none'),
  reject: block('reject'),
  'allowed-fast': indexed('allowed-fast'),
  extended: {
    min: 1,
    max: wireLimits.extendedBytesMax,
    parse: (payload) => ({ kind: 'extended', id: payload.readUInt8(0), payload: payload.subarray(1) }),
  },
  'hash-request': hashRange('hash-request'),
  hashes: {
    min: hashRangeBytes,
    max: wireLimits.hashesBytesMax,
    parse: (payload) => ({ kind: 'hashes', ...readHashRange(payload), hashes: payload.subarray(hashRangeBytes) }),
  },
  'hash-reject': hashRange('hash-reject'),
});

function tableOf(byKind: Record<keyof typeof messageIds, Kind>): (Kind | undefined)[] {
  const table: (Kind | undefined)[] = [];
  for (const [kind, id] of Object.entries(messageIds)) table[id] = byKind[kind as keyof typeof messageIds];
  return table;
}

const unknownKind = { known: false, min: 0, max: wireLimits.unknownBytesMax } as const;

/** The lengths that the payload of a message with this id may have. */
export function payloadRule(id: number): { readonly known: boolean; readonly min: number; readonly max: number } {
  const kind = kinds[id];
  return kind === undefined ? unknownKind : { known: true, min: kind.min, max: kind.max };
}

/** The message with a known `id` whose payload, of a length that `payloadRule` allows, is `payload`. */
export function parseMessage(id: number, payload: Buffer): WireMessage {
  const kind = kinds[id];
  if (kind === undefined) throw new WireError('bad-length', `no message has the id ${id}`);
  return kind.parse(payload);
}

function readHashRange(payload: Buffer): HashRange {
  return {
    piecesRoot: payload.subarray(hashRangePlaces.piecesRoot, hashRangePlaces.baseLayer),
    baseLayer: payload.readUInt32BE(hashRangePlaces.baseLayer),
    index: payload.readUInt32BE(hashRangePlaces.index),
    length: payload.readUInt32BE(hashRangePlaces.length),
    proofLayers: payload.readUInt32BE(hashRangePlaces.proofLayers),
  };
}
