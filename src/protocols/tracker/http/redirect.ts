/**
 * Where an HTTP tracker sends its clients to (RFC 9110 15.4): only as far as a torrent might have sent them.
 *
 *     302, Location: /new/announce?info_hash=…      ->  http://tracker.example/new/announce?info_hash=…
 */
import { TrackerError } from '../errors.ts';
import { parseTrackerUrl } from '../url.ts';

/** The others need no new request, or make a choice that is not ours. */
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface Redirecting {
  readonly status: number;
  /** The field of that name. */
  readonly location: string | undefined;
  /** What was asked. */
  readonly from: URL;
}

/** Undefined for an answer that is no redirect. Throws TrackerError where it leads to what is not to be asked. */
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
