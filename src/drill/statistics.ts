/** A few numbers that say what many measurements were. Pure. */

/** The middle one of `values`, or the lower of two; 0 of none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below or at which the share `share` of `values` lies, from 0 to 1; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  const rising = values.toSorted((one, other) => one - other);
  return rising[Math.max(0, Math.ceil(rising.length * share) - 1)] ?? 0;
}

export function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}
