/**
 * A torrent's record as JSON, for the ledger. The info dictionary of a torrent that others made says all that we say
 * ourselves of a file of our own. Pure.
 *
 *     {"id":"c9e1...","name":"notes.txt","length":5,"piece_length":262144,"pieces":"5oN2...","sha256":"2cf2...",...}
 *     {"id":"80a2...","info":"ZDU6ZmlsZXNs...","sha256":null,"created_ms":1763632800000}
 */
import type { TorrentId } from '../../bytes/ids.ts';
import { metainfoFromInfo } from '../../protocols/metainfo/from-info.ts';
import { parseInfo } from '../../protocols/metainfo/read-info.ts';
import type { Metainfo } from '../../protocols/metainfo/types.ts';
import type { LearntFacts, TorrentRecord } from './torrent-entry.ts';

/** A record in the ledger; bytes are in base64. */
export type FileJson = FactsJson & (OwnJson | InfoJson) & { readonly id: TorrentId; readonly created_ms: number };

interface OwnJson {
  readonly name: string;
  readonly length: number;
  readonly piece_length: number;
  readonly pieces: string;
}

interface InfoJson {
  readonly info: string;
  readonly piece_layers?: string;
}

/** The facts that may become known later. */
export interface FactsJson {
  readonly sha256?: string | null;
  /** The hash tree of the v2 torrent; an empty file's has no root. */
  readonly tree?: { readonly root?: string; readonly layer: string };
}

export function fileToJson(file: TorrentRecord): FileJson {
  const { id, createdMs, sha256, tree } = file;
  return { id, ...metainfoToJson(file), ...factsToJson({ sha256, ...(tree && { tree }) }), created_ms: createdMs };
}

export function fileFromJson(json: FileJson): TorrentRecord {
  const { id, created_ms: createdMs } = json;
  return { ...metainfoFromJson(json), id, sha256: null, ...factsFromJson(json), createdMs };
}

export function factsToJson({ sha256, tree }: LearntFacts): FactsJson {
  const root = tree?.root && { root: base64(tree.root) };
  return {
    ...(sha256 !== undefined && { sha256 }),
    ...(tree && { tree: { ...root, layer: base64(tree.layer) } }),
  };
}

export function factsFromJson({ sha256, tree }: FactsJson): LearntFacts {
  const root = tree?.root === undefined ? undefined : bytes(tree.root);
  return { ...(sha256 !== undefined && { sha256 }), ...(tree && { tree: { root, layer: bytes(tree.layer) } }) };
}

function metainfoToJson(file: Metainfo): OwnJson | InfoJson {
  if (file.info !== undefined) {
    return { info: base64(file.info), ...(file.pieceLayers && { piece_layers: base64(file.pieceLayers) }) };
  }
  const { name, length, pieceLength, pieceHashes } = file;
  return { name, length, piece_length: pieceLength, pieces: base64(pieceHashes) };
}

function metainfoFromJson(json: OwnJson | InfoJson): Metainfo {
  if (!('info' in json)) {
    const { name, length, piece_length: pieceLength, pieces } = json;
    return { name, length, pieceLength, pieceHashes: bytes(pieces) };
  }
  const layers = json.piece_layers === undefined ? undefined : bytes(json.piece_layers);
  const metainfo = metainfoFromInfo(parseInfo(bytes(json.info)), layers);
  if (metainfo === undefined) throw new Error('the ledger has an info dictionary that we would not have taken');
  return metainfo;
}

function base64(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64');
}

function bytes(text: string): Buffer {
  return Buffer.from(text, 'base64');
}
