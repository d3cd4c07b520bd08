/**
 * Proactive negotiation by `Accept` (RFC 9110 12.5.1): the one of our representations that the client
 * prefers.
 *
 *     text/html, application/json;q=0.9, text/*;q=0.8     of JSON, HTML and plain text: HTML
 */
import { parseMediaType } from './media-type.ts';
import { parseQuality } from './quality.ts';

interface MediaRange {
  // The range: `text/html`, `text/*` or `*/*`.
  readonly pattern: string;
  /** The preference, 0 to 1; 0 is "not acceptable" (12.4.2). */
  readonly quality: number;
}

/** The client's preference for one offer. */
interface Rating {
  readonly quality: number;
  // 2 for `text/html`, 1 for `text/*`, 0 for `*/*`.
  readonly specificity: number;
}

/**
 * The one of `offers` (`type/subtype`, lower case, the server's favourite first) that `accept` prefers. Among equals
 * the one that was named more exactly wins, then the earlier offer. Without `accept`, or when it accepts none of them,
 * the first: a response in another form is of more use than a 406 (12.5.1 leaves that to us).
 */
export function preferred<Offer extends string>(
  accept: string | undefined,
  offers: readonly [Offer, ...Offer[]],
): Offer {
  if (accept === undefined) return offers[0];
  const ranges = parseAccept(accept);
  let best: Offer = offers[0];
  let bestRating: Rating = { quality: 0, specificity: 0 };
  for (const offer of offers) {
    const rating = rate(offer, ranges);
    if (isBetter(rating, bestRating)) [best, bestRating] = [offer, rating];
  }
  return best;
}

/**
 * The media ranges of `accept`. One that does not parse is skipped: it is only a preference.
 * Parameters other than `q` are not compared (`application/json;charset=utf-8` means our JSON), since none of our
 * offers has variants.
 */
function parseAccept(accept: string): MediaRange[] {
  return splitList(accept).flatMap((element) => {
    const range = parseMediaType(element);
    const quality = parseQuality(range?.parameters.get('q') ?? '1');
    return range !== undefined && quality !== undefined ? [{ pattern: range.essence, quality }] : [];
  });
}

/** The elements of a list (5.6.1), where a comma in quotes does not separate. */
function splitList(list: string): string[] {
  const elements = list.match(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g) ?? [];
  return elements.map((element) => element.replace(/^[ \t]+|[ \t]+$/g, '')).filter((element) => element !== '');
}

/** The rating of an offer: by the most specific range that matches (12.5.1). */
function rate(offer: string, ranges: readonly MediaRange[]): Rating {
  const patterns = ['*/*', `${offer.slice(0, offer.indexOf('/'))}/*`, offer];
  for (let specificity = 2; specificity >= 0; specificity -= 1) {
    const range = ranges.find(({ pattern }) => pattern === patterns[specificity]);
    if (range !== undefined) return { quality: range.quality, specificity };
  }
  return { quality: 0, specificity: 0 };
}

function isBetter(rating: Rating, than: Rating): boolean {
  if (rating.quality !== than.quality) return rating.quality > than.quality;
  return rating.quality > 0 && rating.specificity > than.specificity;
}
