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

  /** When somebody is called back next, in milliseconds from now; undefined when nobody waits. */
  get nextMs(): number | undefined {
    const first = this.#first();
    return first && first.atMs - this.#nowMs;
  }

  /** Calls back all that are due within `ms`, in their order. What they wait for on top of it is due too. */
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
