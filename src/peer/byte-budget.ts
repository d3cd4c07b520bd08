/**
 * A bound on the bytes of buffers in use at once: work that needs more waits until enough of the others are done. First
 * come, first served, so that a large piece is not overtaken forever by small ones.
 */
export class ByteBudget {
  readonly #bytesMax: number;
  readonly #waiting: { readonly bytes: number; readonly start: () => void }[] = [];
  #bytesInUse = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Runs `work`, which uses `bytes`, when there is room; work that is larger than the whole budget runs alone. */
  async run<Result>(bytes: number, work: () => Promise<Result>): Promise<Result> {
    if (this.#waiting.length > 0 || !this.#fits(bytes)) {
      await new Promise<void>((start) => this.#waiting.push({ bytes, start }));
    } else {
      this.#bytesInUse += bytes;
    }
    try {
      return await work();
    } finally {
      this.#bytesInUse -= bytes;
      this.#startWaiting();
    }
  }

  #startWaiting(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#bytesInUse += next.bytes;
      next.start();
    }
  }

  #fits(bytes: number): boolean {
    return this.#bytesInUse === 0 || this.#bytesInUse + bytes <= this.#bytesMax;
  }
}
