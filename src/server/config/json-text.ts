/**
 * Reads JSON (RFC 8259) written by a person: a fault is told by line and column, and a repeated key is a fault too.
 * `JSON.parse` tells neither on Node 20. Objects become Maps, so that no key (`__proto__`) is special.
 *
 *     { "http": { "port": 8080, } }    ->  line 1, column 27: expected a key in quotes, found "}"
 */

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export type JsonObject = ReadonlyMap<string, JsonValue>;

/** A text that is not JSON, and the place of the fault. */
export class JsonSyntaxError extends Error {
  /** The line, from 1. */
  readonly line: number;
  /** The column, from 1, in UTF-16 units, as editors count. */
  readonly column: number;
  constructor(line: number, column: number, expected: string, found: string) {
    super(`expected ${expected}, found ${found}`);
    this.name = 'JsonSyntaxError';
    this.line = line;
    this.column = column;
  }
}

/** The deepest nesting: enough for any configuration, and a bound on the recursion of the reader. */
const depthMax = 32;

const blank = /[ \t\n\r]*/y;
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const literal = /(?:true|false|null)\b/y;

/** The value that `text` spells. Throws a JsonSyntaxError. */
export function parseJson(text: string): JsonValue {
  // RFC 8259 8.1: a byte order mark may be ignored; editors on Windows write one.
  return new Scanner(text.startsWith('\ufeff') ? text.slice(1) : text).document();
}

class Scanner {
  readonly #text: string;
  #offset = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonValue {
    const value = this.#value();
    this.#match(blank);
    if (this.#offset < this.#text.length) this.#fail('the end of the text');
    return value;
  }

  #value(): JsonValue {
    this.#match(blank);
    if (this.#take('{')) return this.#nested(() => this.#members());
    if (this.#take('[')) return this.#nested(() => this.#items());
    const scalar = this.#match(string) ?? this.#match(number) ?? this.#match(literal);
    if (scalar === undefined) {
      this.#fail(
        this.#text[this.#offset] === '"' ? 'a string that ends on its line and has only escapes of JSON' : 'a value',
      );
    }
    // What is in here is one string, number or literal: JSON.parse only decodes it.
    return JSON.parse(scalar) as string | number | boolean | null;
  }

  #members(): JsonObject {
    const members = new Map<string, JsonValue>();
    this.#list('}', () => {
      const keyOffset = this.#offset;
      const quoted = this.#match(string) ?? this.#fail('a key in quotes');
      const key = JSON.parse(quoted) as string;
      if (members.has(key)) this.#fail('each key only once', keyOffset, quoted);
      this.#match(blank);
      if (!this.#take(':')) this.#fail('":"');
      members.set(key, this.#value());
    });
    return members;
  }

  #items(): JsonValue[] {
    const items: JsonValue[] = [];
    this.#list(']', () => items.push(this.#value()));
    return items;
  }

  /** Calls `readOne` at each element of a comma-separated list that `close` ends. */
  #list(close: string, readOne: () => void): void {
    this.#match(blank);
    if (this.#take(close)) return;
    for (;;) {
      this.#match(blank);
      readOne();
      this.#match(blank);
      if (this.#take(close)) return;
      if (!this.#take(',')) this.#fail(`"," or "${close}"`);
    }
  }

  #nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > depthMax) this.#fail(`at most ${depthMax} levels`);
    const value = read();
    this.#depth -= 1;
    return value;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset;
    const found = pattern.exec(this.#text)?.[0];
    this.#offset += found?.length ?? 0;
    return found;
  }

  #take(character: string): boolean {
    const found = this.#text[this.#offset] === character;
    if (found) this.#offset += 1;
    return found;
  }

  #fail(expected: string, offset = this.#offset, found = this.#sampleAt(offset)): never {
    const before = this.#text.slice(0, offset).split(/\r\n|\r|\n/);
    throw new JsonSyntaxError(before.length, (before.at(-1)?.length ?? 0) + 1, expected, found);
  }

  /** The word or the character at `offset`, for a message. */
  #sampleAt(offset: number): string {
    const sample = /[\w.+-]{1,20}|./suy;
    sample.lastIndex = offset;
    const found = sample.exec(this.#text)?.[0];
    return found === undefined ? 'the end of the text' : JSON.stringify(found);
  }
}
