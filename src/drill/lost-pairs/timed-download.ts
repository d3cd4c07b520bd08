/** A download that also tells how long its client had to wait, and judges both. */
import type { Content } from '../client.ts';
import { type DownloadOutcome, download } from '../download.ts';

export interface StoredFile extends Content {
  readonly id: string;
}

export interface TimedDownload {
  readonly name: string;
  readonly outcome: DownloadOutcome;
  /** The time from the request to the first byte of the body; 0 when none came. */
  readonly firstByteMs: number;
  /** The longest time in which nothing came, from the request to the end. */
  readonly longestGapMs: number;
}

/**
 * Downloads the whole file. After the first chunk, when `onBegun` is given, no more is read until it settles; that time
 * is the client's own and not counted.
 */
export async function timedDownload(
  server: string,
  file: StoredFile,
  onBegun?: () => Promise<void>,
): Promise<TimedDownload> {
  const startedMs = performance.now();
  let heardMs = startedMs;
  let firstByteMs = 0;
  let longestGapMs = 0;
  const heard = (): void => {
    longestGapMs = Math.max(longestGapMs, performance.now() - heardMs);
    heardMs = performance.now();
  };
  const outcome = await download(server, `/download?file=${file.id}`, file, undefined, async () => {
    heard();
    if (firstByteMs > 0) return;
    firstByteMs = heardMs - startedMs;
    await onBegun?.();
    heardMs = performance.now();
  });
  heard();
  return { name: file.name, outcome, firstByteMs, longestGapMs };
}

/** The faults of a download, a sentence each: other than all the bytes, or a longer silence than `gapMaxMs`. */
export function judge({ name, outcome, longestGapMs }: TimedDownload, gapMaxMs: number, when: string): string[] {
  const { kind, ...detail } = outcome;
  const faults: string[] = [];
  if (kind !== 'whole') faults.push(`${name} came ${[kind, ...Object.values(detail)].join(', ')} ${when}`);
  if (longestGapMs > gapMaxMs) faults.push(`nothing came of ${name} for ${Math.round(longestGapMs)} ms ${when}`);
  return faults;
}
