/**
 * The argument of `rivulet get WHAT`: from the text that the user typed to a torrent, or to a magnet link, whose
 * torrent has still to come from peers.
 *
 *     22596363…  (40 hex digits)      the file of that id at our server
 *     magnet:?xt=urn:btih:22596363…   read, and that is all
 *     http://host/film.torrent        fetched; the address of a file's page at a Rivulet server will do
 *     film.torrent                    read; `-` is stdin
 */
import { addAbortSignal, type Readable } from 'node:stream';
import { parseTorrentId } from '../bytes/ids.ts';
import { printable } from '../bytes/printable.ts';
import { usageError } from '../cli/arguments.ts';
import { MetainfoError } from '../protocols/metainfo/errors.ts';
import { parseMagnet } from '../protocols/metainfo/magnet.ts';
import type { Magnet, Torrent } from '../protocols/metainfo/types.ts';
import { fetchTorrent, fetchTorrentOf, schemeFault } from './fetch-torrent.ts';
import { readTorrent, readTorrentFile } from './read-torrent.ts';

export type What =
  /** A torrent with a v1 part. `origin`, for messages: its URL or path, or `stdin`. */
  | { readonly kind: 'torrent'; readonly torrent: Torrent; readonly origin: string }
  | { readonly kind: 'magnet'; readonly magnet: Magnet };

export interface WhatOptions {
  /** The URL of the server that knows the file of an id. */
  readonly server: string;
  readonly stdin: Readable;
  /** Ends the search, whatever it waits for; it fails with the reason of the signal. */
  readonly signal?: AbortSignal;
}

/** The meaning of `text`. Throws CommandError: wrong usage for none of the forms, failure for no good torrent. */
export async function resolveWhat(text: string, { server, stdin, signal }: WhatOptions): Promise<What> {
  if (/^magnet:/i.test(text)) return { kind: 'magnet', magnet: readMagnet(text) };
  const id = parseTorrentId(text);
  if (id !== undefined) return { kind: 'torrent', ...(await fetchTorrentOf(server, id, signal)) };
  if (/^https?:/i.test(text)) return { kind: 'torrent', ...(await fetchTorrent(readUrl(text), signal)) };
  if (text === '-') return { kind: 'torrent', torrent: await readStdin(stdin, signal), origin: 'stdin' };
  return { kind: 'torrent', torrent: await readTorrentFile(text), origin: text };
}

function readStdin(stdin: Readable, signal: AbortSignal | undefined): Promise<Torrent> {
  return readTorrent(signal === undefined ? stdin : addAbortSignal(signal, stdin), 'stdin');
}

function readMagnet(text: string): Magnet {
  try {
    return parseMagnet(text);
  } catch (error) {
    if (error instanceof MetainfoError) throw usageError(error.message);
    throw error;
  }
}

function readUrl(text: string): URL {
  if (!URL.canParse(text)) throw usageError(`"${printable(text.slice(0, 200))}" is no URL`);
  const url = new URL(text);
  const fault = schemeFault(url);
  if (fault !== undefined) throw usageError(fault);
  return url;
}
