/** Sizes, times, counts and names as they are shown to people, on pages and in tables for terminals. */

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** A size as `1.5 MiB`: one decimal below a hundred, none above. */
export function formatSize(bytes: number): string {
  const { value, unit, decimals } = scaleSize(bytes);
  return `${value.toFixed(decimals)} ${units[unit]}`;
}

/** A size as a short number and the index of its unit: 1,572,864 bytes are 1.5 of unit 2 (MiB), bytes being unit 0. */
export function scaleSize(bytes: number): { readonly value: number; readonly unit: number; readonly decimals: 0 | 1 } {
  let value = bytes;
  let unit = 0;
  // 1023.95 would be rounded to 1024.0, which is the next unit's 1.0.
  for (; value >= 1023.95 && unit < units.length - 1; unit += 1) value /= 1024;
  return { value, unit, decimals: unit === 0 || value >= 99.95 ? 0 : 1 };
}

/** A number of bytes as `1,572,864 bytes`. */
export function formatExactSize(bytes: number): string {
  return formatCount(bytes, 'byte');
}

/** A number of things as `1 piece`, `1,200 pieces`. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

export function formatNumber(count: number): string {
  return String(count).replace(/\B(?=(?:[0-9]{3})+$)/g, ',');
}

/** A share as `99%`; `100%` only when it is all. */
export function formatPercent(share: number): string {
  return `${Math.floor(share * 100)}%`;
}

/** A time as `2026-11-20 10:00`, from RFC 3339's `2026-11-20T10:00:00.000Z`: UTC, to the minute. */
export function formatTime(rfc3339: string): string {
  return rfc3339.slice(0, 16).replace('T', ' ');
}

/** `name` as one word of a POSIX shell. */
export function quoteForShell(name: string): string {
  return /^[\w@%+=:,./-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}
