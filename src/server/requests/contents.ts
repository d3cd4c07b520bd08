/**
 * The contents that a torrent offers for download: its one file, one file of several, or an archive of all. Each is a
 * row of spans, bytes of the torrent or bytes of our own, so that ranges work on all of them alike.
 *
 *     GET /download/ID/album/01.flac      span 0 to 999 of the torrent
 *     GET /download/ID/album.tar          head of 512, span 0 to 999, 24 zeros, head of 512, span 1024 to 1523, ...
 */
import { mediaTypeOf } from '../../protocols/http/content/playable-types.ts';
import type { TorrentFile } from '../../protocols/metainfo/types.ts';
import { encodeTarHead, tarEnd, tarPadding } from '../../protocols/tar/write.ts';
import type { TorrentRecord } from '../../storage/catalog/torrent-entry.ts';

/** Bytes of the torrent, from `start` on. */
export interface TorrentSpan {
  readonly start: number;
  readonly length: number;
}

/** Bytes that we make, anew each time, since an archive has many. */
export interface MadeSpan {
  readonly make: () => Uint8Array;
  readonly length: number;
}

export type Span = TorrentSpan | MadeSpan;

/** A thing to download. */
export interface Content {
  /** The name to save it under. */
  readonly name: string;
  readonly mediaType: string;
  /** The entity tag (RFC 9110 8.8.3), with its quotes. */
  readonly etag: string;
  /** The hash of the content, 64 hex digits; null where it is not known. */
  readonly sha256: string | null;
  /** The number of bytes. */
  readonly length: number;
  readonly spans: readonly Span[];
}

/** The complete torrent: its file when it is one file, else an archive. */
export function completeContent(record: TorrentRecord): Content {
  const { id, name, sha256, length, files } = record;
  if (files !== undefined) return archive(record, files);
  return { name, mediaType: mediaTypeOf(name), etag: `"${id}"`, sha256, length, spans: [{ start: 0, length }] };
}

/**
 * The content at `/download/ID/...`, where `path` follows the id. A torrent of several files is a folder there, with
 * the torrent's name, which makes it a web seed (BEP 19); the archive is beside the folder.
 */
export function contentAt(record: TorrentRecord, path: readonly string[]): Content | undefined {
  const complete = completeContent(record);
  const [folder, ...rest] = path;
  if (folder === undefined || (rest.length === 0 && folder === complete.name)) return complete;
  const found = folder === record.name ? record.files?.find((file) => !file.padding && isAt(file, rest)) : undefined;
  return found && one(record, found);
}

function isAt({ path }: TorrentFile, wanted: readonly string[]): boolean {
  return path.length === wanted.length && path.every((element, index) => element === wanted[index]);
}

function one({ id }: TorrentRecord, { path, offset, length }: TorrentFile): Content {
  const name = path.at(-1) as string;
  const mediaType = mediaTypeOf(name);
  return { name, mediaType, etag: `"${id}"`, sha256: null, length, spans: [{ start: offset, length }] };
}

function archive({ id, name, createdMs }: TorrentRecord, files: readonly TorrentFile[]): Content {
  const modified = Math.floor(createdMs / 1000);
  const spans = files
    .filter(({ padding }) => !padding)
    .flatMap(({ path, offset, length }): Span[] => {
      const head = (): Uint8Array => encodeTarHead({ path: [name, ...path].join('/'), length, modified });
      const zeros = tarPadding(length);
      return [
        { make: head, length: head().length },
        { start: offset, length },
        { make: () => new Uint8Array(zeros), length: zeros },
      ];
    });
  spans.push({ make: () => tarEnd, length: tarEnd.length });
  const length = spans.reduce((sum, span) => sum + span.length, 0);
  return { name: `${name}.tar`, mediaType: 'application/x-tar', etag: `"${id}.tar"`, sha256: null, length, spans };
}

/** The parts of `spans` within the bytes `start` to `end` of a content, both included. */
export function spansWithin(spans: readonly Span[], start: number, end: number): Span[] {
  const within: Span[] = [];
  let at = 0;
  for (const span of spans) {
    const from = Math.max(0, start - at);
    const to = Math.min(span.length, end + 1 - at);
    at += span.length;
    if (from >= to) continue;
    const length = to - from;
    within.push(
      'make' in span ? { make: () => span.make().subarray(from, to), length } : { start: span.start + from, length },
    );
  }
  return within;
}

/** The first and the last byte of the torrent that `spans`, which rise, touch; undefined when they touch none. */
export function extentOf(spans: readonly Span[]): { readonly start: number; readonly end: number } | undefined {
  const touching = spans.filter((span): span is TorrentSpan => 'start' in span && span.length > 0);
  const [first, last] = [touching[0], touching.at(-1)];
  return first && last && { start: first.start, end: last.start + last.length - 1 };
}

/**
 * The bytes of `spans`, which rise, given those of the torrent from the first one touched on, in chunks of any size. A
 * chunk is only touched until the next one is asked for, and the yielded bytes may be a part of it. No more chunks are
 * asked for than are needed, and `return()` is called then.
 */
export async function* spanBytes(
  spans: readonly Span[],
  chunks: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let chunk: Uint8Array = new Uint8Array();
  let chunkStart = extentOf(spans)?.start ?? 0;
  try {
    for (const span of spans) {
      if ('make' in span) {
        if (span.length > 0) yield span.make();
        continue;
      }
      const end = span.start + span.length;
      for (let at = span.start; at < end; ) {
        while (at >= chunkStart + chunk.length) {
          chunkStart += chunk.length;
          const next = await chunks.next();
          if (next.done) throw new Error('the bytes of the torrent ended early');
          chunk = next.value;
        }
        const bytes = chunk.subarray(at - chunkStart, end - chunkStart);
        yield bytes;
        at += bytes.length;
      }
    }
  } finally {
    await chunks.return?.();
  }
}
