/**
 * Conditional requests (RFC 9110 13): whether a request goes on, given the present state of the resource. Only for
 * requests that would succeed without their conditions (13.2.1).
 *
 *     If-None-Match: "c9e1"     and the entity tag is "c9e1"     GET: not-modified, else: precondition-failed
 */
import { parseHttpDate } from '../date.ts';

/** The resource's current representation. */
export interface Validators {
  /** The entity tag, with its quotes, `"..."` or `W/"..."`. */
  readonly etag: string;
  /**
   * The time of the last change, in milliseconds since 1970; absent when there is none. The time is taken as a strong
   * validator (8.8.2.2), so it must belong to something that does not change twice in one second.
   */
  readonly lastModifiedMs?: number;
}

export type ConditionOutcome = 'proceed' | 'not-modified' | 'precondition-failed';

interface Headers {
  get(name: string): string | undefined;
}

/** Evaluates everything but `If-Range`, in the order of 13.2.2. */
export function evaluateConditions(method: string, headers: Headers, current: Validators): ConditionOutcome {
  const reading = method === 'GET' || method === 'HEAD';
  const ifMatch = headers.get('if-match');
  const ifUnmodifiedSince = headers.get('if-unmodified-since');
  const ifNoneMatch = headers.get('if-none-match');
  const ifModifiedSince = headers.get('if-modified-since');

  // 13.2.2, steps 1 and 2: If-Unmodified-Since counts only without If-Match.
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, current.etag, strongEquals)) return 'precondition-failed';
  } else if (ifUnmodifiedSince !== undefined && isModifiedSince(ifUnmodifiedSince, current) === true) {
    return 'precondition-failed';
  }

  // Steps 3 and 4: If-Modified-Since counts only without If-None-Match, and only for GET and HEAD (13.1.3).
  if (ifNoneMatch !== undefined) {
    if (matches(ifNoneMatch, current.etag, weakEquals)) return reading ? 'not-modified' : 'precondition-failed';
  } else if (reading && ifModifiedSince !== undefined && isModifiedSince(ifModifiedSince, current) === false) {
    return 'not-modified';
  }
  return 'proceed';
}

/**
 * Whether `Range` counts (13.1.5, step 5 of 13.2.2): always without `If-Range`; with it, only for the very same bytes.
 */
export function ifRangeHolds(ifRange: string | undefined, current: Validators): boolean {
  if (ifRange === undefined) return true;
  if (parseEntityTags(ifRange)?.length === 1) return strongEquals(ifRange, current.etag);
  // Exactly the date, not merely one that is no earlier.
  return current.lastModifiedMs !== undefined && parseHttpDate(ifRange) === wholeSeconds(current.lastModifiedMs);
}

/** Whether `header` has the tag (13.1.1, 13.1.2): `*` is any representation; a list that does not parse has no tag. */
function matches(header: string, etag: string, equal: (a: string, b: string) => boolean): boolean {
  return header === '*' || (parseEntityTags(header)?.some((candidate) => equal(candidate, etag)) ?? false);
}

/** Whether the tags are the same, and neither is weak (8.8.3.2). */
function strongEquals(a: string, b: string): boolean {
  return a === b && !a.startsWith('W/');
}

/** Whether the tags are the same but for weakness (8.8.3.2). */
function weakEquals(a: string, b: string): boolean {
  return a.replace(/^W\//, '') === b.replace(/^W\//, '');
}

/** Whether the resource changed since the date in `header`; undefined without either date (13.1.3, 13.1.4). */
function isModifiedSince(header: string, { lastModifiedMs }: Validators): boolean | undefined {
  const date = parseHttpDate(header);
  return date === undefined || lastModifiedMs === undefined ? undefined : wholeSeconds(lastModifiedMs) > date;
}

/** The time `ms` as `Last-Modified` can tell it. */
function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

/** The tags of a list (8.8.3), where a comma may stand in a tag, a quote may not. Undefined when it does not parse. */
function parseEntityTags(list: string): string[] | undefined {
  const element = /[ \t]*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")?[ \t]*(?:,|$)/y;
  const tags: string[] = [];
  while (element.lastIndex < list.length) {
    const match = element.exec(list);
    if (match === null) return undefined;
    if (match[1] !== undefined) tags.push(match[1]);
  }
  return tags;
}
