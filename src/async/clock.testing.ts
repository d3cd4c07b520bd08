/** A clock that stands still until a test lets time pass. */
import type { Clock } from './clock.ts';

export class ManualClock implements Clock {
  #nowMs = 0;
  readonly #waiting = new Set<{ readonly atMs: number; readonly callback: () => void }>();

  now(): number {
    return this.#nowMs;
  }

  after(ms: number, callback: () => void): () => void {
    const entry = { atMs: this.#nowMs + ms, callback };
    this.#waiting.add(entry);
    return () => void this.#waiting.delete(entry);
  }

  every(ms: number, callback: () => void): () => void {
    let cancel = (): void => {};
    const wait = (): void => {
      cancel = this.after(ms, () => {
        wait(); // before the callback, which may end it
        callback();
      });
    };
    wait();
    return () => cancel();
  }

  /** Milliseconds until the next callback; undefined when none is waited for. */
  get nextMs(): number | undefined {
    const first = this.#first();
    return first && first.atMs - this.#nowMs;
  }

  /** The number of callbacks that are waited for. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Lets time pass until `work` settles, from one callback to the next. */
  async passUntil<Result>(work: Promise<Result>): Promise<Result> {
    let settled = false;
    const end = (): void => {
      settled = true;
    };
    work.then(end, end);
    while (!settled) {
      await new Promise(setImmediate);
      if (!settled) this.pass(this.nextMs ?? 0);
    }
    return await work;
  }

  /** Lets `ms` pass: calls back all that are due within them, in their order, also those that are asked for meanwhile. */
  pass(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (let first = this.#first(); first !== undefined && first.atMs <= untilMs; first = this.#first()) {
      this.#waiting.delete(first);
      this.#nowMs = first.atMs;
      first.callback();
    }
    this.#nowMs = untilMs;
  }

  #first() {
    return [...this.#waiting].sort((a, b) => a.atMs - b.atMs)[0];
  }
}
