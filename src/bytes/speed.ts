/** The speed of something now: over the last few seconds, so that it follows changes and does not tremble. */

/** The last few seconds, in milliseconds, over which the speed is measured. */
const windowMs = 3_000;

export class Speed {
  readonly #samples: { readonly atMs: number; readonly bytes: number }[] = [];

  /** Notes that `bytes` were done in all by `atMs`, in milliseconds from any origin. */
  sample(atMs: number, bytes: number): void {
    if (atMs < (this.#samples.at(-1)?.atMs ?? atMs)) this.#samples.length = 0; // the clock was set back
    this.#samples.push({ atMs, bytes });
    while (this.#samples.length > 2 && atMs - (this.#samples[1]?.atMs ?? atMs) >= windowMs) this.#samples.shift();
  }

  /** The speed; 0 before there are two samples. */
  get bytesPerSecond(): number {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.atMs === first.atMs) return 0;
    return Math.max(0, ((last.bytes - first.bytes) / (last.atMs - first.atMs)) * 1000);
  }

  /** Seconds until `bytes` more are done; undefined while nothing moves. */
  secondsFor(bytes: number): number | undefined {
    const speed = this.bytesPerSecond;
    return speed > 0 ? bytes / speed : undefined;
  }
}
