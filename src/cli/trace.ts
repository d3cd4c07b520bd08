/**
 * `--trace`: which protocols a program shows on stderr, field by field. Lines tell the protocol and the other side, so
 * that those of several connections can be told apart.
 *
 *     $ rivulet server --trace=wire,ipc
 *     wire 127.0.0.1:51413 > 000000  pstrlen         19
 */
import type { Writable } from 'node:stream';
import { type Trace, type TraceName, type Traces, traceNames } from '../bytes/trace.ts';

/** The flag of a program that speaks the protocols `names`. */
export function traceFlag<const Names extends readonly TraceName[]>(names: Names) {
  const summary = 'print on stderr what is sent and received, field by field; of these protocols, or of all';
  return { kind: 'names', names, summary: `${summary}: ${names.join(', ')}` } as const;
}

/** Traces the protocols that were named, as lines on `stderr`. */
export function tracesTo(stderr: Writable, names: readonly string[]): Traces {
  const traces: Partial<Record<TraceName, Trace>> = {};
  for (const name of traceNames) {
    if (names.includes(name)) traces[name] = (line, remote) => void stderr.write(`${name} ${remote} ${line}\n`);
  }
  return traces;
}
