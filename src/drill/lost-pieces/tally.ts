/** The outcomes of many downloads, counted. */
import type { DrillReport } from '../drill.ts';
import { type CurlResult, judge } from './judge.ts';
import { expectedBody, type FileRequest } from './requests.ts';

export class Tally {
  readonly #failures: string[] = [];
  readonly #exits = new Map<number, number>();
  readonly #lost = new Map<string, number>();

  /** Downloads that lost a piece, and ended as they should. */
  get lost(): number {
    return [...this.#lost.values()].reduce((sum, count) => sum + count, 0);
  }

  get report(): DrillReport {
    const exits = [...this.#exits].sort(([one], [other]) => one - other);
    return {
      facts: {
        'downloads that lost a piece': this.lost,
        ...Object.fromEntries(this.#lost),
        ...Object.fromEntries(exits.map(([code, count]) => [`curl exited ${code}`, count])),
      },
      failures: this.#failures,
    };
  }

  fail(failure: string): void {
    this.#failures.push(failure);
  }

  /** Judges a download of `file` that was meant to lose a piece by `fault`. */
  add(fault: string, request: FileRequest, file: Buffer, result: CurlResult): void {
    const verdict = judge(result, expectedBody(file, request, result.received));
    if (verdict.kind === 'whole') return;
    this.#exits.set(result.exitCode, (this.#exits.get(result.exitCode) ?? 0) + 1);
    if (verdict.kind === 'told') this.#lost.set(fault, (this.#lost.get(fault) ?? 0) + 1);
    else this.fail(`${fault}, ${nameOf(request)}: ${verdict.detail}`);
  }
}

function nameOf({ http, ranges }: FileRequest): string {
  const what = ['the whole file', 'a range'][ranges.length] ?? `${ranges.length} ranges`;
  return `${what} by HTTP/${http}`;
}
