/**
 * A lock for each key: one step at a time for the same key, in the order in which they were asked for. Such steps are
 * two uploads of the same file, or a repair and a delete.
 */
import { Mutex } from './mutex.ts';

export class KeyedLock<Key> {
  readonly #mutexes = new Map<Key, Mutex>();

  /** Runs `work` once everything that was asked for the same key before has settled. */
  async run<Result>(key: Key, work: () => Promise<Result>): Promise<Result> {
    const mutex = this.#mutexes.get(key) ?? new Mutex();
    this.#mutexes.set(key, mutex);
    try {
      return await mutex.run(work);
    } finally {
      if (mutex.free) this.#mutexes.delete(key);
    }
  }

  /** Whether something is under way for `key`, or waits. */
  has(key: Key): boolean {
    return this.#mutexes.has(key);
  }

  /** Settles once everything that was asked for so far, for `key` or for any, has settled; never fails. */
  async settled(key?: Key): Promise<void> {
    const mutexes = key === undefined ? [...this.#mutexes.values()] : [this.#mutexes.get(key)];
    await Promise.all(mutexes.map((mutex) => mutex?.settled()));
  }

  /** Runs `work` with the locks of several keys, taken in order: two such calls never wait for each other. */
  runAll<Result>(keys: readonly Key[], work: () => Promise<Result>): Promise<Result> {
    const [first, ...rest] = [...new Set(keys)].sort();
    return first === undefined ? work() : this.run(first, () => this.runAll(rest, work));
  }
}
