/** The judgement of a download that loses a piece in its middle. Pure. */

export interface CurlResult {
  readonly exitCode: number;
  /** All bytes that `curl` wrote. */
  readonly received: Buffer;
}

export type Verdict =
  /** The transfer ended early, `curl` knows it, and what came is right. */
  | { readonly kind: 'told' }
  /** Nothing was lost: the server had read everything already. */
  | { readonly kind: 'whole' }
  | { readonly kind: 'fault'; readonly detail: string };

/**
 * The exit codes of a transfer that ended early. 18, "Partial file": fewer bytes than announced. 56, "Failure in
 * receiving network data": the connection was reset.
 */
const toldExitCodes = [18, 56];

export function judge({ exitCode, received }: CurlResult, expected: Buffer): Verdict {
  if (!received.equals(expected.subarray(0, received.length))) {
    return {
      kind: 'fault',
      detail: `curl exited ${exitCode}, and the ${received.length} bytes that came are not right`,
    };
  }
  if (exitCode === 0 && received.length === expected.length) return { kind: 'whole' };
  if (exitCode === 0) {
    return {
      kind: 'fault',
      detail: `a short success: curl exited 0 with ${received.length} of ${expected.length} bytes`,
    };
  }
  if (toldExitCodes.includes(exitCode)) return { kind: 'told' };
  return { kind: 'fault', detail: `curl exited ${exitCode}, not 18 or 56` };
}
