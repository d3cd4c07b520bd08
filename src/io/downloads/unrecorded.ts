/** The changes of a download since its state was last written, which the next `sync` has to tell it. Pure. */

export interface Batch {
  readonly unsure: ReadonlySet<number>;
  readonly lost: ReadonlySet<number>;
  readonly parts: ReadonlySet<number>;
  /** Files that look other than the state says, whatever pieces are in them. */
  readonly files: ReadonlySet<number>;
  readonly bytes: number;
}

export class Unrecorded {
  #unsure = new Set<number>();
  #lost = new Set<number>();
  #parts = new Set<number>();
  #files = new Set<number>();
  #bytes = 0;

  get empty(): boolean {
    return [this.#unsure, this.#lost, this.#parts, this.#files].every(({ size }) => size === 0);
  }

  /** Bytes of pieces that may not be on stable storage. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Pieces that may not be on stable storage. */
  get parts(): ReadonlySet<number> {
    return this.#parts;
  }

  /** Notes that a good piece of `size` bytes is in its files. */
  addPart(pieceIndex: number, size: number): void {
    if (this.#parts.has(pieceIndex)) return;
    this.#parts.add(pieceIndex);
    this.#bytes += size;
  }

  /** Notes that a piece is there no more. If it comes again, that is later. */
  addLost(pieceIndex: number): void {
    this.#parts.delete(pieceIndex);
    this.#lost.add(pieceIndex);
  }

  /** Notes that a piece that the state names may be there no more. */
  addUnsure(pieceIndex: number): void {
    this.#unsure.add(pieceIndex);
  }

  addFile(file: number): void {
    this.#files.add(file);
  }

  /** Takes all changes; from here on they are collected anew. */
  take(): Batch {
    const batch = {
      unsure: this.#unsure,
      lost: this.#lost,
      parts: this.#parts,
      files: this.#files,
      bytes: this.#bytes,
    };
    this.#unsure = new Set();
    this.#lost = new Set();
    this.#parts = new Set();
    this.#files = new Set();
    this.#bytes = 0;
    return batch;
  }

  /** Takes back a `batch` that the state could not be told of; it is older than what has come since. */
  giveBack({ unsure, lost, parts, files, bytes }: Batch): void {
    for (const pieceIndex of parts) if (!this.#lost.has(pieceIndex)) this.#parts.add(pieceIndex);
    for (const pieceIndex of unsure) this.#unsure.add(pieceIndex);
    for (const pieceIndex of lost) this.#lost.add(pieceIndex);
    for (const file of files) this.#files.add(file);
    this.#bytes += bytes;
  }
}
