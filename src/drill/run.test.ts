/** The outcomes of drills that hold, fail, break down or are interrupted, and how they are reported. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempFolder } from '../io/temp-folder.testing.ts';
import { Budget } from './budget.ts';
import type { Drill, DrillContext, DrillReport } from './drill.ts';
import { reportJson, reportText } from './report.ts';
import { type DrillOptions, type DrillOutcome, proved, runDrill } from './run.ts';

type Attempt = (context: DrillContext) => Promise<DrillReport>;

const held: Attempt = async () => ({ facts: { tries: 1234, 'longest, s': 1.5 }, failures: [] });
const failed: Attempt = async () => ({ facts: {}, failures: ['a.bin is gone', 'b.bin is gone'] });
const skipped: Attempt = async () => ({ facts: {}, failures: [], skipped: 'there is no curl' });
const broken: Attempt = async () => {
  throw new Error('no such thing');
};

function run(t: TestContext, run: Attempt, control: Attempt, options: Partial<DrillOptions> = {}) {
  const drill: Drill = { id: 'K9', fault: 'a fault', mustShow: 'that it holds', run, control };
  const { signal } = t;
  const all = {
    say: () => {},
    signal,
    scale: 'test',
    minutes: 1,
    seed: 7,
    scratch: tempFolder(t),
    ...options,
  } as const;
  return runDrill(drill, all);
}

const cases: { name: string; run: Attempt; control: Attempt; verdict: string; caught: string; proof: boolean }[] = [
  { name: 'held and caught', run: held, control: failed, verdict: 'held', caught: 'caught', proof: true },
  { name: 'held and missed', run: held, control: held, verdict: 'held', caught: 'missed', proof: false },
  { name: 'failed and caught', run: failed, control: failed, verdict: 'failed', caught: 'caught', proof: false },
  { name: 'skipped', run: skipped, control: failed, verdict: 'skipped', caught: 'skipped', proof: false },
  { name: 'broken down', run: broken, control: failed, verdict: 'failed', caught: 'caught', proof: false },
  { name: 'a control that broke down', run: held, control: broken, verdict: 'held', caught: 'skipped', proof: false },
];

for (const { name, run: attempt, control, verdict, caught, proof } of cases) {
  test(name, async (t) => {
    const outcome = await run(t, attempt, control);
    assert.deepEqual([outcome.verdict, outcome.control, proved(outcome)], [verdict, caught, proof]);
  });
}

test('an interrupted drill is not one that failed, nor one that held', async (t) => {
  const stop = new AbortController();
  const interrupted: Attempt = async ({ signal }) => {
    stop.abort();
    signal.throwIfAborted();
    return held({} as DrillContext);
  };
  const outcome = await run(t, interrupted, failed, { signal: stop.signal });
  assert.deepEqual([outcome.verdict, outcome.report.skipped], ['skipped', 'interrupted']);
});

test('what the time was too short for is not one that held, whatever it found, and the rest is not begun', async (t) => {
  const stop = new AbortController();
  let begun = 0;
  const late: Attempt = async () => {
    begun += 1;
    stop.abort(new Budget(3, 'full', 0).timeIsUp);
    return held({} as DrillContext);
  };
  const outcome = await run(t, late, late, { signal: stop.signal });
  assert.deepEqual([begun, proved(outcome), outcome.verdict, outcome.control], [1, false, 'skipped', 'skipped']);
  assert.equal(outcome.report.skipped, 'the 3 minutes were over (--minutes)');
  const text = reportText({ seed: 7, scale: 'full', outcomes: [{ ...outcome, seconds: 3.2, shortened: true }] });
  assert.match(text, /\nnot done, or without their control: K9\n0 of 1 drills held/);
});

test('each run has an empty folder of its own, gone afterwards, and choices that the seed repeats', async (t) => {
  const scratch = tempFolder(t);
  const seen: number[] = [];
  const look: Attempt = async ({ directory, random }) => {
    assert.deepEqual(await readdir(directory), []);
    await writeFile(join(directory, 'some'), '');
    seen.push(random());
    return held({} as DrillContext);
  };
  await run(t, look, look, { scratch });
  await run(t, look, look, { scratch });
  assert.deepEqual(readdirSync(scratch), []);
  const [first, control, again, controlAgain] = seen;
  assert.deepEqual([again, controlAgain], [first, control]);
  assert.notEqual(first, control);
});

async function outcomes(t: TestContext): Promise<DrillOutcome[]> {
  const all = await Promise.all(cases.map(({ run: attempt, control }) => run(t, attempt, control)));
  return all.map((outcome) => ({ ...outcome, seconds: 3.2 }));
}

test('the report for people: what is no success stands out', async (t) => {
  const text = reportText({ seed: 7, scale: 'full', outcomes: await outcomes(t) });
  assert.match(
    text,
    /^K9 {2}held {5}a fault {3}\(3 s\)\n {13}tries 1,234; longest, s 1.50\n {4}caught {3}control: "a.bin/,
  );
  assert.match(text, /^K9 {2}FAILED .*\n {13}must show: that it holds\n {13}- a.bin is gone\n {13}- b.bin is gone\n/m);
  assert.match(
    text,
    /^ {4}MISSED {3}control: something was broken on purpose, and the checks did not notice \(tries 1,234; longest, s 1.50\)$/m,
  );
  assert.match(text, /^K9 {2}SKIPPED .*\n {13}not done: there is no curl$/m);
  assert.match(text, /- it broke down: Error: no such thing\n {13} +at /);
  assert.match(text, /\n1 of 6 drills held and their controls were caught \(seed 7\)\n$/);
});

test('the report for programs', async (t) => {
  const all = await outcomes(t);
  const report = JSON.parse(reportJson({ seed: 7, scale: 'test', outcomes: all }));
  assert.deepEqual([report.seed, report.quick, report.proved, report.drills.length], [7, true, false, 6]);
  assert.deepEqual(report.drills[0], {
    id: 'K9',
    fault: 'a fault',
    must_show: 'that it holds',
    verdict: 'held',
    control: 'caught',
    facts: { tries: 1234, 'longest, s': 1.5 },
    failures: [],
    control_failures: ['a.bin is gone', 'b.bin is gone'],
    seconds: 3.2,
  });
  assert.equal(JSON.parse(reportJson({ seed: 7, scale: 'test', outcomes: all.slice(0, 1) })).proved, true);
});
