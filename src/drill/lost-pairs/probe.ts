/** Requests that need none of the peers that are lost: they should not notice. */
import { httpCall } from '../../io/net/http-client.ts';
import { judge, type StoredFile, timedDownload } from './timed-download.ts';

export interface Probes {
  /** The time that each request was without a response, or without more of it. */
  readonly ms: readonly number[];
  readonly failures: readonly string[];
}

/** The longest wait for a response; a longer one is a failure. */
const timeoutMs = 30_000;

/** Asks for the server's health and for `files` in turn, one request after the other, until `done` settles. */
export async function probeUntil(
  server: string,
  files: readonly StoredFile[],
  done: Promise<unknown>,
): Promise<Probes> {
  const ms: number[] = [];
  const failures: string[] = [];
  let over = false;
  const end = (): void => {
    over = true;
  };
  done.then(end, end);
  for (let turn = 0; !over; turn += 1) {
    const startedMs = performance.now();
    await httpCall(new URL('/healthz', server), { method: 'GET', timeoutMs });
    ms.push(performance.now() - startedMs);
    const file = files[turn % files.length];
    if (file === undefined) continue;
    const timed = await timedDownload(server, file);
    ms.push(timed.longestGapMs);
    failures.push(...judge(timed, timeoutMs, 'while peers were away that do not have it'));
  }
  return { ms, failures };
}
