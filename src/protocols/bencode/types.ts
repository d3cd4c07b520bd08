/**
 * bencode (BEP 3, "bencoding"): integers, byte strings, lists and dictionaries. It owns the notation and knows nothing
 * of torrents.
 *
 *     { cow: 'moo', spam: ['a', 2] }  <->  d3:cow3:moo4:spaml1:ai2eee
 *
 * Strings are bytes. In values made by us a JavaScript string stands for its UTF-8 bytes; keys of dictionaries that are
 * not text (the hashes of a scrape) need a `Map` with byte keys, since no JavaScript string spells them safely.
 */
export type BencodeValue =
  | number
  | bigint
  | string
  | Uint8Array
  | readonly BencodeValue[]
  | ReadonlyMap<string | Uint8Array, BencodeValue>
  | { readonly [key: string]: BencodeValue | undefined };

export const bencodeLimits = {
  /** Lists and dictionaries in each other: torrents need 5 or so, and the reader uses the stack. */
  depthMax: 64,
  /** Values in all: a megabyte of `le` must not become a gigabyte of lists; a hybrid of 20,000 files has some 300,000. */
  valuesMax: 500_000,
  /** Digits of an integer, for which BEP 3 sets no limit: 64 bits are enough, and a million digits take seconds. */
  integerDigitsMax: 20,
} as const;
