/** The judgement of all the strikes of K4 together. Pure. */
import { sessionTimeouts } from '../../storage/fifo/session-watch.ts';
import type { DrillReport } from '../drill.ts';
import { largest, median, quantile } from '../statistics.ts';
import type { Fault, StrikeReport } from './strike.ts';
import { judge as judgeDownload } from './timed-download.ts';

/** The longest that a download may stand still: what it takes at most to give up a frozen peer. */
const gapMaxMs = sessionTimeouts.stallMs;
/**
 * The factor by which a request that needs nobody who is away may take longer than before; coarse, since others work
 * here too.
 */
const slowdownMax = 4;

export interface Bounds {
  /** The longest median time from a peer's start until the server counts on it. */
  readonly backMaxMs: number;
  /** The time by which a request that needs nobody who is away may take longer in any case. */
  readonly slackMs: number;
}

export function judgeStrikes(reports: readonly StrikeReport[], { backMaxMs, slackMs }: Bounds): DrillReport {
  const failures = reports.flatMap((report) => [
    ...report.failures,
    ...report.probes.failures,
    ...report.downloads.flatMap((download) => judgeDownload(download, gapMaxMs, whenOf(report))),
  ]);
  const back = { killed: backMs(reports, 'killed'), frozen: backMs(reports, 'frozen') };
  for (const [fault, ms] of Object.entries(back)) {
    if (median(ms) > backMaxMs) failures.push(`peers that were ${fault} took ${rounded(median(ms))} ms to be back`);
  }
  return { facts: factsOf(reports, back), failures: [...failures, ...judgeLatency(reports, slackMs)] };
}

/** Judges requests while a pair is frozen and nobody else asks for much: else they wait for the downloads of others. */
function judgeLatency(reports: readonly StrikeReport[], slackMs: number): string[] {
  const { before, during } = latencies(reports);
  return [0.5, 0.95].flatMap((share) => {
    const [was, is] = [quantile(before, share), quantile(during, share)];
    if (is <= was * slowdownMax + slackMs) return [];
    return [`requests that needed nobody frozen took ${rounded(is)} instead of ${rounded(was)} ms (${share})`];
  });
}

function latencies(reports: readonly StrikeReport[]) {
  const calm = reports.filter(({ fault, busy }) => fault === 'frozen' && !busy);
  return {
    before: calm.flatMap(({ probesBefore }) => probesBefore.ms),
    during: calm.flatMap(({ probes }) => probes.ms),
  };
}

function factsOf(reports: readonly StrikeReport[], back: Readonly<Record<Fault, readonly number[]>>) {
  const { before, during } = latencies(reports);
  const gaps = (fault: Fault): number[] =>
    reports
      .filter((report) => report.fault === fault)
      .flatMap(({ downloads }) => downloads.map((one) => one.longestGapMs));
  return {
    'pairs killed': reports.filter(({ fault }) => fault === 'killed').length,
    'pairs frozen': reports.filter(({ fault }) => fault === 'frozen').length,
    downloads: reports.flatMap(({ downloads }) => downloads).length,
    'longest silence with a pair killed, ms': rounded(largest(gaps('killed'))),
    'with a pair frozen, ms': rounded(largest(gaps('frozen'))),
    'a started peer is back after, median ms': rounded(median(back.killed)),
    'at most, ms': rounded(largest(back.killed)),
    'a woken one, median ms': rounded(median(back.frozen)),
    'other requests before, median ms': median(before),
    'while a pair is frozen, median ms': median(during),
    'before, 95 % within ms': quantile(before, 0.95),
    'while frozen, 95 % within ms': quantile(during, 0.95),
  };
}

function backMs(reports: readonly StrikeReport[], fault: Fault): number[] {
  return reports.filter((report) => report.fault === fault).flatMap((report) => report.backMs);
}

function whenOf({ pair, fault, busy }: StrikeReport): string {
  return `with ${pair.map(({ id }) => id).join(' and ')} ${fault}${busy ? ' in the middle' : ''}`;
}

const rounded = (ms: number): number => Math.round(ms);
