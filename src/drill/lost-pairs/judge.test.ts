/** The faults that K4 must notice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerProgram } from '../processes.ts';
import { judgeStrikes } from './judge.ts';
import type { Pair } from './scene.ts';
import type { StrikeReport } from './strike.ts';
import type { TimedDownload } from './timed-download.ts';

const pair = [{ id: 'p1' } as PeerProgram, { id: 'p2' } as PeerProgram] as Pair;
const download: TimedDownload = { name: 'a.bin', outcome: { kind: 'whole' }, firstByteMs: 10, longestGapMs: 5000 };
const quick = { ms: Array(100).fill(2), failures: [] };
const good: StrikeReport = {
  pair,
  fault: 'frozen',
  busy: false,
  downloads: [download],
  probesBefore: quick,
  probes: quick,
  backMs: [900, 1000],
  failures: [],
};
const slow = (share: number) => ({ ms: quick.ms.map((ms, index) => (index < share ? 100 : ms)), failures: [] });

const cases: { name: string; report: Partial<StrikeReport>; failure: RegExp | undefined }[] = [
  { name: 'all is well', report: {}, failure: undefined },
  {
    name: 'a download that was cut',
    report: { downloads: [{ ...download, outcome: { kind: 'cut', receivedBytes: 7, detail: 'reset' } }] },
    failure: /^a\.bin came cut, 7, reset with p1 and p2 frozen$/,
  },
  {
    name: 'a silence that is longer than the timeout',
    report: { downloads: [{ ...download, longestGapMs: 5001 }] },
    failure: /^nothing came of a\.bin for 5001 ms/,
  },
  { name: 'one request in a hundred that is slow', report: { probes: slow(1) }, failure: undefined },
  { name: 'one in ten', report: { probes: slow(10) }, failure: /took 100 instead of 2 ms \(0\.95\)/ },
  { name: 'slow requests under load', report: { busy: true, probes: slow(100) }, failure: undefined },
  {
    name: 'a probe that failed',
    report: { probes: { ...quick, failures: ['b.bin came refused, 503'] } },
    failure: /^b\.bin/,
  },
  { name: 'peers that are slow to come back', report: { backMs: [1001, 1001] }, failure: /took 1001 ms to be back/ },
  { name: 'a peer that never came', report: { failures: ['the peer p1 does not come back'] }, failure: /^the peer p1/ },
];
for (const { name, report, failure } of cases) {
  test(name, () => {
    const { failures } = judgeStrikes([{ ...good, ...report }], { backMaxMs: 1000, slackMs: 20 });
    if (failure === undefined) assert.deepEqual(failures, []);
    else assert.match(failures[0] ?? '', failure);
  });
}
