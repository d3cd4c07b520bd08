/**
 * One thing at a time for each key: whoever comes later waits for those before. For steps that must not cross, such as
 * two uploads of the same file, or a repair and a delete.
 */
export class KeyedLock<Key> {
  readonly #tails = new Map<Key, Promise<unknown>>();

  /** Runs `work` once all that was asked for the same key before has settled. */
  async run<Result>(key: Key, work: () => Promise<Result>): Promise<Result> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const result = before.then(work);
    const tail = result.catch(() => undefined); // The failure is the caller's; those who wait only need the end.
    this.#tails.set(key, tail);
    try {
      return await result;
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }

  /** The same for several keys at once; taken in order, so that two such calls never wait for each other. */
  runAll<Result>(keys: readonly Key[], work: () => Promise<Result>): Promise<Result> {
    const [first, ...rest] = [...new Set(keys)].sort();
    return first === undefined ? work() : this.run(first, () => this.runAll(rest, work));
  }
}
