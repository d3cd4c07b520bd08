/**
 * HTTP dates (RFC 9110 5.6.7): one form is written, three are read. Knows nothing of the fields that carry them.
 *
 *   Sun, 06 Nov 1994 08:49:37 GMT    IMF-fixdate: the one that is written
 *   Sunday, 06-Nov-94 08:49:37 GMT   RFC 850, obsolete, two digits of the year
 *   Sun Nov  6 08:49:37 1994         asctime(), obsolete
 */

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const dayNames = 'Mon|Tue|Wed|Thu|Fri|Sat|Sun';
const longDayNames = 'Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday';
const month = `(?<month>${months.join('|')})`;
const time = '(?<hour>[01]\\d|2[0-3]):(?<minute>[0-5]\\d):(?<second>[0-5]\\d|60)';

/** The three forms: case-sensitive, single spaces, nothing before or after, as in the grammar. */
const forms = [
  new RegExp(`^(?:${dayNames}), (?<day>\\d\\d) ${month} (?<year>\\d{4}) ${time} GMT$`),
  new RegExp(`^(?:${longDayNames}), (?<day>\\d\\d)-${month}-(?<shortYear>\\d\\d) ${time} GMT$`),
  new RegExp(`^(?:${dayNames}) ${month} (?<day>\\d\\d| \\d) ${time} (?<year>\\d{4})$`),
];

/** The time `ms` since the epoch as an IMF-fixdate, rounded down to the second. */
export function formatHttpDate(ms: number): string {
  return new Date(ms).toUTCString();
}

/**
 * Parses a date to milliseconds since the epoch; undefined when `text` has none of the three forms or names a day that
 * no calendar has.
 * The name of the weekday is not checked against the date: no recipient does.
 * `nowMs` only chooses the century of a two-digit year; being some years off moves that choice by as many years.
 */
export function parseHttpDate(text: string, nowMs: number = Date.UTC(2026, 0)): number | undefined {
  for (const form of forms) {
    const groups = form.exec(text)?.groups;
    if (groups === undefined) continue;
    const year = groups.shortYear === undefined ? Number(groups.year) : fullYear(Number(groups.shortYear), nowMs);
    const monthIndex = months.indexOf(groups.month ?? '');
    const day = Number(groups.day);
    if (day < 1 || day > daysIn(year, monthIndex)) return undefined;
    const date = new Date(0);
    date.setUTCFullYear(year, monthIndex, day); // unlike Date.UTC, takes the years 0 to 99 for what they are
    return date.setUTCHours(Number(groups.hour), Number(groups.minute), Number(groups.second));
  }
  return undefined;
}

/** The year that two digits mean: never more than 50 years ahead, the past then (RFC 9110 5.6.7). */
function fullYear(lastTwoDigits: number, nowMs: number): number {
  const thisYear = new Date(nowMs).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + lastTwoDigits;
  if (year > thisYear + 50) return year - 100;
  return year <= thisYear - 50 ? year + 100 : year;
}

function daysIn(year: number, monthIndex: number): number {
  const lastDay = new Date(0);
  lastDay.setUTCFullYear(year, monthIndex + 1, 0); // day 0 of a month is the last one of the month before
  return lastDay.getUTCDate();
}
