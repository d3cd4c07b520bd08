/**
 * Proactive negotiation by `Accept-Language` (RFC 9110 12.5.4): the one of our languages that the reader prefers, by
 * the lookup scheme of RFC 4647 3.4.
 *
 *     bg-BG, ru;q=0.8, en;q=0.5     of English, Russian and Bulgarian: Bulgarian
 */
import { parseQuality } from './quality.ts';

/** A language range (RFC 4647 2.1): `*`, or subtags of one to eight letters and digits, the first of letters alone. */
const rangeForm = /^(?:\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)$/;
/** The most ranges that are read, since a list may be as long as a field may be; a browser sends about five. */
const rangesMax = 32;

interface LanguageRange {
  /** The range, in lower case. */
  readonly range: string;
  readonly quality: number;
}

/**
 * The one of `offers` (lower-case language tags, the server's favourite first) that `acceptLanguage` prefers; the first
 * where it accepts none, or is absent. An offer that the reader refuses by `q=0` is not chosen for a wildcard.
 */
export function preferredLanguage<Offer extends string>(
  acceptLanguage: string | undefined,
  offers: readonly [Offer, ...Offer[]],
): Offer {
  const ranges = parseRanges(acceptLanguage ?? '');
  const refused = new Set(ranges.filter(({ quality }) => quality === 0).map(({ range }) => range));
  const wanted = ranges.filter(({ quality }) => quality > 0).sort((a, b) => b.quality - a.quality);
  for (const { range } of wanted) {
    const found = range === '*' ? offers.find((offer) => !refused.has(offer)) : lookUp(range, offers);
    if (found !== undefined) return found;
  }
  return offers[0];
}

/** The ranges of the field. One that does not parse is skipped: it is only a preference. */
function parseRanges(list: string): LanguageRange[] {
  const elements = list.toLowerCase().split(',', rangesMax);
  return elements.flatMap((element) => {
    const [range = '', parameter = 'q=1', ...more] = element.split(';').map((part) => part.trim());
    const quality = parseQuality(/^q\s*=\s*(\S+)$/.exec(parameter)?.[1] ?? '');
    return rangeForm.test(range) && quality !== undefined && more.length === 0 ? [{ range, quality }] : [];
  });
}

/**
 * Looks for an offer: the range is cut from its end, subtag by subtag, until it names an offer: `zh-hant-cn`,
 * `zh-hant`, `zh`.
 */
function lookUp<Offer extends string>(range: string, offers: readonly Offer[]): Offer | undefined {
  const subtags = range.split('-');
  for (let length = subtags.length; length > 0; length -= 1) {
    // A single letter or digit only introduces what follows it, and goes together with it.
    if (length > 1 && subtags[length - 1]?.length === 1) continue;
    const tag = subtags.slice(0, length).join('-');
    const found = offers.find((offer) => offer === tag);
    if (found !== undefined) return found;
  }
  return undefined;
}
