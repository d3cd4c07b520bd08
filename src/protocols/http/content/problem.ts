/**
 * Problem details (RFC 9457): an error as JSON, for programs.
 *
 *     {"type":"about:blank","title":"Not Found","status":404,"detail":"no file has the id 2c5e...",...}
 */
import { reasonPhrase } from './status.ts';

/** The media type of problem details (6.1). */
export const problemContentType = 'application/problem+json';

export interface Problem {
  readonly status: number;
  /** The stable, kebab-case code: our extension member (3.2), for programs to tell faults of one status apart. */
  readonly code: string;
  /** The explanation for people (3.1.4). */
  readonly detail: string;
}

/** The body. The type is `about:blank`, "no more than the status says", whose title is the reason phrase (4.2.1). */
export function encodeProblem({ status, code, detail }: Problem): string {
  return JSON.stringify({ type: 'about:blank', title: reasonPhrase(status), status, detail, code });
}

/** The detail in the parsed JSON `value`, as a program reads it that was given a problem; undefined when it has none. */
export function problemDetail(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('detail' in value)) return undefined;
  return typeof value.detail === 'string' ? value.detail : undefined;
}
