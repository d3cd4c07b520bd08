/**
 * Rules for configuration values: each reads one JSON value, reports its faults, and knows its default and its JSON
 * Schema. Pure; `shape.ts` names the keys.
 *
 * A fault does not end the reading: it is noted and the rest is read, so that one start tells the user every fault.
 */
import { nearest } from '../../bytes/nearest.ts';
import type { JsonValue } from './json-text.ts';

/** A fault: its place (JSON pointer, RFC 6901), the value that was expected, and the value found. */
export interface Fault {
  readonly pointer: string;
  readonly expected: string;
  readonly found: string;
  readonly hint?: string;
}

/** A rule for one value. */
export interface Rule<T> {
  /** The values that are accepted, in words after "expected": `a whole number from 1 to 16`. */
  readonly expected: string;
  /** The value of an absent key; undefined when the key must be there. */
  readonly fallback: T | undefined;
  /** The JSON Schema, draft 2020-12. */
  readonly schema: JsonSchema;
  /** Reads the value of `json`. Faults are appended to `faults`; the result must not be used then. */
  read(json: JsonValue, pointer: string, faults: Fault[]): T | undefined;
}

export type JsonSchema = { readonly [keyword: string]: unknown };
export type RuleValue<R> = R extends Rule<infer T> ? T : never;

/** A rule for a value without parts, which is either accepted or not. */
function scalar<T>(
  expected: string,
  fallback: T | undefined,
  schema: JsonSchema,
  accepts: (json: JsonValue) => boolean,
): Rule<T> {
  return {
    expected,
    fallback,
    schema,
    read(json, pointer, faults) {
      if (accepts(json)) return json as T;
      faults.push({ pointer, expected, found: describe(json) });
      return undefined;
    },
  };
}

/** A whole number within bounds, both included. */
export function integer(minimum: number, maximum: number, fallback?: number): Rule<number> {
  const schema = { type: 'integer', minimum, maximum };
  return scalar(`a whole number from ${minimum} to ${maximum}`, fallback, schema, (json) =>
    isIntegerWithin(json, minimum, maximum),
  );
}

/** A power of two within bounds, both included. */
export function powerOfTwo(minimum: number, maximum: number, fallback: number): Rule<number> {
  const powers: number[] = [];
  for (let power = minimum; power <= maximum; power *= 2) powers.push(power);
  return scalar(`a power of two from ${minimum} to ${maximum}`, fallback, { enum: powers }, (json) =>
    powers.some((power) => power === json),
  );
}

/** True or false. */
export function flag(fallback?: boolean): Rule<boolean> {
  return scalar('true or false', fallback, { type: 'boolean' }, (json) => typeof json === 'boolean');
}

/** A string that matches `pattern` from its beginning to its end; `expected` describes the pattern in words. */
export function text(expected: string, pattern: RegExp, fallback?: string): Rule<string> {
  const schema = { type: 'string', pattern: pattern.source };
  return scalar(expected, fallback, schema, (json) => typeof json === 'string' && pattern.test(json));
}

/** One of some words. */
export function choice<const Word extends string>(words: readonly Word[], fallback: NoInfer<Word>): Rule<Word> {
  const expected = `one of ${words.map((word) => `"${word}"`).join(', ')}`;
  return scalar(expected, fallback, { enum: words }, (json) => words.some((word) => word === json));
}

/** A value of `rule`, or null, which is the default; for rules without parts. */
export function nullable<T>(rule: Rule<T>): Rule<T | null> {
  const schema = { anyOf: [rule.schema, { type: 'null' }] };
  const accepts = (json: JsonValue): boolean => json === null || rule.read(json, '', []) !== undefined;
  return scalar<T | null>(`${rule.expected}, or null`, null, schema, accepts);
}

/** A list of values of `rule`. */
export function listOf<T>(rule: Rule<T>, fallback: readonly T[]): Rule<readonly T[]> {
  const expected = 'a list';
  return {
    expected,
    fallback,
    schema: { type: 'array', items: rule.schema },
    read(json, pointer, faults) {
      if (Array.isArray(json)) return json.map((item, index) => rule.read(item, `${pointer}/${index}`, faults) as T);
      faults.push({ pointer, expected, found: describe(json) });
      return undefined;
    },
  };
}

/** A member of an object: its rule, and its purpose. */
export interface Member<T> {
  readonly rule: Rule<T>;
  readonly about: string;
}
type Members = Readonly<Record<string, Member<unknown>>>;
type MemberValues<M extends Members> = { readonly [Key in keyof M]: RuleValue<M[Key]['rule']> };

/** An object with these keys and no others. The object may be absent when every key of it may. */
export function object<M extends Members>(members: M): Rule<MemberValues<M>> {
  const keys = Object.keys(members);
  const required = keys.filter((key) => members[key]?.rule.fallback === undefined);
  const expected = `an object with the keys ${keys.join(', ')}`;
  return {
    expected,
    fallback: required.length > 0 ? undefined : defaultsOf(members),
    schema: objectSchema(members, required),
    read(json, pointer, faults) {
      if (!(json instanceof Map)) {
        faults.push({ pointer, expected, found: describe(json) });
        return undefined;
      }
      for (const key of json.keys()) if (!Object.hasOwn(members, key)) faults.push(unknownKey(pointer, key, keys));
      return readMembers(members, json, pointer, faults);
    },
  };
}

function readMembers<M extends Members>(
  members: M,
  json: ReadonlyMap<string, JsonValue>,
  pointer: string,
  faults: Fault[],
): MemberValues<M> {
  const values = Object.entries(members).map(([key, { rule }]) => {
    const member = json.get(key);
    const place = `${pointer}/${escapePointer(key)}`;
    if (member !== undefined) return [key, rule.read(member, place, faults)];
    if (rule.fallback === undefined) faults.push({ pointer: place, expected: rule.expected, found: 'nothing' });
    return [key, rule.fallback];
  });
  return Object.fromEntries(values) as MemberValues<M>;
}

function defaultsOf<M extends Members>(members: M): MemberValues<M> {
  const values = Object.entries(members).map(([key, { rule }]) => [key, rule.fallback]);
  return Object.fromEntries(values) as MemberValues<M>;
}

function objectSchema(members: Members, required: readonly string[]): JsonSchema {
  const properties = Object.entries(members).map(([key, { rule, about }]) => {
    // An object's default is that of its members; it need not be said twice.
    const shown = rule.fallback === undefined || 'properties' in rule.schema ? {} : { default: rule.fallback };
    return [key, { description: about, ...rule.schema, ...shown }];
  });
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
}

function unknownKey(pointer: string, key: string, keys: readonly string[]): Fault {
  const meant = nearest(key, keys);
  return {
    pointer: `${pointer}/${escapePointer(key)}`,
    expected: `only the keys ${keys.join(', ')}`,
    found: `the key ${JSON.stringify(key)}`,
    ...(meant === undefined ? {} : { hint: `did you mean "${meant}"?` }),
  };
}

/** A key as part of a JSON pointer (RFC 6901 3). */
function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function isIntegerWithin(json: JsonValue, minimum: number, maximum: number): boolean {
  return Number.isInteger(json) && minimum <= (json as number) && (json as number) <= maximum;
}

/** The value as the user wrote it, cut short; only the kind of a list or an object. */
function describe(json: JsonValue): string {
  if (Array.isArray(json)) return 'a list';
  if (json instanceof Map) return 'an object';
  const written = JSON.stringify(json);
  return written.length > 60 ? `${written.slice(0, 60)}...` : written;
}
