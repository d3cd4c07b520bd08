/** Whether something grows, although it goes up and down. Pure. */

export interface Point {
  /** The time, in hours since any moment. */
  readonly hours: number;
  readonly value: number;
}

export interface Trend {
  /** The growth of the value in an hour. */
  readonly perHour: number;
  /** The standard error of `perHour`: the truth nearly always lies within twice as much. */
  readonly error: number;
}

/** The line with the least squares through the points, of which there are three at least. */
export function trendOf(points: readonly Point[]): Trend {
  const count = points.length;
  const meanHours = points.reduce((sum, { hours }) => sum + hours, 0) / count;
  const meanValue = points.reduce((sum, { value }) => sum + value, 0) / count;
  const spread = points.reduce((sum, { hours }) => sum + (hours - meanHours) ** 2, 0);
  const covariance = points.reduce((sum, { hours, value }) => sum + (hours - meanHours) * (value - meanValue), 0);
  const perHour = covariance / spread;
  const residual = points.reduce(
    (sum, { hours, value }) => sum + (value - meanValue - perHour * (hours - meanHours)) ** 2,
    0,
  );
  return { perHour, error: Math.sqrt(residual / (count - 2) / spread) };
}
