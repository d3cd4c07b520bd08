/**
 * The places of a torrent's bytes in its files (BEP 3, "info dictionary"; paddings: BEP 47, "Padding files"). Names and
 * numbers alone, no disk.
 *
 *     album, in pieces of 1000:   01.flac 1500, padding 500, 02.flac 700, cover.jpg 0
 *     spans(1000, 1000)   ->      500 bytes of 01.flac from 1000 on, 500 of no file
 */
import { fileNameFault } from '../../bytes/file-name.ts';
import { printable } from '../../bytes/printable.ts';
import { type Metainfo, pieceOffset, pieceSize } from '../../protocols/metainfo/types.ts';
import { DownloadError } from './download-error.ts';

/** A file that is kept: not a padding. */
export interface LaidFile {
  /** The names from the torrent's folder down; empty where the torrent is one file. */
  readonly path: readonly string[];
  /** The length in bytes. */
  readonly length: number;
  /** The file's first byte in the bytes of the whole torrent. */
  readonly offset: number;
}

/** Bytes of a torrent that lie in one file. */
export interface Span {
  /** The file's index in `files`; undefined for a padding, whose bytes are zeros and kept nowhere. */
  readonly file: number | undefined;
  /** The first of the bytes in the file. */
  readonly position: number;
  /** The first of the bytes in what was asked for. */
  readonly start: number;
  readonly length: number;
}

interface Stretch {
  readonly file: number | undefined;
  readonly offset: number;
  readonly length: number;
}

export class Layout {
  readonly torrent: Metainfo;
  readonly files: readonly LaidFile[];
  /** The files and paddings that have bytes, in order, without a gap. */
  readonly #stretches: readonly Stretch[];

  /** Lays out `torrent`. Throws a DownloadError, `bad-torrent`, when a name could lead out of the torrent's folder. */
  constructor(torrent: Metainfo) {
    this.torrent = torrent;
    const all = torrent.files ?? [{ path: [], length: torrent.length, offset: 0, padding: false }];
    const kept = all.filter(({ padding }) => !padding);
    this.files = kept.map(({ path, length, offset }) => ({ path, length, offset }));
    const indices = new Map(kept.map((file, index) => [file, index]));
    this.#stretches = all
      .filter(({ length }) => length > 0)
      .map((file) => ({ file: indices.get(file), offset: file.offset, length: file.length }));
    // Whoever parsed the torrent has looked at them; but it is here that they become paths.
    for (const name of [torrent.name, ...this.files.flatMap(({ path }) => path)]) checkName(name);
  }

  /** The folders that the files lie in, outermost first; the torrent's own is the empty path. None for one file. */
  get folders(): readonly (readonly string[])[] {
    const folders = new Map<string, readonly string[]>();
    if (this.torrent.files !== undefined) folders.set('', []);
    for (const { path } of this.files) {
      for (let depth = 1; depth < path.length; depth += 1) {
        const folder = path.slice(0, depth);
        folders.set(folder.join('/'), folder);
      }
    }
    return [...folders.values()].sort((one, other) => one.length - other.length);
  }

  /** The places of `length` bytes from `offset` on, which are within the torrent; in order. */
  spans(offset: number, length: number): Span[] {
    const spans: Span[] = [];
    const end = offset + length;
    for (let index = this.#stretchAt(offset), at = offset; at < end; index += 1) {
      const stretch = this.#stretches[index];
      if (stretch === undefined) throw new RangeError(`bytes ${offset} to ${end} of ${this.torrent.length}`);
      const next = Math.min(end, stretch.offset + stretch.length);
      spans.push({ file: stretch.file, position: at - stretch.offset, start: at - offset, length: next - at });
      at = next;
    }
    return spans;
  }

  /** The places of the bytes of a piece, in order. */
  spansOf(pieceIndex: number): Span[] {
    return this.spans(pieceOffset(this.torrent, pieceIndex), pieceSize(this.torrent, pieceIndex));
  }

  /** The files that a piece has bytes in. */
  filesOf(pieceIndex: number): number[] {
    return this.spansOf(pieceIndex).flatMap(({ file }) => file ?? []);
  }

  /** The index of the stretch that holds the byte at `offset`. */
  #stretchAt(offset: number): number {
    let [low, high] = [0, this.#stretches.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { offset: begin, length } = this.#stretches[middle] as Stretch;
      if (begin + length <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function checkName(name: string): void {
  const fault = fileNameFault(name);
  const shown = printable(name.slice(0, 300));
  if (fault !== undefined) throw new DownloadError('bad-torrent', `The name "${shown}" in the torrent ${fault}`);
  if (partFolderForm.test(name))
    throw new DownloadError('bad-torrent', `The name "${shown}" is that of a folder of ours`);
}

/** The form of the name of an unfinished download's folder: no torrent may bring one. */
const partFolderForm = /^[0-9a-f]{40}\.part$/i;
