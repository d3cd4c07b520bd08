/**
 * Redirects of an HTTP tracker (RFC 9110 15.4): they are followed only to URLs that a torrent might have named.
 *
 *     302, Location: /new/announce?info_hash=…      ->  http://tracker.example/new/announce?info_hash=…
 */
import { TrackerError } from '../errors.ts';
import { parseTrackerUrl } from '../url.ts';

/** Statuses that name one other URL; other redirects need no new request, or leave a choice (RFC 9110 15.4). */
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface Redirecting {
  readonly status: number;
  /** The `Location` field. */
  readonly location: string | undefined;
  /** The URL that was asked. */
  readonly from: URL;
}

/** The URL to ask next; undefined when there is no redirect. Throws TrackerError for a URL that must not be asked. */
export function redirectTarget({ status, location, from }: Redirecting): URL | undefined {
  if (!redirects.has(status) || location === undefined) return undefined;
  if (!URL.canParse(location, from.href)) throw refused('not a URL');
  const target = followable(new URL(location, from).href);
  if (target.kind !== 'http') throw refused('not an http: URL');
  return target.url;
}

function followable(href: string): ReturnType<typeof parseTrackerUrl> {
  try {
    return parseTrackerUrl(href);
  } catch (error) {
    if (!(error instanceof TrackerError)) throw error;
    throw refused(error.message);
  }
}

function refused(why: string): TrackerError {
  return new TrackerError('bad-answer', `a redirect that cannot be followed: ${why}`, 'drop');
}
