/**
 * K5: a piece is lost in the middle of a download, on every holder: altered on their disks, cut off with the end of
 * their files, or gone with the peers, killed or frozen. `curl` must notice each time.
 */
import type { Drill, DrillContext, DrillReport } from '../drill.ts';
import { type Processes, withProcesses } from '../processes.ts';
import { Curl, hasCurl } from './curl.ts';
import { Losses } from './losses.ts';
import { withLyingServer } from './lying-server.ts';
import { Tally } from './tally.ts';

export const lostPieces: Drill = {
  id: 'K5',
  fault: 'a piece lost in mid-stream, on every holder at once',
  fullMinutes: 3,
  mustShow: 'never a short success: curl exits 18 or 56, and what came is right',
  run: (context) => ifCurl(() => withProcesses(context, (processes) => run(context, processes))),
  control: (context) => ifCurl(() => control(context)),
};

/** The number of losses: those on disk hit one download each, those of peers four at once. */
const scales = {
  full: { onDisk: 120, ofPeers: 80 },
  test: { onDisk: 12, ofPeers: 8 },
} as const;

/** The most losses of peers: one that came too late for some of its downloads is made up for by another. */
const peerLossesMax = 40;

async function run(context: DrillContext, processes: Processes): Promise<DrillReport> {
  const { onDisk, ofPeers } = scales[context.scale];
  const tally = new Tally();
  const losses = await Losses.open(context, processes, tally);
  for (let done = 0; done < onDisk; done += 2) {
    await losses.onDisk('altered');
    await losses.onDisk('cut short');
  }
  context.say(`${tally.lost} of ${onDisk + ofPeers} pieces lost, on disks`);
  for (let done = 0; tally.lost < onDisk + ofPeers && done < peerLossesMax; done += 1) {
    await losses.ofPeers(done % 2 === 0 ? 'killed' : 'frozen');
    context.say(`${tally.lost} of ${onDisk + ofPeers} pieces lost, with peers`);
  }
  if (tally.lost < onDisk + ofPeers) tally.fail(`only ${tally.lost} of ${onDisk + ofPeers} downloads lost a piece`);
  return tally.report;
}

/**
 * Runs the judgement on a server without our care: it closes early without ever having told the length, and sends a
 * wrong byte.
 */
async function control({ signal }: DrillContext): Promise<DrillReport> {
  const tally = new Tally();
  const request = { http: '1.1', ranges: [] } as const;
  for (const lie of ['short success', 'wrong byte'] as const) {
    await withLyingServer(lie, async (url, file) => {
      tally.add(lie, request, file, await new Curl(url, request, signal).finish());
    });
  }
  const { failures } = tally.report;
  const bothNoticed = failures.length === 2;
  return { facts: { 'lies noticed': failures.length }, failures: bothNoticed ? failures : [] };
}

async function ifCurl(drill: () => Promise<DrillReport>): Promise<DrillReport> {
  if (await hasCurl()) return drill();
  return { facts: {}, failures: [], skipped: 'there is no curl on this machine' };
}
