/** The outcome of a verification of all peers (`POST /verify_peers`), as far as K3 is concerned. */
import { httpCall } from '../../io/net/http-client.ts';
import type { VerifyLine } from '../../protocols/api/verify-types.ts';
import { parseParts } from '../../protocols/ipc/parts.ts';

export interface Verification {
  /** Copies that were found bad, and are good again. */
  readonly healed: number;
  /** The pieces that could not be repaired, by file id. */
  readonly lost: ReadonlyMap<string, ReadonlySet<number>>;
}

/** The longest silence of a verification, which tells its progress every second. */
const timeoutMs = 30_000;

/** Has all peers verified. Throws when the response is anything but a verification that came to its end. */
export async function verifyPeers(server: string): Promise<Verification> {
  const { status, body } = await httpCall(new URL('/verify_peers', server), { method: 'POST', timeoutMs });
  const lines = body.toString().trimEnd().split('\n');
  if (status !== 200) throw new Error(`POST /verify_peers was answered ${status}: ${lines[0]}`);
  return readLines(lines.map((line) => JSON.parse(line) as VerifyLine));
}

function readLines(lines: readonly VerifyLine[]): Verification {
  const lost = new Map<string, Set<number>>();
  let healed = 0;
  for (const line of lines) {
    if (!('file' in line) || line.healed === undefined) continue;
    if (line.healed) healed += 1;
    else for (const part of partsOf(line)) lost.set(line.file, (lost.get(line.file) ?? new Set()).add(part));
  }
  const last = lines.at(-1);
  if (last === undefined || !('summary' in last)) throw new Error('the verification did not come to its end');
  return { healed, lost };
}

function partsOf(line: { readonly part: number } | { readonly parts: string }): number[] {
  if ('part' in line) return [line.part];
  return (parseParts(line.parts) ?? []).flatMap(({ first, last }) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index),
  );
}
